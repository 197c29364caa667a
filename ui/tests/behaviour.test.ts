import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { call, go, talk } from './states.ts';
import { Desk, DOCK, WIDE } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

async function card(page: Page, at: number): Promise<void> {
  await page.click(`.crow >> nth=${at}`);
  await page.waitForSelector('.who');
}

describe('a card', () => {
  test('typing without a pause is never more than 300 ms from the store', async () => {
    const page = await desk.window({}, WIDE, { own: true });
    await page.clock.install();
    await page.reload();
    await page.clock.runFor(1_000);
    await card(page, 2);
    const field = page.locator('textarea');
    let text = '';
    for (let key = 0; key < 40; key++) {
      text += 'a';
      await field.fill(text);
      await page.clock.runFor(50);
      const sent = (await asked(page, 'save_draft')).at(-1)?.draft.comment.length ?? 0;
      expect(text.length - sent, `after ${key * 50} ms`).toBeLessThanOrEqual(6);
    }
    await page.clock.runFor(300);
    const drafts = await asked(page, 'save_draft');
    expect(drafts.at(-1)?.draft.comment).toBe(text);
    const edits = drafts.map((one) => one.edit);
    expect(edits).toEqual([...edits].sort((a, b) => a - b));
  });

  test('leaving the field stores at once', async () => {
    const page = await desk.window({}, WIDE, { own: true });
    await page.clock.install({ time: new Date('2026-11-22T20:50:00Z') });
    await page.reload();
    await page.clock.pauseAt(new Date('2026-11-22T21:50:00Z'));
    await card(page, 2);
    await page.fill('textarea', 'Pide factura');
    expect(await asked(page, 'save_draft')).toEqual([]);
    await page.locator('textarea').blur();
    await until(page, 'save_draft');
    expect((await asked(page, 'save_draft'))[0]?.draft.comment).toBe('Pide factura');
  });

  test('a full disk keeps the text, says so and tries again', async () => {
    const page = await desk.window();
    await card(page, 2);
    await page.evaluate(() => window.agent.failing.set('save_draft', 'disk_full'));
    await page.fill('textarea', 'No se pierde');
    await page.waitForSelector('.bar .c-miss');
    expect(await page.inputValue('textarea')).toBe('No se pierde');
    await page.evaluate(() => window.agent.failing.clear());
    await page.waitForSelector('.bar :text("Borrador guardado")');
    expect(page.faults).toEqual([]);
  });

  test('of several contacts none is chosen until the agent does, then Salvar is on', async () => {
    const page = await desk.window();
    await card(page, 0);
    expect(await page.locator('.who [role=radio][aria-checked=true]').count()).toBe(0);
    const save = page.locator('.bar .pri');
    expect(await save.getAttribute('aria-disabled')).toBe('true');
    expect(await page.locator(`#${await save.getAttribute('aria-describedby')}`).innerText()).toContain('Falta elegir');
    await save.click({ force: true });
    expect(await asked(page, 'save_card')).toEqual([]);
    await page.focus('.who [role=radio] >> nth=0');
    await page.keyboard.press('2');
    await page.waitForSelector('.whois :text("Ureña Mata")');
    await page.fill('.stack input', 'Asunto nuevo');
    await page.keyboard.press('Control+Enter');
    await until(page, 'save_card');
    const [saved] = await asked(page, 'save_card');
    expect(saved?.draft.subject).toBe('Asunto nuevo');
    expect(saved?.draft.contact).toBe(await page.evaluate(() => window.agent.people[1]!.brief.id));
    await page.waitForSelector('.bar :text("Ya está salvada")');
  });

  test('«Número equivocado» saves without a contact', async () => {
    const page = await desk.window();
    await card(page, 3);
    await page.click('.pick button:has-text("Número equivocado")');
    await page.click('.bar .pri');
    await until(page, 'save_card');
    expect((await asked(page, 'save_card'))[0]?.draft.contact).toBeNull();
  });

  test('nobody has the number: the search holds it, and choosing somebody adds it', async () => {
    const page = await desk.window();
    await card(page, 3);
    expect(await page.inputValue('.whosearch input')).toBe('+573105550163');
    expect(await page.innerText('.noresult')).toBe('No se encontraron resultados');
    await page.fill('.whosearch input', 'restrepo');
    await page.waitForSelector('.found [role=option]');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until(page, 'add_number');
    expect((await asked(page, 'add_number'))[0]).toEqual({ contact: await page.evaluate(() => window.agent.people[14]!.brief.id), number: '+573105550163' });
    await page.waitForSelector('.whois :text("Hernán")');
  });

  test('nobody has the number: the search closes by its X, its red button and Esc, nothing is kept, and the magnifier opens it again', async () => {
    const page = await desk.window();
    await card(page, 3);
    for (const close of ['.whosearch .row >> nth=0 >> button', '.whosearch .tools .hang', 'Escape']) {
      await page.waitForSelector('.noresult');
      if (close === 'Escape') await page.press('.whosearch input', close);
      else await page.click(close);
      await page.waitForSelector('.whosearch', { state: 'detached' });
      await page.waitForFunction(() => document.activeElement?.matches('.who .find'));
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.querySelector<HTMLInputElement>('.whosearch input')?.value === '+573105550163');
    }
    for (const name of ['save_draft', 'add_number', 'save_contact'] as const) expect(await asked(page, name)).toEqual([]);
    expect(page.faults).toEqual([]);
  });

  test('a new person from the card: number filled in, nothing lost by changing the type', async () => {
    const page = await desk.window();
    await card(page, 3);
    await page.click('.whosearch .dark');
    expect(await page.innerText('.quick h3')).toBe('Nuevo Contacto');
    expect(await page.inputValue('.quick [name=phone]')).toBe('+573105550163');
    expect(await page.locator('.quick [name=company]').count()).toBe(0);
    await page.fill('.quick [name=first_name]', 'Lía');
    await page.fill('.quick [name=last_name]', 'Pérez');
    await page.check('.quick [value=lead]');
    expect(await page.innerText('.quick h3')).toBe('Nuevo Candidato');
    expect(await page.inputValue('.quick [name=first_name]')).toBe('Lía');
    await page.fill('.quick [name=company]', 'Obras Lía');
    await page.click('.quick .btn.hang');
    expect(await page.locator('.quick [role=alert]').count()).toBe(1);
    await page.click('.quick .banner .btn:not(.hang)');
    await page.click('.quick [type=submit]');
    await until(page, 'save_contact');
    const [request] = await asked(page, 'save_contact');
    expect(request).toMatchObject({ kind: 'lead', first_name: 'Lía', last_name: 'Pérez', company: 'Obras Lía', channels: [{ kind: 'phone', raw: '+573105550163' }] });
    expect(request?.for_call).toBeTruthy();
    await page.waitForSelector('.whois :text("Pérez")');
  });

  test('of many dispositions one is typed for, without accents, and chosen by Enter', async () => {
    const page = await desk.window({ manyDispositions: true });
    await card(page, 2);
    await page.click('.combo input');
    expect(await page.locator('.combo-list [role=option]').count()).toBe(12);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.combo-list', { state: 'detached' });
    await page.keyboard.type('contesto');
    await page.waitForFunction(() => document.querySelectorAll('.combo-list [role=option]').length === 1);
    await page.keyboard.press('Enter');
    expect(await page.inputValue('.combo input')).toBe('No contestó');
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('.combo input')!.selectionEnd === 'No contestó'.length);
    expect(await page.locator('.combo input').evaluate((one: HTMLInputElement) => one.selectionStart), 'the choice is not marked').toBe('No contestó'.length);
    await until(page, 'save_draft');
    const wanted = await page.evaluate(() => window.agent.snapshot.dispositions.find((one) => one.builtin === 'no_answer')!.id);
    expect((await asked(page, 'save_draft')).at(-1)?.draft.disposition).toBe(wanted);
    await page.keyboard.type('zzz');
    await page.waitForSelector('.combo [role=status]');
    await page.keyboard.press('Tab');
    expect(await page.inputValue('.combo input')).toBe('No contestó');
  });

  test('Ignorar closes it and Deshacer brings it back', async () => {
    const page = await desk.window();
    await card(page, 0);
    const before = await page.locator('.crow').count();
    await page.click('.ignore');
    await page.waitForFunction((count) => document.querySelectorAll('.crow').length === count - 1, before);
    await page.click('.toast .btn');
    await until(page, 'undo_dismiss');
    await page.waitForFunction((count) => document.querySelectorAll('.crow').length === count, before);
  });
});

