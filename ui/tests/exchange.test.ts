import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { call, go, talk } from './states.ts';
import { Desk, type Watched } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

const OWN = { park: '70', retrieve: '*85{slot}', pickup_group: '*8', to_voicemail: '*{extension}', dnd_on: '*78', dnd_off: '*79', queue_pause: '*46', queue_unpause: '*46', record: '*1' };

/** A window whose exchange has codes. */
async function at(codes: Record<string, string> = OWN): Promise<Watched> {
  const page = await desk.window({ locale: 'es' });
  await page.evaluate((has) => {
    const account = { ...window.agent.accounts[0]!, codes: has };
    window.agent.accounts = [account];
    window.agent.emit({ kind: 'account', value: account });
  }, codes);
  return page;
}

async function talking(codes?: Record<string, string>): Promise<Watched> {
  const page = await at(codes);
  await call(page, 'incoming', '+506 8555 0117');
  await talk(page);
  return page;
}

describe('in a call', () => {
  test('«Aparcar» and «Grabar en la central» have the exchange do it', async () => {
    const page = await talking();
    await page.click('.live button:has-text("Grabar en la central")');
    await until(page, 'call_code', 1);
    await page.waitForSelector('text=Orden de grabar enviada');
    await page.click('.live button:text-is("Aparcar")');
    await until(page, 'call_code', 2);
    expect(await asked(page, 'call_code')).toMatchObject([{ code: 'record', number: null }, { code: 'park', number: null }]);
  });

  test('where a slot has to be chosen it is asked for, and only digits are taken', async () => {
    const page = await talking({ park: '*59{slot}', retrieve: '*59{slot}' });
    await page.click('.live button:text-is("Aparcar")');
    const slot = page.getByRole('textbox', { name: 'Plaza para aparcar' });
    await slot.fill('x');
    expect(await page.locator('.live form button').isDisabled()).toBe(true);
    await slot.fill('01');
    await slot.press('Enter');
    await until(page, 'call_code', 1);
    expect(await asked(page, 'call_code')).toMatchObject([{ code: 'park', number: '01' }]);
    expect(await page.locator('.live button:has-text("Grabar en la central")').count()).toBe(0);
  });

  test('«Transferir» takes it to the mailbox of an extension, and of nothing else', async () => {
    const page = await talking();
    await page.focus('#call');
    await page.keyboard.press('t');
    await page.click('.transfer [role=radio]:has-text("Buzón"), .transfer label:has-text("Buzón")');
    await page.fill('.transfer input[role=combobox]', '8555 0118');
    await page.press('.transfer input[role=combobox]', 'Enter');
    await page.waitForSelector('text=El buzón necesita una extensión');
    await page.fill('.transfer input[role=combobox]', '231');
    await page.press('.transfer input[role=combobox]', 'Enter');
    await until(page, 'call_code', 1);
    expect(await asked(page, 'call_code')).toMatchObject([{ code: 'to_voicemail', number: '231' }]);
    await page.waitForSelector('.transfer', { state: 'detached' });
  });

  test('an exchange without codes shows none of it', async () => {
    const page = await talking({});
    expect(await page.locator('.live button:text-is("Aparcar")').count()).toBe(0);
    await page.focus('#call');
    await page.keyboard.press('t');
    await page.waitForSelector('.transfer');
    expect(await page.locator('.transfer :text-is("Buzón")').count()).toBe(0);
  });
});

test('the menu of the line dials codes, asks for a number where one is needed, and shows a switch once', async () => {
  const page = await at();
  await page.click('.chip.line');
  const menu = page.locator('.menu');
  await menu.locator('text=En la central').waitFor();
  expect(await menu.locator('text=Pausa en la cola: entrar o salir').count()).toBe(1);
  expect(await menu.locator('text=Volver a la cola').count()).toBe(0);
  await menu.locator('[role=menuitem]:has-text("No molestar: activar")').click();
  await until(page, 'dial_code', 1);
  await page.evaluate(() => window.agent.end(window.agent.calls[0]!.id));
  await page.click('.chip.line');
  await menu.locator('[role=menuitem]:has-text("Recuperar lo aparcado")').click();
  const slot = page.getByRole('textbox', { name: /Plaza donde está aparcada/ });
  await slot.fill('71');
  await slot.press('Enter');
  await until(page, 'dial_code', 2);
  expect(await asked(page, 'dial_code')).toMatchObject([{ code: 'dnd_on', number: null }, { code: 'retrieve', number: '71' }]);
});

test('the kind of exchange is chosen by name, and its codes can be changed or taken away', async () => {
  const page = await at({});
  await go(page, 'settings');
  await page.click('.setting [aria-expanded]');
  await page.selectOption('select[name=profile]', { label: 'Asterisk, FreePBX, Issabel' });
  await page.click('.accountform summary:has-text("avanzad"), .accountform > details > summary');
  await page.click('summary:has-text("Códigos de la central")');
  expect(await page.getAttribute('input[name=park]', 'placeholder')).toBe('70');
  await page.fill('input[name=park]', '700');
  await page.fill('input[name=record]', '-');
  if (process.env.TIMBRE_SHOT) await page.screenshot({ path: process.env.TIMBRE_SHOT, fullPage: true });
  await page.click('.accountform button[type=submit]');
  await until(page, 'save_account', 1);
  expect((await asked(page, 'save_account'))[0]).toMatchObject({ profile: 'asterisk', own_codes: { park: '700', record: '' } });
});

test('a line over TLS is given its certificates, and the exchange is told of the agent if that is wanted', async () => {
  const page = await at({});
  await go(page, 'settings');
  await page.click('.setting [aria-expanded]');
  await page.click('.accountform > details > summary');
  expect(await page.locator('input[name=key]').count(), 'a key without a certificate is nothing').toBe(0);
  await page.fill('input[name=own]', '/etc/timbre/lucia.pem');
  await page.fill('input[name=key]', '/etc/timbre/lucia.key');
  await page.click('[role=switch][aria-labelledby]:near(:text("Decir a la central si estoy"), 60)');
  if (process.env.TIMBRE_SHOT) await page.screenshot({ path: process.env.TIMBRE_SHOT, fullPage: true });
  await page.click('.accountform button[type=submit]');
  await until(page, 'save_account', 1);
  expect((await asked(page, 'save_account'))[0]).toMatchObject({ publish: true, certificates: { authority: null, own: '/etc/timbre/lucia.pem', key: '/etc/timbre/lucia.key' } });
});
