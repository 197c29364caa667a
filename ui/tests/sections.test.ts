import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { go } from './states.ts';
import { Desk, WIDE } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

describe('contacts', () => {
  test('of a hundred thousand the scroll bar reaches any; at most sixty rows are drawn and few are kept', async () => {
    const ALL = 100_000;
    const page = await desk.window({ contacts: ALL });
    const heap = await page.context().newCDPSession(page);
    const used = async () => {
      await heap.send('HeapProfiler.collectGarbage');
      return (await heap.send('Runtime.getHeapUsage')).usedSize;
    };
    await page.waitForSelector('.crow');
    const before = await used();
    await go(page, 'contacts');
    await page.waitForSelector('.trow[aria-selected]');
    expect(await page.getAttribute('.contacts-grid', 'aria-rowcount')).toBe(String(ALL + 1));
    for (const part of [0.5, 0.99, 0.1, 0.73, 0.2, 1, 0.31, 0.62, 0.05, 0.88]) {
      const place = await page.locator('.contacts-grid').evaluate((grid, at) => {
        grid.scrollTop = at * grid.scrollHeight;
        return Math.floor((grid.scrollTop + grid.clientHeight / 2) / 36);
      }, part);
      await page.waitForSelector(`.contacts-grid .trow[aria-rowindex="${place + 2}"]:has-text("Persona ${place} ")`);
      expect(await page.locator('.contacts-grid .trow').count()).toBeLessThanOrEqual(60);
    }
    await page.focus('.contacts-grid');
    await page.keyboard.press('End');
    await page.waitForSelector(`.contacts-grid .trow.focused[aria-rowindex="${ALL + 1}"]`);
    await page.keyboard.press('k');
    await page.waitForSelector(`.contacts-grid .trow.focused[aria-rowindex="${ALL}"]`);
    const answered = await asked(page, 'search_contacts');
    expect(answered.every((one) => one.limit <= 200)).toBe(true);
    expect(answered.length).toBeLessThan(100);
    await page.evaluate(() => window.agent.asked.splice(0));
    // Budget of the design for the list: 10 MB of the script heap.
    expect((await used()) - before).toBeLessThan(10_000_000);
    expect(page.faults).toEqual([]);
  });

  test('the magnifier opens the search, Enter applies it, Esc brings everybody back', async () => {
    const page = await desk.window();
    await go(page, 'contacts');
    await page.click('.filters .find');
    await page.keyboard.type('quesada');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('.contacts-grid .trow[aria-selected]').length === 1);
    await page.focus('.searchfield input');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelectorAll('.contacts-grid .trow[aria-selected]').length > 10);
  });

  test('a way of contact is added by Enter and recognised; required fields are marked', async () => {
    const page = await desk.window();
    await go(page, 'contacts');
    await page.click('.phead .pri');
    await page.click('.bar [type=submit]');
    expect(await page.locator('[aria-invalid=true]').count()).toBe(3);
    await page.fill('[name=first_name]', 'Ana');
    await page.fill('[name=last_name]', 'Solís');
    for (const text of ['8555 0199', 'ana@correo.example', '231']) {
      await page.fill('[name=channels]', text);
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.querySelector<HTMLInputElement>('[name=channels]')!.value === '');
    }
    await page.check('label:has-text("Es VIP") input');
    await page.click('.bar [type=submit]');
    await until(page, 'save_contact');
    expect((await asked(page, 'save_contact'))[0]).toMatchObject({ vip: true, channels: [{ kind: 'phone' }, { kind: 'email' }, { kind: 'phone' }] });
    await page.waitForSelector('.panelhead :text("Ana Solís")');
  });

  test('a copied number is on the clipboard, and it is said', async () => {
    const page = await desk.window();
    await go(page, 'contacts');
    await page.click('.trow:has-text("Marcela") [aria-label^="Copiar +506"]');
    await page.waitForSelector('.toast:has-text("+506 8555 0117")');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('+506 8555 0117');
  });
});

