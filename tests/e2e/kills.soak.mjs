// The window is killed (SIGKILL) at named points between hang-up and the CRM's confirmation, and opened again, 50 times in all: each
// call is there once. Needs an app built with the feature `failpoints`, which `cargo xtask soak` builds apart.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Company, connectSalesforce, connectZoho } from './company.mjs';
import { APP, scenario } from './desk.mjs';
import { CUSTOMER } from './exchange.mjs';
import { contact, outcome, outside, register, registered } from './office.mjs';
import { until } from './process.mjs';

const LIMIT = { timeout: 3_600_000 };
const VARIABLE = 'TIMBRE_FAILPOINT';
const KILLS = Number(process.env.TIMBRE_SOAK_KILLS ?? 25);
/** Met before anything is pressed, by «Salvar», and by what sends; see `failpoint/src/on.rs`. */
const HANG_UP = ['ended', 'held'];
const POINTS = [...HANG_UP, 'releasing', 'released', 'taken', 'answered', 'settling', 'settled'];

/** The app at this desk, killed at `point` if there is one. */
function open(desk, point) {
  if (point) desk.env[VARIABLE] = point;
  else delete desk.env[VARIABLE];
  return desk.start();
}

/** It is gone, as after a power cut; nobody asked it to end. */
async function gone(desk, point) {
  await until(`the app is killed at "${point}"`, async () => (await desk.instances()) === 0);
  await desk.stop();
}

async function talk(page, telephone) {
  await registered(page);
  await page.ask('dial', { target: CUSTOMER.name, origin: 'keypad', account: null, contact: null, confirmed: false });
  const talking = () => page.ask('snapshot', {}).then(({ calls }) => calls.some((call) => call.state === 'talking'));
  await until('they talk', async () => {
    // It rings at some moment; before that there is nothing to answer.
    await telephone.accept().catch(() => undefined);
    return talking();
  });
  await telephone.hangUp();
}

/** Writes on the open card, and saves it. The app may be gone in the middle. */
async function save(page, subject) {
  await page.type('input[id^=subject-]', subject);
  // An outcome that every list has, the CRM's own, too.
  await outcome(page, 'Interesado');
  await page.press('Salvar');
}

function toSave(page) {
  return page.ask('list_cards', { filter: 'to_save', direction: null, contact: null, text: '', after: null, limit: 10 }).then(({ rows }) => rows);
}

/** Opened again, everything goes to the CRM; what was not saved yet is saved now. */
async function recovered(desk, company, table, subject) {
  const page = await open(desk);
  const [card, ...others] = await toSave(page);
  assert.equal(others.length, 0, 'one call at most is to be saved');
  if (card) {
    await until('its card is open', () => page.run(() => {
      if (!document.querySelector('input[id^=subject-]')) document.querySelector('.crow')?.click();
      return document.querySelector('input[id^=subject-]') !== null;
    }));
    // What was typed before the kill is there.
    const typed = await page.run(() => document.querySelector('input[id^=subject-]').value);
    if (typed === '') await save(page, subject);
    else await page.press('Salvar');
  }
  await until(`«${subject}» is at the CRM`, async () => {
    // «Enviar ahora»: a call that may be there already is else looked for again after minutes, when the CRM's search knows it.
    const { connections } = await page.ask('snapshot', {});
    for (const { id, sending } of connections.list) if (!sending) await page.ask('send_now', { connection: id });
    return (await company.records(table)).some((one) => one.Subject === subject);
  });
  await until('nothing is on its way', async () => (await page.ask('snapshot', {})).connections.list.every(({ queue }) => queue.waiting + queue.unknown + queue.stuck === 0));
  await desk.stop();
}

/** Kills at every point in turn. */
async function kills(desk, name, connect, table) {
  assert.ok(readFileSync(APP).includes(VARIABLE), `${APP} is built with the feature failpoints`);
  const company = await Company.start(name);
  try {
    await company.set(name === 'salesforce' ? { external_id: true } : {});
    const { exchange, telephone } = await outside(desk);
    const first = await open(desk);
    await register(first, exchange);
    await connect(desk, first, company);
    await contact(first);
    await desk.stop();
    const subjects = [];
    for (let killed = 0; killed < KILLS; killed += 1) {
      const point = POINTS[subjects.length % POINTS.length];
      const subject = `Llamada ${subjects.length + 1}`;
      const page = await open(desk, point);
      await talk(page, telephone);
      if (!HANG_UP.includes(point)) {
        await until('the card of the ended call is shown', () => page.run(() => document.querySelector('.live') === null && document.querySelector('input[id^=subject-]') !== null));
        // The answer to the last press may be lost with the app.
        await save(page, subject).catch((error) => assert.match(String(error.cause ?? error), /fetch failed|session|closed|socket|crash|gone|terminated|invalid/i));
      }
      await gone(desk, point);
      // A CRM that is asked by a mark looks for it before it sends again: killed there, too.
      if (point === 'answered' && name === 'zoho') {
        await open(desk, 'looked_up').catch(() => undefined);
        await gone(desk, 'looked_up');
        killed += 1;
      }
      subjects.push(subject);
      await recovered(desk, company, table, subject);
      const there = (await company.records(table)).map((one) => one.Subject).sort();
      assert.deepEqual(there, [...subjects].sort(), `after a kill at "${point}"`);
    }
    const people = await company.records(name === 'salesforce' ? 'Contact' : 'Contacts');
    assert.equal(people.length, 1, 'the customer is there once');
    process.stdout.write(`# ${name}: ${KILLS} kills, ${subjects.length} calls, 0 lost, 0 doubled\n`);
  } finally {
    await company.close();
  }
}

test('kills of the window on the way of a call to Salesforce lose and double none', LIMIT, scenario((desk) => kills(desk, 'salesforce', connectSalesforce, 'Task')));
test('kills of the window on the way of a call to Zoho lose and double none', LIMIT, scenario((desk) => kills(desk, 'zoho', connectZoho, 'Calls')));
