// A call that is recorded by its button, through sound cards and an exchange: who is on which side, what a pause leaves, and how it is heard again.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { AGENT_SAYS, contact, CUSTOMER_SAYS, outside, register, talked } from './office.mjs';
import { until } from './process.mjs';
import { last, likeness, listen, speak } from './sound.mjs';
import { answer, ringing } from './windows.mjs';

const LIMIT = { timeout: 560_000 };
const TENTH = 1_600;

/** The two sides of a WAV file at 16 kHz, as 16 bit at 48 kHz, each sample three times: what the measures take. */
function sides(file) {
  const bytes = readFileSync(file);
  assert.equal(bytes.readUInt16LE(22), 2, 'two channels');
  assert.equal(bytes.readUInt32LE(24), 16_000);
  const frames = (bytes.length - 44) / 4;
  return [0, 2].map((side) => {
    const out = Buffer.alloc(frames * 6);
    for (let at = 0; at < frames; at += 1) for (const n of [0, 1, 2]) out.writeInt16LE(bytes.readInt16LE(44 + at * 4 + side), at * 6 + n * 2);
    return out;
  });
}

/** Tenths of a second in which nothing at all is heard on either side, in the longest stretch. */
function longestSilence(file) {
  const bytes = readFileSync(file);
  let [longest, run] = [0, 0];
  for (let at = 44; at + TENTH * 4 <= bytes.length; at += TENTH * 4) {
    let peak = 0;
    for (let sample = 0; sample < TENTH * 4; sample += 2) peak = Math.max(peak, Math.abs(bytes.readInt16LE(at + sample)));
    run = peak < 60 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

const recorded = (page, call) => page.ask('list_recordings', { call }).then(({ list }) => list);

test('0990 a call is recorded by its button, each on a side of its own, and heard again in Historial', LIMIT, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  const page = await desk.start();
  await register(page, exchange);
  await contact(page);
  const { settings, default_folder: folder } = await page.ask('recording_settings', {});
  await page.ask('save_recording_settings', { ...settings, format: 'wav' });
  await desk.otherWindow();
  await telephone.dial();
  await answer(desk, await ringing(desk));
  await page.sees('Ferretería El Yunque');
  await talked(page, 1);
  const [{ id: call }] = (await page.ask('snapshot', {})).calls;

  await page.click(await page.find('[data-record]'));
  await page.find('.recmark');
  await until('the agent is heard', async () => {
    await speak(desk, AGENT_SAYS);
    return likeness(AGENT_SAYS, last(telephone.heard(), 5)) > 0.6;
  });
  await desk.picture('0990-recording');
  await page.click(await page.find('[data-pause-recording]'));
  await page.sees('Se graba silencio');
  await desk.picture('0990-paused');
  await speak(desk, AGENT_SAYS);
  await page.click(await page.find('[data-pause-recording]'));
  await until('it records again', () => page.ask('snapshot', {}).then(({ calls }) => calls[0]?.recording === 'on'));
  await speak(desk, AGENT_SAYS);
  await telephone.hangUp();
  const [recording] = await until('the recording is in the books', async () => {
    const list = await recorded(page, call);
    return list[0]?.length_ms > 0 && list;
  });

  const [name] = readdirSync(folder);
  const file = path.join(folder, name);
  assert.match(name, /^\d{4}-\d\d-\d\d \d\d-\d\d-\d\d Soporte técnico \S+ in\.wav$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const [agent, customer] = sides(file);
  const heard = [likeness(AGENT_SAYS, agent), likeness(CUSTOMER_SAYS, agent), likeness(AGENT_SAYS, customer), likeness(CUSTOMER_SAYS, customer)];
  const silence = longestSilence(file);
  process.stdout.write(`# ${recording.length_ms} ms; agent on the left ${heard[0].toFixed(2)}, customer there ${heard[1].toFixed(2)}; agent on the right ${heard[2].toFixed(2)}, customer there ${heard[3].toFixed(2)}; longest silence ${silence / 10} s\n`);
  assert.ok(heard[0] > 0.6 && heard[3] > 0.6, 'each is on its side');
  assert.ok(heard[1] < 0.4 && heard[2] < 0.4, 'nobody is on the other side');
  assert.ok(silence >= 12, 'what was said in the pause is not there, though both spoke');

  await page.press('Historial');
  await page.find('.history-grid .recorded');
  await page.click(await page.find('.history-grid .trow[aria-selected]'));
  await page.find('[data-recording] .waveform path');
  await until('its length is shown', () => page.run(() => Number(document.querySelector('.waveform')?.getAttribute('aria-valuemax')) >= 5));
  await desk.picture('0990-history');
  const ear = listen(desk);
  await page.click(await page.find('[data-play]'));
  await until('its place moves', () => page.run(() => Number(document.querySelector('.waveform')?.getAttribute('aria-valuenow')) > 0));
  await desk.picture('0990-playing');
  await until('it comes to its end', () => page.run(() => document.querySelector('[data-play]')?.textContent === 'Oír'), 120_000);
  const played = likeness(CUSTOMER_SAYS, last(await ear.stop(), 12));
  assert.ok(played > 0.6, `the customer is heard on the loudspeaker: ${played}`);

  await page.click(await page.find('[data-delete]'));
  await page.click(await page.find('.modal .btn.hang'));
  await until('the file is gone', () => readdirSync(folder).length === 0);
}));