describe('calls', () => {
  test('the list is newest first, and a live call counts up', async () => {
    const page = await desk.window();
    await page.waitForSelector('.crow');
    const times = await page.locator('.crow time').evaluateAll((all) => all.map((one) => Date.parse(one.getAttribute('datetime')!)));
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  test('new calls above do not move what is read; a word says how many', async () => {
    const page = await desk.window({ moreCalls: 60 });
    await page.waitForSelector('.crow');
    await page.locator('.list').evaluate((list) => (list.scrollTop = 1_400));
    const seen = () => page.locator('.crow').evaluateAll((all) => all.map((one) => [one.id, Math.round(one.getBoundingClientRect().top)] as const).find(([, top]) => top > 120));
    await page.waitForFunction(() => document.querySelectorAll('.crow').length > 20 && document.querySelector('.vwindow')!.getBoundingClientRect().top < 0);
    const before = await seen();
    await call(page, 'incoming', '+506 8555 0117');
    await page.keyboard.press('F9');
    await page.waitForSelector('.incoming', { state: 'detached' });
    await page.waitForSelector('.newer');
    expect(await seen()).toEqual(before);
    await page.click('.newer');
    await page.waitForSelector('.newer', { state: 'detached' });
  });

  test('a list that was empty before the first call is not shown as empty again until it is asked', async () => {
    const page = await desk.window({ empty: true });
    await page.waitForSelector('.calls .empty');
    await go(page, 'contacts');
    await page.evaluate(() => {
      const first = window.agent.begin('incoming', '+506 8555 0117');
      window.agent.talk(first);
      window.agent.end(first);
      window.agent.begin('incoming', '+506 2555 0142');
      window.agent.stalled.set('list_cards', []);
    });
    await go(page, 'calls');
    await page.waitForSelector('.calls');
    await page.waitForFunction(() => window.agent.stalled.get('list_cards')!.length > 0);
    expect(await page.locator('.calls .empty').count()).toBe(0);
    await page.evaluate(() => window.agent.stalled.get('list_cards')!.forEach((go) => go()));
    await page.waitForSelector('.crow');
    expect(await page.innerText('.seg [role=radio] >> nth=1')).toContain('1');
  });

  test('changes without a pause do not keep the list from being read', async () => {
    const page = await desk.window();
    await page.waitForSelector('.crow');
    const before = await page.locator('.crow').count();
    await page.evaluate(() => {
      window.agent.stalled.set('list_cards', []);
      const call = window.agent.begin('outgoing', '+506 8555 0117');
      window.agent.end(call);
    });
    await page.waitForFunction(() => window.agent.stalled.get('list_cards')!.length > 0);
    // Something changes again before each answer.
    const asks = (await asked(page, 'list_cards')).length;
    await page.evaluate(() => {
      window.agent.changedCards();
      window.agent.stalled.get('list_cards')!.shift()!();
    });
    await page.waitForFunction((count) => document.querySelectorAll('.crow').length > count, before);
    await page.evaluate(() => {
      const waiting = window.agent.stalled.get('list_cards')!;
      window.agent.stalled.delete('list_cards');
      waiting.forEach((go) => go());
    });
    await until(page, 'list_cards', asks + 1);
  });

  test('F8 answers; F9 declines, and does not hang up the other call right after', async () => {
    const page = await desk.window();
    await call(page, 'incoming', '+506 8555 0117');
    await page.waitForSelector('.incoming');
    expect(await page.innerText('[role=alert].vh')).toContain('Marcela Quesada Ulate');
    await page.keyboard.press('F8');
    await page.waitForSelector('.live');
    await call(page, 'incoming', '+52 55 5550 0134');
    await page.waitForSelector('.incoming');
    expect(await page.innerText('.incoming .call')).toContain('Retener y contestar');
    await page.keyboard.press('F9');
    await page.waitForSelector('.incoming', { state: 'detached' });
    await page.keyboard.press('F9');
    expect(await asked(page, 'decline')).toHaveLength(1);
    expect(await asked(page, 'hang_up')).toHaveLength(0);
    expect(page.faults).toEqual([]);
  });

  test('tones go out only while the keypad has the focus', async () => {
    const page = await desk.window();
    await call(page, 'incoming', '+506 8555 0117');
    await talk(page);
    await page.click('.live [aria-expanded]');
    await page.waitForSelector('.keypad');
    await page.keyboard.type('14#');
    await page.click('textarea');
    await page.keyboard.type('99');
    expect((await asked(page, 'send_dtmf')).map((one) => one.digits).join('')).toBe('14#');
    expect(await page.inputValue('textarea')).toBe('99');
  });

  test('the volume of a call is moved by its slider and by keys; the device stays as chosen, and the last place counts', async () => {
    const page = await desk.window();
    await call(page, 'incoming', '+506 8555 0117');
    await talk(page);
    const slider = page.getByRole('slider', { name: 'Volumen', exact: true });
    expect(await slider.inputValue()).toBe('70');
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await until(page, 'choose_device');
    expect(await asked(page, 'choose_device')).toEqual([{ role: 'speaker', device: null, volume_pct: 75 }]);
    await page.waitForFunction(() => document.querySelector('.loud')?.getAttribute('aria-valuetext') === '75 %');

    await page.evaluate(() => window.agent.stalled.set('choose_device', []));
    for (const key of ['ArrowLeft', 'ArrowLeft', 'Home']) await page.keyboard.press(key);
    expect(await slider.inputValue()).toBe('0');
    // Whatever else is told of the devices, the slider stays where it was moved to.
    await page.evaluate(() => window.agent.emit({ kind: 'audio', value: structuredClone(window.agent.snapshot.audio) }));
    expect(await slider.inputValue()).toBe('0');
    await page.evaluate(() => {
      const waiting = window.agent.stalled.get('choose_device')!;
      window.agent.stalled.delete('choose_device');
      waiting.forEach((go) => go());
    });
    await until(page, 'choose_device', 3);
    expect((await asked(page, 'choose_device')).map((one) => one.volume_pct)).toEqual([75, 70, 0]);

    await page.evaluate(() => {
      const speaker = window.agent.snapshot.audio.roles.find((one) => one.role === 'speaker')!;
      Object.assign(speaker, { chosen: 'altavoces del equipo', volume_pct: 40 });
      window.agent.emit({ kind: 'audio', value: structuredClone(window.agent.snapshot.audio) });
    });
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('.loud')?.value === '40');
    await slider.press('ArrowRight');
    await until(page, 'choose_device', 4);
    expect((await asked(page, 'choose_device')).at(-1)).toEqual({ role: 'speaker', device: 'altavoces del equipo', volume_pct: 45 });

    await page.evaluate(() => window.agent.failing.set('choose_device', 'internal'));
    await slider.press('End');
    await page.waitForSelector('.toast');
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('.loud')?.value === '45');
    expect(page.faults).toEqual([]);
  });

  test('letters act in the call panel and never in a field; with Ctrl Mayús from anywhere', async () => {
    const page = await desk.window();
    await call(page, 'incoming', '+506 8555 0117');
    await talk(page);
    await page.click('textarea');
    await page.keyboard.type('mhsx');
    expect(await asked(page, 'mute')).toEqual([]);
    await page.keyboard.press('Control+Shift+M');
    await until(page, 'mute');
    await page.focus('.live .key');
    await page.keyboard.press('h');
    await until(page, 'hold');
  });

  test('an incoming call leaves what is typed elsewhere alone', async () => {
    const page = await desk.window();
    await go(page, 'contacts');
    await page.click('.phead .pri');
    await page.fill('[name=first_name]', 'A medias');
    await call(page, 'incoming', '+506 8555 0117');
    await page.keyboard.press('F8');
    await page.waitForSelector('.live');
    await go(page, 'contacts');
    expect(await page.inputValue('[name=first_name]')).toBe('A medias');
    await page.waitForSelector('.strip');
  });

  test('the form of a call goes on when the call ends', async () => {
    const page = await desk.window();
    await call(page, 'incoming', '+506 8555 0117');
    await talk(page);
    await page.fill('textarea', 'Durante la llamada');
    await page.evaluate(() => window.agent.end((window as unknown as { call: string }).call));
    await page.waitForSelector('#card textarea');
    expect(await page.inputValue('textarea')).toBe('Durante la llamada');
  });

  for (const size of [WIDE, DOCK]) {
    test(`what is being written goes on in the same field when the call ends, at ${size.width} pixels`, async () => {
      const page = await desk.window({}, size);
      await call(page, 'incoming', '+506 8555 0117');
      await talk(page);
      await page.waitForSelector('.live');
      for (const field of ['input[id^=subject-]', 'textarea[id^=comment-]']) {
        if (field.startsWith('text')) {
          await call(page, 'incoming', '+506 8555 0118');
          await talk(page);
        }
        await page.fill(field, 'Factura 0123');
        await page.focus(field);
        await page.keyboard.press('Home');
        await page.keyboard.type('ab');
        await page.evaluate(() => window.agent.end((window as unknown as { call: string }).call));
        await page.waitForSelector('.live', { state: 'detached' });
        if (size === DOCK) await page.waitForFunction(() => document.activeElement !== document.body);
        await page.keyboard.type('xjg7?');
        expect(await page.inputValue(`#card ${field}`)).toBe('abxjg7?Factura 0123');
        expect(page.faults).toEqual([]);
      }
    });
  }

  test('keys meant for a call that has ended do not go to the card of another one', async () => {
    const page = await desk.window();
    await call(page, 'incoming', '+506 8555 0117');
    await talk(page);
    const first = await page.evaluate(() => (window as unknown as { call: string }).call);
    await call(page, 'incoming', '+506 8555 0118');
    await talk(page);
    const second = await page.evaluate(() => (window as unknown as { call: string }).call);
    await page.fill(`#subject-${second}`, 'De la segunda');
    await page.evaluate((id) => window.agent.end(id), second);
    await page.waitForSelector(`#subject-${first}`);
    await page.keyboard.type(' y nada más');
    expect(await page.inputValue(`#subject-${first}`)).toBe('');
  });

  test('one can write from the first second of a call, before its card is read', async () => {
    const page = await desk.window();
    await page.waitForSelector('.crow');
    await page.evaluate(() => window.agent.stalled.set('card', []));
    await call(page, 'incoming', '+506 8555 0117');
    await talk(page);
    await page.fill('textarea', 'Desde el principio');
    expect(await page.innerText('.who')).toContain('Quesada Ulate');
    await until(page, 'save_draft');
    await page.evaluate(() => {
      const waiting = window.agent.stalled.get('card')!;
      window.agent.stalled.delete('card');
      waiting.forEach((go) => go());
    });
    await until(page, 'card', 2);
    expect(await page.inputValue('textarea')).toBe('Desde el principio');
    expect(page.faults).toEqual([]);
  });

  test('a call that comes to nothing says why', async () => {
    const page = await desk.window();
    await call(page, 'outgoing', '+506 8555 0117');
    await page.evaluate(() => window.agent.end((window as unknown as { call: string }).call, 'busy', 486));
    await page.waitForSelector('.toast:has-text("La línea está ocupada. SIP 486")');
  });
});