describe('lists', () => {
  test.each([['calls', '.calls .list', 3_000], ['contacts', '.contacts-grid', 2_000], ['history', '.history-grid', 2_000]] as const)('%s stands where it was left, and is not read again', async (section, list, to) => {
    const page = await desk.window({ moreCalls: 150, contacts: 150 });
    await page.waitForSelector('.crow');
    if (section !== 'calls') await go(page, section);
    await page.waitForSelector(list);
    await page.locator(list).evaluate((one, top) => (one.scrollTop = top), to);
    await page.waitForFunction(([one, top]) => document.querySelector(one)?.scrollTop === top, [list, to] as const);
    /** Words of the row at the top of the view, once it is read. */
    const first = async () => (await page.waitForFunction((wanted) => {
      const one = document.querySelector(wanted);
      const edge = (one?.getBoundingClientRect().top ?? 0) + 60;
      return [...(one?.querySelectorAll('.crow, .trow:not(.thead)') ?? [])].find((row) => row.getBoundingClientRect().bottom > edge)?.textContent;
    }, list)).jsonValue();
    const before = await first();
    await go(page, 'settings');
    await page.waitForSelector(list, { state: 'detached' });
    await page.evaluate(() => window.agent.asked.splice(0));
    await go(page, section);
    await page.waitForFunction(([one, top]) => Math.abs((document.querySelector(one)?.scrollTop ?? 0) - top) < 2, [list, to] as const);
    expect(await first()).toBe(before);
    if (section === 'calls') expect(await asked(page, 'list_cards')).toEqual([]);
    expect(page.faults).toEqual([]);
  });
});

describe('ways to a person', () => {
  test('a full number opens WhatsApp by its button and by W; an extension and an e-mail do not', async () => {
    const page = await desk.window();
    await go(page, 'contacts');
    await page.click('.trow:has-text("Marcela") >> .m');
    await page.waitForSelector('.via');
    expect(await page.locator('.via:has-text("correo") [aria-label^=WhatsApp]').count()).toBe(0);
    await page.click('.via [aria-label="WhatsApp con +506 8555 0117"]');
    await page.keyboard.press('w');
    await until(page, 'open_external', 2);
    expect(await asked(page, 'open_external')).toEqual(Array(2).fill({ what: 'chat', number: '+50685550117' }));
    await page.click('.trow:has-text("Tomás") >> .m');
    await page.waitForSelector('.panelhead :text("Tomás")');
    expect(await page.locator('.via [aria-label^=WhatsApp]').count()).toBe(0);
    expect(page.faults).toEqual([]);
  });
});

describe('the stream', () => {
  test('a lost event makes the window read everything afresh', async () => {
    const page = await desk.window();
    await page.waitForSelector('.crow');
    const before = (await asked(page, 'snapshot')).length;
    await page.evaluate(() => {
      window.agent.lose();
      window.agent.emit({ kind: 'presence', value: { state: 'wrap_up', since_ms: Date.now() } });
    });
    await until(page, 'snapshot', before + 1);
  });

  test('a list that fails says so and can be asked again', async () => {
    const page = await desk.window();
    await page.waitForSelector('.crow');
    await page.evaluate(() => {
      window.agent.failing.set('list_cards', 'database_failed');
      window.agent.emit({ kind: 'changed', value: 'cards' });
    });
    await page.waitForSelector('.banner.error .btn');
    await page.evaluate(() => window.agent.failing.clear());
    await page.click('.calls .banner .btn');
    await page.waitForSelector('.banner.error', { state: 'detached' });
  });
});

