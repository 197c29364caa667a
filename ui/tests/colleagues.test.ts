import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { call, go, talk } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

const shot = async (page: { screenshot(options: { path: string }): Promise<unknown> }, name: string) => {
  if (process.env.TIMBRE_SHOT) await page.screenshot({ path: `${process.env.TIMBRE_SHOT}-${name}.png` });
};

test('the panel tells who is free, rings and talks, and takes a call that rings', async () => {
  const page = await desk.window({ locale: 'es', colleagues: true });
  const chip = page.getByRole('button', { name: 'Colegas: 1 disponible, timbra uno' });
  await chip.waitFor();
  await page.locator('body').press('g');
  await page.keyboard.press('e');
  const panel = page.getByRole('dialog', { name: 'Colegas' });
  await panel.waitFor();
  const rows = await panel.locator('li').allInnerTexts();
  expect(rows.map((row) => row.replace(/\s+/g, ' '))).toEqual([
    'JU Jorge Ureña Ext. 231 Disponible', 'JC Jorgelina Castro Ext. 240 · Llama a +506 8555 0117 En llamada',
    'DR Daniela Rojas Peña Le llama Clínica Santa Rita · Ext. 244 Timbrando Tomar', 'MS Marco Solís sip:marco@otra.example Sin datos', 'PV Paula Vega Ext. 250 · Almuerzo Ausente',
  ]);
  await shot(page, 'panel');
  await page.waitForSelector('.colleague:nth-child(1) button:focus');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await until(page, 'pick_up_colleague');
  await panel.waitFor({ state: 'detached' });
  await page.waitForSelector('.live');
});

test('a colleague is called, and the light follows the exchange', async () => {
  const page = await desk.window({ locale: 'en', colleagues: true });
  await page.click('[data-colleagues]');
  const tell = (state: 'busy' | 'free') => page.evaluate((told) => window.agent.emit({ kind: 'colleague', value: { ...window.agent.snapshot.colleagues.list[0]!, state: told } }), state);
  await tell('busy');
  await page.waitForSelector('.colleague:nth-child(1) .dot.bad');
  await tell('free');
  await page.waitForSelector('.colleague:nth-child(1) .dot.ok');
  await page.getByRole('button', { name: 'Call Jorge Ureña' }).click();
  await until(page, 'dial');
  expect((await asked(page, 'dial'))[0]).toMatchObject({ target: '231', origin: 'keypad', account: expect.any(String) as string });
});

test('Escape closes the panel and gives the focus back', async () => {
  const page = await desk.window({ locale: 'es', colleagues: true });
  await page.click('[data-colleagues]');
  await page.waitForSelector('.colleague:nth-child(1) button:focus');
  await page.keyboard.press('Escape');
  await page.waitForSelector('[data-colleagues]:focus');
  expect(await page.locator('.pop.colleagues').count()).toBe(0);
});

test('the call goes to a colleague, from the panel and from Transferir', async () => {
  const page = await desk.window({ locale: 'es', colleagues: true });
  await call(page, 'incoming', '+506 8555 0117');
  await talk(page);
  await page.focus('#call');
  await page.keyboard.press('t');
  await page.fill('.transfer input', 'jor');
  await page.waitForSelector('.goals .opt:nth-child(2) .dot.bad');
  expect((await page.locator('.goals .opt').first().innerText()).replace(/\s+/g, ' ')).toBe('JU Jorge Ureña Ext. 231 Disponible');
  await shot(page, 'transfer');
  await page.keyboard.press('Escape');
  await page.click('[data-colleagues]');
  await shot(page, 'panel-in-call');
  await page.getByRole('button', { name: 'Transferir esta llamada a Jorge Ureña' }).click();
  await until(page, 'transfer');
  expect((await asked(page, 'transfer'))[0]).toMatchObject({ to: '231' });
  await page.click('[data-colleagues]');
  await page.getByRole('button', { name: 'Consultar a Jorgelina Castro sobre esta llamada' }).click();
  await until(page, 'consult');
  expect((await asked(page, 'consult'))[0]).toMatchObject({ to: '240' });
});

test('colleagues are added, put in order and removed', async () => {
  const page = await desk.window({ locale: 'es' });
  expect(await page.locator('[data-colleagues]').count(), 'without colleagues nothing takes room').toBe(0);
  await go(page, 'settings');
  await page.click('#tab-settings-colleagues');
  await page.click('text=Agregar colega');
  await page.fill('[name=colleague-name-0]', 'Jorge Ureña');
  await page.fill('[name=colleague-target-0]', 'a b');
  await page.click('.settings-body [type=submit]');
  await page.waitForSelector('text=Escriba una extensión');
  await page.fill('[name=colleague-target-0]', '231');
  await page.click('text=Agregar colega');
  await page.fill('[name=colleague-name-1]', 'Ana Mora');
  await page.fill('[name=colleague-target-1]', '232');
  await page.getByRole('button', { name: 'Subir a Ana Mora' }).click();
  await shot(page, 'settings');
  await page.click('.settings-body [type=submit]');
  await page.waitForSelector('[data-colleagues]');
  expect((await asked(page, 'save_colleagues')).at(-1)?.list.map(({ name, target }) => [name, target])).toEqual([['Ana Mora', '232'], ['Jorge Ureña', '231']]);
  await page.getByRole('button', { name: 'Quitar a Ana Mora' }).click();
  await page.click('.settings-body [type=submit]');
  await until(page, 'save_colleagues', 3);
  expect((await asked(page, 'save_colleagues')).at(-1)?.list).toMatchObject([{ name: 'Jorge Ureña', id: expect.any(String) as string }]);
});
