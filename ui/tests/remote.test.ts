import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { call, go, talk } from './states.ts';
import { Desk, WIDE } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

const NOBODY = '+57 310 555 0163';

/** The CRM answers about the call that was begun last. */
function found(page: Page, search: 'searching' | 'late' | 'done' = 'done'): Promise<void> {
  return page.evaluate((how) => window.agent.found(window.agent.calls.at(-1)!.id, how), search);
}

async function card(page: Page, at: number): Promise<void> {
  await page.click(`.crow >> nth=${at}`);
  await page.waitForSelector('.who');
}

describe('people of a CRM on a call', () => {
  test('the search is told in words, and nothing above the answer moves', async () => {
    const page = await desk.window({ crm: 1 });
    await call(page, 'incoming', NOBODY);
    await talk(page);
    await page.waitForSelector('.remote :text-is("Buscando en Salesforce…")');
    const before = await page.locator('.who .tools >> nth=-1').boundingBox();
    const size = await page.locator('.remote').boundingBox();
    await found(page);
    await page.waitForSelector('.remote .opt:has-text("Ximena Duarte") .tag:text-is("Salesforce")');
    expect(await page.locator('.who .tools >> nth=-1').boundingBox()).toEqual(before);
    expect(await page.locator('.remote').boundingBox()).toEqual(size);
    expect(await asked(page, 'take_remote')).toEqual([]);
    expect(page.faults).toEqual([]);
  });

  test('an answer that is late, fails or is empty is said', async () => {
    const page = await desk.window({ crm: 0 });
    await call(page, 'incoming', NOBODY);
    await talk(page);
    await found(page, 'late');
    await page.waitForSelector('.remote :text("Salesforce tarda en responder")');
    await found(page);
    await page.waitForSelector('.remote :text("Nadie en Salesforce tiene este número.")');
    await page.evaluate(() => window.agent.update(window.agent.calls[0]!.id, { remote: { search: 'done', people: [], failed: [window.agent.snapshot.connections.list[0]!.id] } }));
    await page.waitForSelector('.remote :text("Sin respuesta de Salesforce.")');
    expect(await page.locator('.remote :text("Nadie en Salesforce")').count()).toBe(0);
  });

  test('several are offered; the one that is pressed, by the keyboard, is the contact of the card', async () => {
    const page = await desk.window({ crm: 2 });
    await call(page, 'incoming', NOBODY);
    await talk(page);
    await found(page);
    await page.waitForSelector('.remote .opt >> nth=1');
    const id = await page.evaluate(() => window.agent.calls[0]!.id);
    await page.focus('.remote .opt >> nth=0');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until(page, 'take_remote');
    const record = await page.evaluate(() => window.agent.known[1]!.record);
    expect(await asked(page, 'take_remote')).toEqual([{ record, call: id }]);
    await page.waitForSelector('.whois :text("Peña")');
    await page.click('.whois .torecord:has-text("Ver en Salesforce")');
    await until(page, 'open_external');
    expect(await asked(page, 'open_external')).toEqual([{ what: 'record', record }]);
    expect(page.faults).toEqual([]);
  });

  test('a refusal is said and leaves the person there', async () => {
    const page = await desk.window({ crm: 1 });
    await page.evaluate(() => window.agent.failing.set('take_remote', 'not_found'));
    await card(page, 3);
    await page.click('.remote .opt');
    await page.waitForSelector('.toast:has-text("Ya no está")');
    expect(await page.locator('.remote .opt').count()).toBe(1);
    expect(await page.locator('.whois').count()).toBe(0);
  });

  test('after the call its number is asked, once, while nobody is assigned', async () => {
    const page = await desk.window({ crm: 1 });
    await card(page, 3);
    await page.waitForSelector('.remote .opt:has-text("Ximena Duarte")');
    expect(await asked(page, 'find_remote')).toEqual([{ by: 'number', number: '+573105550163', connection: null }]);
    await page.click('.remote .opt');
    await page.waitForSelector('.whois :text("Duarte")');
    await page.waitForSelector('.remote', { state: 'detached' });
    expect((await asked(page, 'find_remote')).length).toBe(1);
  });

  test('without a CRM nobody is asked and nothing is drawn', async () => {
    const page = await desk.window();
    await card(page, 3);
    await page.waitForSelector('.noresult');
    expect(await page.locator('.remote').count()).toBe(0);
    expect(await asked(page, 'find_remote')).toEqual([]);
  });
});

