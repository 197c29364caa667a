// Pictures of the running app for the README, into docs/shots: first run, echo test, a call with its card, the pop-up, contacts,
// history, and the list of calls by light and by dark.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { ROOT, scenario } from './desk.mjs';
import { CUSTOMER } from './exchange.mjs';
import { AGENT_SAYS, contact, outside, register, outcome } from './office.mjs';
import { until } from './process.mjs';
import { speak } from './sound.mjs';
import { answer, ringing, visible } from './windows.mjs';

const FOLDER = path.join(ROOT, 'docs/shots');

/** Takes a picture until it is painted. */
async function painted(desk, name, ...what) {
  mkdirSync(FOLDER, { recursive: true });
  const file = path.join(FOLDER, `${name}.png`);
  await until(`${name} is painted`, async () => {
    await desk.run('import', ...what, '-strip', file);
    return Number(await desk.run('identify', '-format', '%k', file)) > 40;
  });
}

/** The pop-up, as a part of the screen: its own picture stays empty. */
function popupPicture(desk, name, { x, y, width, height }) {
  return painted(desk, name, '-window', 'root', '-crop', `${width}x${height}+${x}+${y}`, '+repage');
}

/** The main window, without the screen around it and without messages that pass. */
async function picture(desk, name) {
  const [main] = await until('the window is there', async () => {
    const found = (await visible(desk)).filter((window) => window.width > 500);
    return found.length > 0 && found;
  });
  await desk.driver.run(() => document.querySelectorAll('.toast > .xb').forEach((close) => close.click()));
  await until('messages are gone', () => desk.driver.run(() => document.querySelectorAll('.toast').length === 0));
  await desk.driver.run(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true)))));
  await painted(desk, name, '-window', main.id);
}

const talking = (page) => until('they talk', async () => (await page.ask('snapshot', {})).calls.some((call) => call.state === 'talking'));

test('first run and echo test', { timeout: 560_000 }, scenario(async (desk) => {
  const page = await desk.start();
  await page.sees('Haga una llamada ahora, sin cuenta');
  await picture(desk, 'first-run');
  await page.press('Llamar al eco');
  await talking(page);
  const speaking = speak(desk, Buffer.concat([AGENT_SAYS, AGENT_SAYS, AGENT_SAYS]));
  await page.sees('¿Se oye bien?');
  await page.sees('Línea de eco, 00:03');
  await picture(desk, 'echo');
  await speaking;
}));

test('calls', { timeout: 560_000 }, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  const page = await desk.start();
  await register(page, exchange);
  await contact(page);
  for (const [first_name, last_name, company, raw] of [
    ['Esteban', 'Mora', 'Café del Valle', '+50685550117'],
    ['Lucía', 'Fernández', 'Clínica Santa Ana', '+50622201144'],
    ['Tomás', 'Ureña', 'Transportes Ureña', '+50670123456'],
  ]) {
    const channels = [{ id: null, kind: 'phone', raw, display: '', e164: null, extension: null }];
    await contact(page, { first_name, last_name, company, vip: false, channels });
  }
  await telephone.dial();
  const popup = await ringing(desk);
  await popupPicture(desk, 'incoming', popup);
  await answer(desk, popup);
  await talking(page);
  await page.type('input[id^=subject-]', 'Pedido 4471');
  await page.type('textarea[id^=comment-]', 'Confirma la entrega del martes por la mañana.');
  await outcome(page, 'Satisfecho');
  const [main] = await visible(desk);
  await desk.run('xdotool', 'windowactivate', '--sync', main.id);
  await picture(desk, 'call');
  await page.press('Colgar');
  await page.press('Salvar');
  await page.sees('Llamada salvada');
  await page.ask('dial', { target: CUSTOMER.name, origin: 'keypad', account: null, contact: null, confirmed: false });
  await telephone.accept();
  await talking(page);
  await telephone.hangUp();
  await page.sees('Rellamar');
  await page.type('input[id^=subject-]', 'Garantía');
  await page.type('textarea[id^=comment-]', 'Pide el plazo por escrito.');
  await outcome(page, 'Necesita soporte');
  await until('the draft is stored', async () => /Borrador guardado/.test(await page.text()));
  await picture(desk, 'calls');
  const { preferences } = await page.ask('snapshot', {});
  await page.ask('save_preferences', { ...preferences, theme: 'dark' });
  await picture(desk, 'calls-dark');
  await page.ask('save_preferences', preferences);
  await page.press('Contactos');
  await page.sees('Café del Valle');
  await picture(desk, 'contacts');
  await page.press('Historial');
  await page.sees('Saliente');
  await picture(desk, 'history');
}));