describe('settings', () => {
  test('how keys are made is asked only where voice is encrypted, and is saved with the line', async () => {
    const page = await desk.window();
    await go(page, 'settings');
    await page.click('.setting [aria-expanded]');
    await page.click('.accountform summary');
    const keys = page.locator('[aria-label="Claves del cifrado"]');
    await keys.getByText('Entre equipos (DTLS)').click();
    await page.getByRole('switch', { name: 'Un solo puerto' }).click();
    await page.locator('[aria-label="Teclas durante la llamada (DTMF)"]').getByText('SIP INFO').click();
    await page.click('.accountform [type=submit]');
    await until(page, 'save_account');
    const saved = (await asked(page, 'save_account'))[0];
    expect([saved?.srtp_keys, saved?.rtcp_mux, saved?.dtmf]).toEqual(['dtls', true, 'info']);
    await page.click('.setting [aria-expanded]');
    await page.click('.accountform summary');
    await page.locator('[aria-label="Cifrado de voz (SRTP)"]').getByText('No', { exact: true }).click();
    expect(await keys.count()).toBe(0);
  });

  test('ways through NAT are asked for where somebody wants them, and saved with the line', async () => {
    const page = await desk.window();
    await go(page, 'settings');
    await page.click('.setting [aria-expanded]');
    await page.click('.accountform summary');
    expect(await page.locator('[name=stun]').count()).toBe(0);
    await page.getByRole('switch', { name: 'Buscar el camino del audio (ICE)' }).click();
    await page.fill('[name=stun]', 'stun.empresa.example');
    expect(await page.locator('[name=turn_user]').count()).toBe(0);
    await page.fill('[name=turn]', 'turn.empresa.example:3479');
    await page.fill('[name=turn_user]', 'agentes');
    await page.fill('[name=turn_password]', 'secreto');
    await page.click('.accountform [type=submit]');
    await until(page, 'save_account');
    const saved = (await asked(page, 'save_account'))[0];
    expect(saved?.ice).toEqual({ on: true, stun: 'stun.empresa.example', turn: 'turn.empresa.example:3479', turn_user: 'agentes' });
    expect(saved?.turn_password).toBe('secreto');
  });

  test('a credential of another length is flagged before it is sent, unless the rule says otherwise', async () => {
    const page = await desk.window();
    await go(page, 'settings');
    await page.click('.settings-body .btn >> nth=0');
    await page.fill('[name=user]', '12345');
    expect(await page.innerText('.accountform .c-warn')).toContain('7');
    await page.click('summary');
    expect(await page.inputValue('[name=user_digits]')).toBe('7');
    await page.fill('[name=user_digits]', '5');
    await page.locator('[name=user_digits]').blur();
    await until(page, 'save_preferences');
    await page.waitForSelector('.accountform .c-warn', { state: 'detached' });
    await page.fill('[name=user]', 'ana');
    await page.waitForSelector('.accountform .c-warn');
    await page.fill('[name=user_digits]', '');
    await page.locator('[name=user_digits]').blur();
    await until(page, 'save_preferences', 2);
    expect((await asked(page, 'save_preferences')).at(-1)?.user_digits).toBeNull();
    await page.waitForSelector('.accountform .c-warn', { state: 'detached' });
  });

  test('colours and language change at once', async () => {
    const page = await desk.window();
    await go(page, 'settings');
    await page.click('#tab-settings-appearance');
    await page.click('.settings-body [role=radio]:has-text("Oscuro")');
    await page.selectOption('#language', 'en');
    await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark' && document.documentElement.lang === 'en');
    expect(await page.innerText('#settings-title')).toBe('Settings');
  });

  test('the first run shows nothing of the main view before it', async () => {
    const page = await desk.window({ firstRun: true });
    await page.waitForSelector('.frleft');
    expect(await asked(page, 'list_cards')).toEqual([]);
  });

  test('where the system says no country, the first run asks it before there is a line', async () => {
    const page = await desk.window({ firstRun: true, nowhere: true });
    await page.click('.frleft .call');
    await page.waitForSelector('.frcountry .wrong:focus');
    await page.fill('.frcard [name=user]', '8330101');
    await page.fill('.frcard [name=password]', '123456');
    await page.fill('.frcard [name=domain]', 'pbx.example');
    await page.click('.frcard [type=submit]');
    expect([await asked(page, 'start_practice'), await asked(page, 'save_account')]).toEqual([[], []]);
    await page.selectOption('.frcountry select', { label: 'Portugal' });
    await until(page, 'save_preferences');
    expect((await asked(page, 'save_preferences'))[0]).toMatchObject({ country: 'PT' });
    await page.click('.frleft .call');
    await page.waitForSelector('.frtag');
  });

  test('a country that the system says stands on the first page, and can be changed', async () => {
    const page = await desk.window({ firstRun: true });
    expect(await page.locator('.frplace select').inputValue()).toBe('CR');
    await page.selectOption('.frplace select', 'PA');
    await until(page, 'save_preferences');
    await page.click('.frleft .call');
    await page.waitForSelector('.frtag');
  });

  test('a link whose number needs a country is dialled by the one that is chosen', async () => {
    const page = await desk.window({ nowhere: true });
    await page.waitForSelector('.crow');
    await page.evaluate(() => window.agent.emit({ kind: 'link_question', value: { target: 'tel:22225555', number: '22225555', reason: 'no_country' } }));
    await page.click('.modal .btn.call');
    await page.waitForSelector('.modal .wrong');
    expect(await asked(page, 'dial')).toEqual([]);
    await page.selectOption('.modal select', 'CR');
    await page.click('.modal .btn.call');
    await until(page, 'dial');
    expect((await asked(page, 'save_preferences'))[0]).toMatchObject({ country: 'CR' });
    expect((await asked(page, 'dial'))[0]).toMatchObject({ target: 'tel:22225555', origin: 'link', confirmed: false });
  });

  test('a card about to expire is named, and its button opens it', async () => {
    const page = await desk.window();
    await page.waitForSelector('.crow');
    await go(page, 'settings');
    const told = { severity: 'warn', subject: 'Ana Mora' } as const;
    const call = await page.evaluate((notice) => {
      const { call } = window.agent.rows.find((row) => row.state === 'unsaved')!;
      window.agent.emit({ kind: 'notice', value: { ...notice, code: 'card_expiring_soon', call } });
      return call;
    }, told);
    const toast = page.locator('.toast', { hasText: 'Ana Mora' });
    expect(await toast.textContent()).toContain('diez minutos');
    await toast.locator('button').first().click();
    await page.waitForSelector(`[id="row-${call}"][aria-selected=true]`);
  });

  test('a device that nobody looked at yet is no fault; one that is gone is', async () => {
    const page = await desk.window({ firstRun: true, unlooked: true });
    await page.waitForSelector('.frchecks li');
    const states = () => page.locator('.frchecks li[data-state]').evaluateAll((all) => all.map((one) => one.getAttribute('data-state')));
    expect(await states()).toEqual(['later', 'later']);
    expect(await page.locator('.frchecks .c-miss').count()).toBe(0);
    await page.evaluate(() => window.agent.emit({ kind: 'faults', value: [{ code: 'no_microphone', severity: 'error', subject: null, call: null }] }));
    await page.waitForSelector('.frchecks [data-state=bad]');
    expect(await states()).toEqual(['bad', 'later']);
  });

  test('the first run: echo, then a call from the training caller', async () => {
    const page = await desk.window({ firstRun: true });
    await page.click('.frleft .call');
    await page.waitForSelector('.frtag');
    expect((await asked(page, 'dial'))[0]).toMatchObject({ target: '777' });
    await page.evaluate(() => window.agent.talk(window.agent.calls[0]!.id, 5_000));
    await page.click('.frleft .pri');
    await until(page, 'hang_up');
    await page.click('.frleft .call');
    await until(page, 'practice_call_me');
    await page.waitForSelector('.calls');
  });
});