describe('one person on a card', () => {
  test('whom only the CRM knows is no empty search, and stands once, also when looked for by name', async () => {
    const page = await desk.window({ crm: 1 });
    await page.evaluate(() => window.agent.stalled.set('find_remote', []));
    await card(page, 3);
    await page.waitForSelector('.remote :text-is("Buscando en Salesforce…")');
    expect(await page.locator('.noresult').count(), 'somebody may still come').toBe(0);
    await page.evaluate(() => {
      const waiting = window.agent.stalled.get('find_remote')!;
      window.agent.stalled.delete('find_remote');
      waiting.forEach((go) => go());
    });
    await page.waitForSelector('.remote .opt:has-text("Ximena Duarte")');
    expect(await page.locator('.noresult').count()).toBe(0);
    expect(await page.innerText('.whosearch [role=status] >> nth=0')).toBe('1 resultado');
    const place = await page.locator('.remote .opt').boundingBox();
    await page.fill('.whosearch input', 'Ximena');
    await until(page, 'find_remote', 2);
    await page.waitForFunction(() => document.querySelector('.whosearch [role=status]')?.textContent === '1 resultado');
    expect(await page.locator('.remote .opt').count()).toBe(1);
    expect(await page.locator('.remote .opt').boundingBox(), 'nothing moves under the pointer').toEqual(place);
    expect(await page.locator('.noresult').count()).toBe(0);
    await page.fill('.whosearch input', 'Zzz');
    await page.waitForSelector('.noresult');
    expect(page.faults).toEqual([]);
  });

  test('who is known here and there stands among those from here, with the source', async () => {
    const page = await desk.window({ crm: 1 });
    await page.evaluate(() => (window.agent.known[0]!.contact = window.agent.people.find((one) => one.brief.name.includes('Marcela'))!.brief.id));
    await card(page, 3);
    await page.waitForSelector('.remote .opt:has-text("Ximena Duarte")');
    await page.fill('.whosearch input', 'Marcela');
    await page.waitForSelector('.found .opt:has-text("Marcela") .tag:text-is("Salesforce")');
    expect(await page.locator('.remote .opt').count()).toBe(0);
    expect(page.faults).toEqual([]);
  });
});

describe('tickets of a CRM', () => {
  test('the agent chooses one of those that the contact has open; another contact has others', async () => {
    const page = await desk.window({ crm: 2 });
    await page.evaluate(() => {
      const ticket = (id: string, number: string, subject: string) => ({ record: { connection: window.agent.snapshot.connections.list[0]!.id, kind: 'ticket' as const, id }, number, subject });
      window.agent.tickets = [ticket('500A', 'C-12', 'Agenda web'), ticket('500B', 'C-11', 'Factura')];
    });
    await card(page, 3);
    expect(await page.locator('[name=ticket]').count(), 'nobody is assigned').toBe(0);
    await page.click('.remote .opt');
    await page.waitForSelector('.ticketstate:text-is("2 tickets abiertos")');
    expect(await page.inputValue('[name=ticket]'), 'none is chosen').toBe('-1');
    await page.selectOption('[name=ticket]', { label: 'C-11 Factura (Salesforce)' });
    await page.waitForFunction(() => window.agent.asked.some((one) => one.name === 'save_draft' && JSON.stringify(one.request).includes('500B')));
    await page.click('.bar .pri');
    await until(page, 'save_card');
    expect((await asked(page, 'save_card'))[0]?.draft.ticket).toMatchObject({ number: 'C-11', record: { id: '500B' } });
    await page.waitForSelector('.detailpane :text("C-11 Factura (Salesforce)"), .fillpane :text("C-11 Factura (Salesforce)")');
    expect(page.faults).toEqual([]);
  });

  test('without a CRM that has tickets nothing is drawn', async () => {
    const page = await desk.window();
    await card(page, 2);
    await page.waitForSelector('input[id^=subject-]');
    await page.waitForSelector('.whois');
    expect(await page.locator('[name=ticket]').count()).toBe(0);
    expect(await asked(page, 'find_tickets')).toEqual([]);
  });
});

