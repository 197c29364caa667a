import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { HEADSETS, JABRA } from './double/headsets.ts';
import { call, go } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

async function headsets(list = HEADSETS, locale: 'es' | 'en' = 'es') {
  const page = await desk.window({ locale, headsets: list });
  await go(page, 'settings');
  await page.click('#tab-settings-headsets');
  await page.waitForSelector('.settings-body h2');
  return page;
}

const shot = async (page: { screenshot(options: { path: string; fullPage: boolean }): Promise<unknown> }, name: string) => {
  if (process.env.TIMBRE_SHOT) await page.screenshot({ path: `${process.env.TIMBRE_SHOT}-${name}.png`, fullPage: true });
};

test('each button lights up as it is pressed, and what is on stays lit', async () => {
  const page = await headsets();
  const box = page.getByRole('region', { name: 'Jabra Engage 65 SE' });
  await shot(page, 'headsets');
  const row = (name: string) => box.getByRole('listitem').filter({ hasText: name });
  expect(await row('Contestar y colgar').innerText()).toMatch(/Activado/);
  expect(await row('Silenciar').innerText()).toMatch(/3 veces/);
  expect(await row('Programable 1').innerText()).toMatch(/Sin pulsar/);
  const press = (presses: number, on: boolean) =>
    page.evaluate(([headset, times, lit]) => {
      const buttons = headset.buttons.map((one) => (one.button === 'flash' ? { ...one, presses: times, on: lit } : one));
      window.agent.emit({ kind: 'headsets', value: { list: [{ ...headset, buttons }], followed: true } });
    }, [JABRA, presses, on] as const);
  await press(1, true);
  await row('Cambiar de llamada').and(page.locator('.lit')).waitFor();
  await press(1, false);
  await row('Cambiar de llamada').and(page.locator(':not(.lit)')).waitFor();
  expect(await row('Cambiar de llamada').innerText()).toMatch(/1 vez/);
  expect(await row('Cambiar de llamada').locator('.flash.pressed').count()).toBe(1);
  expect(page.faults).toEqual([]);
});

test('a lamp is tried without a call, and not in one', async () => {
  const page = await headsets(HEADSETS, 'en');
  const lamp = page.getByRole('button', { name: 'Test the lamp “Rings”' });
  await lamp.click();
  await until(page, 'test_headset_lamp');
  expect(await asked(page, 'test_headset_lamp')).toEqual([{ headset: 1, lamp: 'ring' }]);
  await call(page, 'incoming', '88887777');
  await page.waitForSelector('text=They are tried when there is no call.');
  expect(await lamp.getAttribute('aria-disabled')).toBe('true');
  await lamp.click({ force: true });
  expect((await asked(page, 'test_headset_lamp')).length).toBe(1);
});

test('without rights the page says which rule to install', async () => {
  const page = await headsets({ ...HEADSETS, list: HEADSETS.list.slice(1) });
  await page.waitForSelector('.banner.warn:has-text("70-timbre-headset.rules")');
  await page.evaluate(() => window.agent.emit({ kind: 'headsets', value: { list: [], followed: true } }));
  await page.waitForSelector('text=No hay ningún auricular con botones');
  await page.evaluate(() => window.agent.emit({ kind: 'headsets', value: { list: [], followed: false } }));
  await page.waitForSelector('text=todavía no conoce los botones');
});

test('a report of the model is read before it is saved', async () => {
  const page = await headsets({ ...HEADSETS, list: [JABRA] });
  await page.click('text=Preparar informe del modelo');
  await page.waitForSelector('textarea[readonly]');
  expect(await asked(page, 'headset_report')).toEqual([{ headset: 1 }]);
  expect(await page.locator('textarea[readonly]').inputValue()).toMatch(/^timbre-headset 1\n/);
  expect(await asked(page, 'save_report')).toEqual([]);
  await page.click('text=Guardar en Descargas');
  await until(page, 'save_report');
  expect(page.faults).toEqual([]);
});
