import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import type { MailboxView } from '../src/bindings/api.ts';
import { asked, until } from './asked.ts';
import { go } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

/** A window whose exchange tells of a mailbox. */
async function told(mailbox: MailboxView, locale: 'es' | 'en' = 'es') {
  const page = await desk.window({ locale });
  const tell = (value: MailboxView) =>
    page.evaluate((found) => window.agent.emit({ kind: 'account', value: { ...window.agent.accounts[0]!, mailbox: found } }), value);
  await tell(mailbox);
  return { page, tell };
}

test('what waits in the mailbox stands at the line, and a press calls it', async () => {
  const { page, tell } = await told({ waiting: true, new: 3, old: 1, number: '*97' });
  const chip = page.getByRole('button', { name: 'Buzón de voz: 3 mensajes nuevos. Llamar al buzón' });
  await chip.waitFor();
  expect(await chip.locator('.badge').innerText()).toBe('3');
  if (process.env.TIMBRE_SHOT) await page.screenshot({ path: process.env.TIMBRE_SHOT });
  await chip.click();
  await until(page, 'dial');
  expect((await asked(page, 'dial'))[0]).toMatchObject({ target: '*97', origin: 'keypad', confirmed: false, account: expect.any(String) as string });
  await tell({ waiting: false, new: 0, old: 4, number: '*97' });
  await chip.waitFor({ state: 'detached' });
});

test('a mailbox without counts says so, and one without a number asks for it', async () => {
  const { page } = await told({ waiting: true, new: null, old: null, number: null }, 'en');
  const chip = page.getByRole('button', { name: 'Voicemail: There are messages. Call voicemail' });
  await chip.waitFor();
  expect(await chip.locator('.badge').count()).toBe(0);
  await chip.click();
  await page.waitForSelector('text=The number of the voicemail is missing');
  expect(await asked(page, 'dial')).toEqual([]);
});

test.each([400, 760, 1050, 1100, 1200, 1280])('the mailbox takes no room from the name of the line at %i px', async (width) => {
  const mailbox = { waiting: true, new: 123, old: 1, number: '*97' };
  const { page, tell } = await told({ ...mailbox, waiting: false });
  await page.setViewportSize({ width, height: 720 });
  const shown = () => page.locator('.chip.line > .el').evaluate((label) => label.clientWidth);
  const before = await shown();
  await tell(mailbox);
  await page.waitForSelector('.chip.mailbox .badge:has-text("99+")');
  expect(await shown()).toBeGreaterThanOrEqual(before);
});

test('the number of the mailbox is saved with the line', async () => {
  const page = await desk.window({ locale: 'es' });
  await go(page, 'settings');
  await page.click('.setting [aria-expanded]');
  await page.click('.accountform summary');
  await page.fill('[name=voicemail]', '* 97');
  await page.click('.accountform [type=submit]');
  await page.waitForSelector('.c-miss:has-text("Ese número no se puede marcar.")');
  await page.fill('[name=voicemail]', '*97');
  await page.click('.accountform [type=submit]');
  await until(page, 'save_account');
  expect((await asked(page, 'save_account'))[0]?.voicemail).toBe('*97');
});