describe('people of a CRM by name', () => {
  /** What the CRM is asked is answered only when it is let go. */
  const hold = (page: Page) => page.evaluate(() => window.agent.stalled.set('find_remote', []));
  const letGo = (page: Page) => page.evaluate(() => {
    const waiting = window.agent.stalled.get('find_remote')!;
    window.agent.stalled.delete('find_remote');
    waiting.forEach((go) => go());
  });

  test('the omnibox shows who is known here first, and adds the CRM’s below without moving them', async () => {
    const page = await desk.window({ crm: 2 });
    await hold(page);
    await page.locator('.omni input').pressSequentially('Peña');
    await page.waitForSelector('.omni-row:has-text("Daniel Rojas Peña")');
    // Nobody waits longer than a second and a half.
    await page.waitForSelector('.omni-pop :text("Salesforce tarda en responder")');
    const before = await page.locator('.omni-row >> nth=0').boundingBox();
    await letGo(page);
    await page.waitForSelector('[role=rowgroup][aria-label="Salesforce"] .omni-row:has-text("Óscar Peña") .tag:text-is("Salesforce")');
    expect(await page.locator('.omni-row >> nth=0').boundingBox()).toEqual(before);
    expect(await page.getAttribute('.omni-row >> nth=0', 'aria-selected')).toBe('true');
    expect((await asked(page, 'find_remote')).map((one) => one.by === 'text' && one.text), 'asked once, not for each letter').toEqual(['Peña']);
    expect(await asked(page, 'take_remote')).toEqual([]);

    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Control+Enter');
    await until(page, 'take_remote');
    expect(await asked(page, 'take_remote')).toMatchObject([{ record: { id: '00QB' }, call: null }]);
    await page.waitForSelector('.panelhead:has-text("Óscar Peña")');
    expect(page.faults).toEqual([]);
  });

  test('whoever is called from the omnibox is taken first, so that the call has its contact', async () => {
    const page = await desk.window({ crm: 1 });
    await page.locator('.omni input').pressSequentially('Ximena');
    await page.waitForSelector('#omni-c-0');
    await page.keyboard.press('Enter');
    await until(page, 'dial');
    const contact = await page.evaluate(() => window.agent.people.find((one) => one.brief.name === 'Ximena Duarte')?.brief.id);
    expect(await asked(page, 'dial')).toMatchObject([{ target: '+57 310 555 0163', contact }]);
  });

  test('a search among the contacts is asked there, too, and who is added is shown', async () => {
    const page = await desk.window({ crm: 2 }, WIDE);
    await go(page, 'contacts');
    await page.click('.filters .find');
    await page.fill('.searchfield input', 'Peña');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.remote .opt:has-text("Óscar Peña") .tag:text-is("Salesforce")');
    await page.waitForSelector('.contacts-grid .trow:has-text("Daniel Rojas Peña")');
    await page.click('.remote .opt');
    await page.waitForSelector('.panelhead:has-text("Óscar Peña")');
    await page.waitForSelector('.toast:has-text("Óscar Peña, de Salesforce, quedó entre sus contactos.")');
    await page.waitForSelector('.remote .opt', { state: 'detached' });
    expect(page.faults).toEqual([]);
  });

  test('on a card somebody of the CRM is found by name and assigned; a CRM that fails is named', async () => {
    const page = await desk.window({ crm: 1 });
    await page.evaluate(() => window.agent.failing.set('find_remote', 'internal'));
    await card(page, 3);
    await page.fill('.whosearch input', 'Ximena');
    await page.waitForSelector('.whosearch .remote :text-is("Sin respuesta de Salesforce.")');
    await page.evaluate(() => window.agent.failing.clear());
    await page.fill('.whosearch input', 'Ximena D');
    await page.click('.whosearch .remote .opt:has-text("Ximena Duarte")');
    await until(page, 'take_remote');
    expect((await asked(page, 'take_remote'))[0]?.call).toBeTruthy();
    await page.waitForSelector('.whois :text("Duarte")');
    expect(page.faults).toEqual([]);
  });
});

test('the main window names it too while the call rings, and says the source', async () => {
  const page = await desk.window({ crm: 1 });
  await page.evaluate((to) => window.agent.begin('incoming', to), NOBODY);
  await page.waitForSelector(`.incoming .ringname:text-is("${NOBODY}")`);
  await found(page);
  await page.waitForSelector('.incoming .ringname:text-is("Ximena Duarte")');
  expect(await page.innerText('.incoming .tag')).toBe('En Salesforce');
  expect(await page.innerText('.incoming')).toContain(NOBODY);
});

