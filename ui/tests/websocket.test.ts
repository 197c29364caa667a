import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { go } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

test('a line by WebSocket is given its address, which must be one of its kind', async () => {
  const page = await desk.window({ locale: 'es' });
  await go(page, 'settings');
  await page.click('.settings-body .btn >> nth=0');
  await page.fill('[name=user]', '8330101');
  await page.fill('[name=password]', '482916');
  await page.fill('[name=domain]', 'central.ejemplo');
  await page.click('summary');
  await page.click('.details [role=radio]:has-text("WSS")');
  await page.waitForSelector('.accountform:has-text("Dirección del WebSocket")');
  const options = page.locator('.details [role=radio]');
  const [first, last] = [await options.first().boundingBox(), await options.nth(4).boundingBox()];
  expect(last?.y).toBe(first?.y);
  await page.fill('[name=proxy]', 'ws://central.ejemplo/ws');
  await page.click('[type=submit]');
  await page.waitForSelector('.c-miss:has-text("La dirección debe comenzar con wss://")');
  expect(await asked(page, 'save_account')).toEqual([]);
  if (process.env.TIMBRE_SHOT) await page.screenshot({ path: process.env.TIMBRE_SHOT });
  await page.fill('[name=proxy]', 'wss://central.ejemplo:8089/ws');
  await page.click('[type=submit]');
  await until(page, 'save_account');
  expect((await asked(page, 'save_account'))[0]).toMatchObject({ transport: 'wss', proxy: 'wss://central.ejemplo:8089/ws' });
});
