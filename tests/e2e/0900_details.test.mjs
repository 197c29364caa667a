// What was said on the wire and how it sounded: during a real call, after it, after a restart, and in the report.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { AGENT, CUSTOMER } from './exchange.mjs';
import { contact, outside, register, talked } from './office.mjs';
import { until } from './process.mjs';
import { answer, ringing } from './windows.mjs';

const LIMIT = { timeout: 560_000 };
const NEVER = [AGENT.name, AGENT.password, CUSTOMER.name, 'Marcela', 'Quesada', 'Yunque', '127.0.0.1', 'sip:', 'Digest ', 'nonce=', 'response='];

const rungs = (page) => page.run(() => [...document.querySelectorAll('.details .rung .arrow')].map((one) => one.textContent));
const graph = (page, of) => page.run((wanted) => document.querySelector(`.details [data-figure=${wanted}] svg`)?.getAttribute('aria-label') ?? '', of);
const dialog = (page) => page.run(() => document.querySelector('[role=dialog]')?.innerText ?? '');

function namesNobody(text, where) {
  for (const never of NEVER) assert.ok(!text.toLowerCase().includes(never.toLowerCase()), `${never} in ${where}: ${text}`);
}

/** Wanted stand in this order. */
function inOrder(all, wanted) {
  let at = 0;
  for (const one of wanted) {
    const found = all.indexOf(one, at);
    assert.ok(found >= 0, `${one} is missing, or in a wrong place, in ${all.join('; ')}`);
    at = found + 1;
  }
}

test('0900 a call shows its signalling and its figures, while it lasts and afterwards', LIMIT, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  let page = await desk.start();
  await register(page, exchange);
  await contact(page);
  await desk.otherWindow();
  await telephone.dial();
  await answer(desk, await ringing(desk));
  await page.sees('Ferretería El Yunque');
  await talked(page, 11);

  await page.press('Detalles técnicos');
  await page.sees('En curso: se actualiza sola.');
  await until('a line is drawn', () => page.run(() => document.querySelectorAll('.details polyline').length > 0));
  inOrder(await rungs(page), ['Recibido INVITE', 'Enviado 180 INVITE', 'Enviado 200 INVITE', 'Recibido ACK']);
  const before = await page.run(() => document.querySelector('.details [data-figure=mos] polyline').getAttribute('points').split(' ').length);
  await until('the graph grows', () => page.run((n) => document.querySelector('.details [data-figure=mos] polyline').getAttribute('points').split(' ').length > n, before));
  await desk.picture('0900-live');
  namesNobody(await dialog(page), 'the live call');

  await telephone.hangUp();
  await until('the end is shown', async () => (await rungs(page)).includes('Recibido BYE'));
  await page.press('Cerrar');

  await desk.stop();
  page = await desk.start();
  await page.sees('Historial');
  await page.press('Historial');
  await page.click(await page.find('.history-grid .trow[aria-selected]'));
  await page.press('Detalles técnicos');
  await until('the ladder is back', async () => (await rungs(page)).length > 5);
  inOrder(await rungs(page), ['Recibido INVITE', 'Enviado 180 INVITE', 'Enviado 200 INVITE', 'Recibido ACK', 'Recibido BYE', 'Enviado 200 BYE']);
  assert.match(await graph(page, 'mos'), /^MOS: de .+ entre [34],\d y 4,\d, al final [34],\d\.$/);
  assert.match(await graph(page, 'loss'), /^Pérdida: /);
  await desk.picture('0900-history');
  await page.press('Tabla');
  await page.find('.details table.figures tbody tr');
  await desk.picture('0900-table');
  namesNobody(await dialog(page), 'the call of yesterday');
  await page.press('Cerrar');

  // The report has the call, although it was of an earlier run.
  const report = await page.ask('make_report', {});
  assert.match(report.text, /\[earlier\.1\]\n[^[]*<- INVITE[^[]*-> 200 BYE/);
  assert.match(report.text, /\[earlier\.1\]\n[^[]*mos=4\.\d/);
  namesNobody(report.text, 'the report');
  const saved = await page.ask('save_report', {}).catch(() => null);
  if (saved) namesNobody(readFileSync(saved.path, 'utf8'), 'the file');
}));