test('the history shows whole names in a window of 1180 pixels', async () => {
  const page = await desk.window({}, { width: 1180, height: 740 });
  await go(page, 'history');
  await page.waitForSelector('.history-grid .trow >> nth=8');
  const cut = await page.evaluate(() => [...document.querySelectorAll('.history-grid .trow:not(.thead) > :nth-child(2)')].flatMap((cell) => [cell, ...cell.querySelectorAll('.el')]).filter((one) => one.scrollWidth > one.clientWidth && one.clientWidth > 0).map((one) => `${one.textContent} ${one.clientWidth}/${one.scrollWidth}`));
  expect(cut).toEqual([]);
});

describe('forms that are not finished', () => {
  test('what is typed for a new person goes to the store while it is typed, and goes when it is saved', async () => {
    const page = await desk.window();
    await go(page, 'contacts');
    await page.click('.contacts-cols .btn.pri >> nth=0');
    await page.waitForSelector('[name=first_name]');
    expect(await asked(page, 'keep_form')).toEqual([]);
    // Typed without a pause: it is not waited for the last key.
    const typing = page.locator('[name=last_name]').pressSequentially('Mora Quesada de la Vega', { delay: 40 });
    await until(page, 'keep_form', 2);
    await typing;
    await page.locator('[name=last_name]').blur();
    await page.waitForFunction(() => window.agent.forms[0]?.text.includes('Mora Quesada de la Vega'));
    await page.click('.sidepanel .bar .btn:not(.pri)');
    await page.waitForFunction(() => window.agent.forms.length === 0);
  });

  test('what an earlier window left is offered, opens as it was, and is gone once it is saved', async () => {
    const first = await desk.window();
    await go(first, 'contacts');
    await first.click('.contacts-cols .btn.pri >> nth=0');
    await first.fill('[name=first_name]', 'Eva');
    await first.fill('[name=last_name]', 'Soto');
    await first.fill('[name=channels]', '8555 0199');
    await first.waitForFunction(() => window.agent.forms[0]?.text.includes('8555 0199'));
    const forms = await first.evaluate(() => window.agent.forms);
    const page = await desk.window({ forms });
    await page.locator('.toast', { hasText: 'sin guardar' }).locator('button').first().click();
    expect(await page.inputValue('[name=last_name]')).toBe('Soto');
    await page.click('.sidepanel .bar .pri');
    await until(page, 'save_contact');
    expect((await asked(page, 'save_contact'))[0]).toMatchObject({ first_name: 'Eva', last_name: 'Soto', channels: [{ raw: '8555 0199' }] });
    await page.waitForFunction(() => window.agent.forms.length === 0);
  });

  test('the short form of a card comes back on its card', async () => {
    const first = await desk.window();
    await first.click('.crow >> nth=3');
    await first.click('.whosearch .dark');
    await first.fill('.quick [name=last_name]', 'Soto');
    await first.waitForFunction(() => window.agent.forms[0]?.text.includes('Soto'));
    const forms = await first.evaluate(() => window.agent.forms);
    const page = await desk.window({ forms });
    await page.click('.crow >> nth=3');
    await page.waitForSelector('.quick');
    expect(await page.inputValue('.quick [name=last_name]')).toBe('Soto');
    await page.click('.quick .btn.hang');
    await page.click('.quick .banner .btn.hang');
    await page.waitForFunction(() => window.agent.forms.length === 0);
  });

  test('a form that is opened before it is known what an earlier window left overwrites nothing of it', async () => {
    const first = await desk.window();
    await first.click('.crow >> nth=3');
    await first.click('.whosearch .dark');
    await first.fill('.quick [name=last_name]', 'Soto');
    await first.waitForFunction(() => window.agent.forms[0]?.text.includes('Soto'));
    const forms = await first.evaluate(() => window.agent.forms);
    const page = await desk.window({ forms, formsLate: true });
    await page.waitForFunction(() => window.agent.stalled.get('kept_forms')?.length === 1);
    await page.click('.crow >> nth=3');
    await page.click('.whosearch .dark');
    await page.waitForSelector('.whosearch', { state: 'detached' });
    await page.evaluate(() => window.agent.stalled.get('kept_forms')!.shift()!());
    await page.waitForSelector('.quick');
    expect(await page.inputValue('.quick [name=last_name]')).toBe('Soto');
    await page.fill('.quick [name=first_name]', 'Eva');
    await page.waitForFunction(() => window.agent.forms.length === 1 && window.agent.forms[0]!.text.includes('Eva') && window.agent.forms[0]!.text.includes('Soto'));
  });
});

