// Calls with a real telephone behind a real exchange, from the click to the history.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { AGENT, CUSTOMER, REALM } from './exchange.mjs';
import { AGENT_SAYS, CUSTOMER_SAYS, contact, flip, outside, outcome, register, registered, talked } from './office.mjs';
import { install } from './package.mjs';
import { until } from './process.mjs';
import { last, likeness, listen, speak } from './sound.mjs';
import { active, answer, drag, near, property, ringing, visible } from './windows.mjs';

/** Each side hears the other, and not itself. */
async function bothHear(desk, telephone) {
  const ear = listen(desk);
  // Spoken again until it is there: the first words may fall into the moment in which the devices open.
  await until('the customer hears the agent', async () => {
    await speak(desk, AGENT_SAYS);
    return likeness(AGENT_SAYS, last(telephone.heard(), 5)) > 0.6;
  });
  await until('the agent hears the customer', () => likeness(CUSTOMER_SAYS, last(ear.heard(), 6)) > 0.6);
  assert.ok(likeness(CUSTOMER_SAYS, last(telephone.heard(), 5)) < 0.4, 'the customer does not hear itself');
  await ear.stop();
}

async function write(page, subject, comment) {
  await page.type('input[id^=subject-]', subject);
  await page.type('textarea[id^=comment-]', comment);
}

/** Chooses an outcome and saves. */
async function save(page) {
  await outcome(page, 'Satisfecho');
  await page.press('Salvar');
  await page.sees('Llamada salvada');
}

/** The history holds one call with this person and this text. */
async function inHistory(page, subject, comment) {
  await page.press('Historial');
  await page.press('Ver (Marcela Quesada)').catch(() => undefined);
  const { rows } = await page.ask('list_cards', { filter: 'history', direction: null, contact: null, text: '', after: null, limit: 10 });
  assert.equal(rows.length, 1);
  const card = await page.ask('card', { call: rows[0].call });
  assert.deepEqual([card.row.state, card.draft.subject, card.draft.comment], ['saved', subject, comment]);
}

test('0300 a click on a number: it rings, they talk, the card is saved and is in the history after a restart', { timeout: 560_000 }, scenario(async (desk) => {
  await install(desk);
  const { exchange, telephone } = await outside(desk);
  let page = await desk.start();
  // A newcomer with an account, by the form of the first run.
  await page.type('[name=user]', AGENT.name);
  await page.type('[name=password]', AGENT.password);
  await page.type('[name=domain]', REALM);
  await page.press('Opciones de conexión');
  await page.type('[name=proxy]', `sip:127.0.0.1:${exchange.port};lr`);
  await page.press('Ingresar');
  await registered(page);
  await contact(page);

  desk.open(['gio', 'open'], `tel:${CUSTOMER.name}`);
  await telephone.sees(/Incoming call from: .*8330101/);
  await page.sees('Marcela Quesada');
  await telephone.accept();
  await talked(page);
  await bothHear(desk, telephone);
  await desk.picture('0300-talking');
  await page.press('Colgar');
  await telephone.sees(/session closed|terminated/i);

  await write(page, 'Pedido 4471', 'Confirma la entrega del martes.');
  await desk.picture('0300-card');
  await save(page);
  await desk.stop();

  page = await desk.start();
  await inHistory(page, 'Pedido 4471', 'Confirma la entrega del martes.');
  await desk.picture('0300-history');
}));

test('0310 a call comes in: the pop-up says who and for which line, and takes no focus', { timeout: 560_000 }, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  const page = await desk.start();
  await register(page, exchange);
  await contact(page);
  const other = await desk.otherWindow();
  const before = await active(desk);
  assert.equal(Number(before), Number(other.id), 'the other window is active');

  await telephone.dial();
  const popup = await ringing(desk);
  assert.equal(await active(desk), before, 'the active window is the same');
  assert.match(await property(desk, popup.id, 'WM_HINTS'), /accepts input or input focus: False|Client accepts input.*False/);
  // The same words stand in the main window for screen readers; what the pop-up itself shows is in the picture.
  await page.sees('Marcela Quesada');
  await page.sees('Soporte técnico');
  await desk.picture('0310-pop-up');

  await answer(desk, popup);
  await telephone.sees(/Call established/);
  await bothHear(desk, telephone);
  await telephone.hangUp();
  await write(page, 'Garantía', 'Pide que se le devuelva la llamada.');
  await save(page);
  await inHistory(page, 'Garantía', 'Pide que se le devuelva la llamada.');
}));

test('0320 F8 and F9 answer and decline from another program, and are its own again afterwards', { timeout: 560_000 }, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  const page = await desk.start();
  await register(page, exchange);
  const other = await desk.otherWindow();

  await telephone.dial();
  await ringing(desk);
  await desk.run('xdotool', 'key', 'F8');
  await telephone.sees(/Call established/);
  assert.equal(Number(await active(desk)), Number(other.id), 'the other window is still active');
  await telephone.hangUp();
  await page.sees('Salvar');

  await telephone.dial();
  await ringing(desk);
  await desk.run('xdotool', 'key', 'F9');
  await telephone.sees(/603|486|480|Decline|Busy/);
  assert.equal(Number(await active(desk)), Number(other.id), 'the other window is still active');
}));

test('0330 the pop-up stays where it is dragged to, in the call, for the next call and after a restart', { timeout: 560_000 }, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  let page = await desk.start();
  await register(page, exchange);
  await desk.otherWindow();

  await telephone.dial();
  const dragged = await drag(desk, await ringing(desk), { x: 500, y: 300 });
  await answer(desk, dragged);
  await telephone.sees(/Call established/);
  const bar = await until('the bar of the call is there', async () => (await visible(desk)).find(({ width, height }) => width === 400 && height < 260));
  assert.ok(near({ x: bar.x, y: bar.y + bar.height }, { x: dragged.x, y: dragged.y + dragged.height }, 8), `same corner: ${JSON.stringify({ dragged, bar })}`);
  await desk.picture('0330-bar');
  await telephone.hangUp();
  await until('the bar is gone', async () => (await visible(desk)).every(({ width }) => width !== 400));

  await telephone.dial();
  const there = async () => near(await ringing(desk), dragged, 8);
  await until('the next call rings there', there);
  await telephone.hangUp();
  await until('the pop-up is gone', async () => (await visible(desk, 400, 260)).length === 0);
  await desk.stop();

  page = await desk.start();
  await registered(page);
  await telephone.dial();
  await until('after a restart it rings there too', there);
  await desk.picture('0330-pop-up');
}));

test('0340 with «Traer Timbre al contestar» the main window comes to the front when a call is answered', { timeout: 560_000 }, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  const page = await desk.start();
  await register(page, exchange);
  const main = (await visible(desk)).find(({ width }) => width >= 1000);
  await page.press('Configuración');
  await page.click(await page.find('#tab-settings-calls'));
  await flip(page, 'Traer Timbre al contestar', 'false');
  await until('it is kept', async () => (await page.ask('snapshot', {})).preferences.front_on_answer);
  const other = await desk.otherWindow();

  await telephone.dial();
  const popup = await ringing(desk);
  assert.equal(Number(await active(desk)), Number(other.id), 'while it rings the other window stays active');
  await answer(desk, popup);
  await telephone.sees(/Call established/);
  await until('the main window is active', async () => Number(await active(desk)) === Number(main.id));
  await telephone.hangUp();
}));
