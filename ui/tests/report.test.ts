import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { REPORT } from './double/report.ts';
import { go } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

async function help() {
  const page = await desk.window();
  await go(page, 'settings');
  await page.click('#tab-settings-help');
  await page.waitForSelector('text=Preparar el informe');
  return page;
}

test('a report is made on request, read whole, and only then saved', async () => {
  const page = await help();
  expect(await asked(page, 'make_report')).toEqual([]);
  expect(await page.locator('text=Guardar en Descargas').count()).toBe(0);
  await page.click('text=Preparar el informe');
  await page.waitForSelector('textarea[readonly]');
  expect(await page.getByLabel(REPORT.file_name).inputValue()).toBe(REPORT.text);
  expect(await asked(page, 'save_report')).toEqual([]);

  await page.click('text=Guardar en Descargas');
  await page.waitForSelector(`[role=status]:has-text("Descargas/${REPORT.file_name}")`);
  await page.click('.btn:has-text("Copiar")');
  await page.waitForSelector('.toast:has-text("Informe copiado")');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(REPORT.text);

  await page.click('text=Preparar otro');
  await until(page, 'make_report', 2);
  await page.waitForFunction(() => ![...document.querySelectorAll('[role=status]')].some((one) => one.textContent?.includes('Descargas')));
  expect(page.faults).toEqual([]);
});

test('what cannot be saved says why, and stays to be copied', async () => {
  const page = await help();
  await page.click('text=Preparar el informe');
  await page.waitForSelector('textarea[readonly]');
  await page.evaluate(() => window.agent.failing.set('save_report', 'folder_refused'));
  await page.click('text=Guardar en Descargas');
  await page.waitForSelector('.toast:has-text("carpeta de descargas")');
  expect(await page.getByLabel(REPORT.file_name).inputValue()).toBe(REPORT.text);

  await page.evaluate(() => window.agent.failing.set('make_report', 'internal'));
  await page.click('text=Preparar otro');
  await page.waitForSelector('.toast:has-text("Timbre falló")');
  await page.waitForSelector('.btn:has-text("Preparar otro"):not([disabled])');
});