describe('erasing', () => {
  test('a person is erased after a question, and the page says what is left', async () => {
    const page = await desk.window();
    await go(page, 'contacts');
    await page.click('.contacts-grid .trow >> nth=1 >> .m');
    await page.click('.erase .btn');
    expect(await asked(page, 'erase_contact')).toEqual([]);
    await page.click('.modal .btn.hang');
    await until(page, 'erase_contact');
    expect(await page.locator('.toast').textContent()).toContain('ya no se envía');
    await page.waitForSelector('.panelhead', { state: 'detached' });
  });

  test('how long the history is kept is chosen in the settings', async () => {
    const page = await desk.window();
    await go(page, 'settings');
    await page.click('#tab-settings-calls');
    await page.selectOption('#keep-history', '12');
    await until(page, 'save_preferences');
    expect((await asked(page, 'save_preferences'))[0]).toMatchObject({ keep_history_months: 12 });
    await page.selectOption('#keep-history', '0');
    await until(page, 'save_preferences', 2);
    expect((await asked(page, 'save_preferences'))[1]).toMatchObject({ keep_history_months: null });
  });
});

describe('the pop-up', () => {
  test('ignores clicks for 400 ms after it appears and after every change', async () => {
    const page = await desk.window({}, { width: 400, height: 260 }, { page: 'incoming.html', own: true });
    await page.clock.install({ time: new Date('2026-11-22T20:50:00Z') });
    await page.reload();
    await page.waitForFunction(() => window.agent.asked.some((one) => one.name === 'snapshot'));
    await page.clock.pauseAt(new Date('2026-11-22T21:50:00Z'));
    const press = async (key: string) => {
      await page.waitForSelector(key);
      await page.locator(key).first().evaluate((button) => (button as HTMLElement).click());
      return page.evaluate(() => window.agent.asked.filter((one) => one.name === 'answer' || one.name === 'mute').map((one) => one.name));
    };
    await page.evaluate(() => window.agent.begin('incoming', '+506 8555 0117'));
    expect(await press('.popkeys .call')).toEqual([]);
    await page.clock.runFor(390);
    expect(await press('.popkeys .call')).toEqual([]);
    await page.clock.runFor(20);
    expect(await press('.popkeys .call')).toEqual(['answer']);
    expect(await press('.barkeys button')).toEqual(['answer']);
    await page.clock.runFor(410);
    expect(await press('.barkeys button')).toEqual(['answer', 'mute']);
    expect(page.faults).toEqual([]);
  });
});