describe('dialling', () => {
  test('the omnibox dials what is typed, also before anything is found', async () => {
    const page = await desk.window();
    await page.waitForSelector('.crow');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('27');
    await page.keyboard.press('Enter');
    await until(page, 'dial');
    expect((await asked(page, 'dial'))[0]).toMatchObject({ target: '27', origin: 'keypad', confirmed: false });
  });

  test('a name is not dialled, nor asked for; the agent alone says what can be', async () => {
    const page = await desk.window();
    await page.waitForSelector('.crow');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('zoraida');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.omni-pop');
    expect(await page.locator('#omni-number').count()).toBe(0);
    expect((await asked(page, 'check_number')).at(-1)).toEqual({ text: 'zoraida' });
    expect(await asked(page, 'dial')).toEqual([]);
    await page.fill('.omni input', '*98');
    await page.waitForSelector('#omni-number');
    await page.keyboard.press('Enter');
    await until(page, 'dial');
    expect((await asked(page, 'dial'))[0]).toMatchObject({ target: '*98' });
  });

  test('«Disponible» without a registered line registers it, and says so', async () => {
    const page = await desk.window({ lineDown: true });
    await page.click('.chip:has-text("Desconectada")');
    await page.click('.menu-item:has-text("Registrar la línea ahora")');
    await until(page, 'register_now');
    expect((await asked(page, 'register_now'))[0]?.account).toBe(await page.evaluate(() => window.agent.accounts[0]!.id));
  });

  test('G C goes to the contacts and calls nobody', async () => {
    const page = await desk.window();
    await card(page, 2);
    await page.focus('.list');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.waitForSelector('.contacts-grid');
    expect(await asked(page, 'dial')).toEqual([]);
  });

  test('a question of the policy is asked, then dialled with the word given', async () => {
    const page = await desk.window();
    await page.waitForSelector('.crow');
    await page.evaluate(() => window.agent.emit({ kind: 'link_question', value: { target: 'tel:+1900', number: '+1 900', reason: 'premium' } }));
    await page.click('.modal .btn.call');
    await until(page, 'dial');
    expect((await asked(page, 'dial'))[0]).toMatchObject({ target: 'tel:+1900', origin: 'link', confirmed: true });
  });

  test('somebody not to be called again is asked about first', async () => {
    const page = await desk.window();
    await card(page, 4);
    await page.click('.dhead .call');
    await page.waitForSelector('.modal:has-text("No volver a llamar")');
    expect(await asked(page, 'dial')).toEqual([]);
  });
});