describe('the pop-up', () => {
  async function ring(crm: number): Promise<Page> {
    const page = await desk.window({ crm }, { width: 400, height: 260 }, { page: 'incoming.html' });
    await page.waitForFunction(() => document.documentElement.lang === 'es' && window.agent.asked.some((one) => one.name === 'snapshot'));
    await page.evaluate((to) => window.agent.begin('incoming', to), NOBODY);
    await page.waitForSelector('.popsaid:text-is("Buscando en Salesforce…")');
    expect(await page.innerText('#who')).toBe(NOBODY);
    return page;
  }

  test('names the only one whom a CRM knows, with the source', async () => {
    const page = await ring(1);
    const keys = await page.locator('.popkeys').boundingBox();
    await found(page);
    await page.waitForSelector('#who:text-is("Ximena Duarte")');
    expect(await page.innerText('.popwho .tag')).toBe('En Salesforce');
    expect(await page.innerText('#num')).toContain(NOBODY);
    expect(await page.locator('.popkeys').boundingBox()).toEqual(keys);
    expect(await asked(page, 'take_remote')).toEqual([]);
  });

  test('of several it names none', async () => {
    const page = await ring(2);
    await found(page);
    await page.waitForSelector('.popsaid:text-is("2 personas en Salesforce")');
    expect(await page.innerText('#who')).toBe(NOBODY);
  });
});

describe('on the way to a CRM', () => {
  test('rows and the open card say where a call stands, and why', async () => {
    const page = await desk.window({ crm: 0 });
    await page.waitForSelector('.crow');
    const rows: [number, string, string][] = [
      [4, 'Por enviar a Salesforce', 'Por enviar a Salesforce: no se pudo llegar'],
      [5, 'Sin confirmar en Salesforce', 'Sin confirmar en Salesforce: la respuesta se perdió'],
      [6, 'Enviado a Salesforce', 'Enviado a Salesforce'],
      [10, 'Detenido en Salesforce', 'Detenido en Salesforce: un campo falta o no se acepta (Subject)'],
    ];
    for (const [at, short, long] of rows) {
      expect(await page.innerText(`.crow >> nth=${at} >> .st.push`), short).toBe(short);
      await card(page, at);
      await page.waitForSelector(`.pushes :text-is("${long}")`);
    }
    expect(page.faults).toEqual([]);
  });

  test('an answer to «Salvar» that comes after the news of the sending does not hide it', async () => {
    const page = await desk.window({ crm: 0 }, WIDE);
    await card(page, 2);
    await page.waitForSelector('.whois');
    await page.evaluate(() => window.agent.late.set('save_card', []));
    await page.click('.bar .pri');
    await page.waitForFunction(() => window.agent.late.get('save_card')!.length === 1);
    await page.evaluate(() => {
      const connection = window.agent.snapshot.connections.list[0]!.id;
      const saved = window.agent.rows.find((row) => row.call === (window.agent.asked.find((one) => one.name === 'save_card')!.request as { call: string }).call)!;
      saved.pushes = [{ push: 'p', connection, state: 'sent', reason: null, about: 'entry', record: { connection, kind: 'activity', id: '00TB' } }];
      window.agent.changedCards();
    });
    await page.waitForSelector('.pushes :text-is("Enviado a Salesforce")');
    await page.evaluate(() => window.agent.late.get('save_card')!.forEach((go) => go()));
    await page.waitForSelector('.toast:has-text("Llamada salvada")');
    await page.waitForSelector('.pushes .torecord');
    expect(page.faults).toEqual([]);
  });

  test('the entry of a sent call is opened in the CRM', async () => {
    const page = await desk.window({ crm: 0 });
    await card(page, 4);
    expect(await page.locator('.pushes .torecord').count()).toBe(0);
    await page.click('.crow >> nth=6');
    await page.click('.pushes .torecord');
    await until(page, 'open_external');
    expect((await asked(page, 'open_external'))[0]).toMatchObject({ what: 'record', record: { kind: 'activity', id: '00TA' } });
  });

  test('a contact is opened in the CRM', async () => {
    const page = await desk.window({ crm: 0 }, WIDE);
    await go(page, 'contacts');
    await page.click('.contacts-grid .trow:has-text("Marcela") >> .m');
    await page.click('.panelhead .torecord');
    await until(page, 'open_external');
    expect((await asked(page, 'open_external'))[0]).toMatchObject({ what: 'record', record: { kind: 'contact', id: '003M' } });
  });
});