describe('what a window costs', () => {
  test('a second writes one text of the presence and nothing else; a hidden window does nothing', async () => {
    const page = await desk.window({}, WIDE, { own: true });
    await page.clock.install({ time: new Date('2026-11-22T20:50:00Z') });
    await page.reload();
    await page.clock.pauseAt(new Date('2026-11-22T21:50:10.400Z'));
    await page.waitForSelector('.crow');
    // Since a whole second, so that every tick shows another.
    await page.evaluate(() => window.agent.emit({ kind: 'presence', value: { state: 'available', since_ms: Date.parse('2026-11-22T20:00:00Z') } }));
    await page.waitForSelector('.chip .since:text("1:50:10")');
    const written = (for_ms: number) => page.clock.runFor(for_ms).then(() => page.evaluate(() => (window as unknown as { seen: string[] }).seen.splice(0)));
    await page.evaluate(() => {
      const seen: string[] = Object.assign(window, { seen: [] }).seen;
      new MutationObserver((all) => seen.push(...all.map(({ type, target }) => (target.parentElement?.matches('.chip .since') ? (target as Text).data : `${type} ${target.nodeName}`)))).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    });
    // On the second, not four tenths after it.
    const ticks = [...(await written(600)), ...(await written(3_000))];
    expect(ticks).toEqual(['1:50:11', '1:50:12', '1:50:13', '1:50:14']);
    const box = await page.locator('.chip .since').evaluate((one) => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight);
    expect(box, 'the text fits its box').toBe(true);

    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    expect(await written(20_000)).toEqual([]);
    await page.evaluate(() => {
      delete (document as { hidden?: boolean }).hidden;
      document.dispatchEvent(new Event('visibilitychange'));
    });
    expect(await written(0), 'put right at once').toHaveLength(1);
    expect(page.faults).toEqual([]);
  });
});
