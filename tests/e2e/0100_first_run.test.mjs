// A newcomer: no account, no server; the practice line echoes what was said, then calls.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { until } from './process.mjs';
import { likeness, listen, loudness, speak, sweep } from './sound.mjs';
import { active, answer, property, ringing, visible } from './windows.mjs';

test('0100 the first run calls the echo line and hears itself', { timeout: 560_000 }, scenario(async (desk) => {
  const page = await desk.start();
  await page.sees('Haga una llamada ahora, sin cuenta');
  await page.press('Llamar al eco');
  await page.sees('¿Se oye bien?');
  await until('the call is answered', async () => /Línea de eco, \d+:\d\d/.test(await page.text()));

  const said = sweep(1.5);
  const ear = listen(desk);
  // Spoken again until it comes back: the first words may fall into the moment in which the devices open.
  await until('the echo is heard', async () => {
    await speak(desk, said);
    return likeness(said, ear.heard().subarray(-48_000 * 2 * 6)) > 0.6;
  }, 300_000);
  await ear.stop();

  await page.press('Sí, se oye bien');
  await page.sees('Ahora reciba una llamada');

  const log = readFileSync(desk.logFile(), 'utf8');
  assert.match(log, /^\d{4}-\d\d-\d\dT[\d:.]+Z +(DEBUG|INFO|WARN) \w+/m, 'the log says when, how grave and where');
}));

test('0110 the practice line rings: pop-up at the corner, without the focus', { timeout: 560_000 }, scenario(async (desk) => {
  const page = await desk.start();
  await page.press('Llamar al eco');
  await page.sees('¿Se oye bien?');
  await page.press('Sí, se oye bien');
  const [main] = await until('the main window is mapped', async () => {
    const all = await visible(desk);
    return all.length > 0 && all;
  });
  await desk.run('xdotool', 'windowactivate', '--sync', main.id);
  const before = await active(desk);
  await page.press('Recibir llamada de práctica');

  const popup = await ringing(desk);
  assert.equal(await active(desk), before, 'the active window is the same');
  assert.ok(Math.abs(popup.x + popup.width + 16 - 1366) <= 2 && Math.abs(popup.y + popup.height + 16 - 900) <= 2, `place ${JSON.stringify(popup)}`);
  assert.match(await property(desk, popup.id, '_NET_WM_WINDOW_TYPE'), /NOTIFICATION/);
  assert.match(await property(desk, popup.id, 'WM_HINTS'), /accepts input or input focus: False|Client accepts input.*False/);
  await desk.picture('0110-pop-up');

  await answer(desk, popup);
  await until('the pop-up is gone or small', async () => (await visible(desk, 400, 260)).length === 0);
  await page.press('Colgar');
}));

const MINUTE_MS = 60_000;

/** From the open window: calls the echo line, hears itself, is called, answers by the pop-up and hears the caller. */
async function madeAndTakenACall(desk, page) {
  await page.press('Llamar al eco');
  await page.sees('¿Se oye bien?');
  const ear = listen(desk);
  await until('something comes back', async () => {
    const before = ear.heard().length;
    await speak(desk, sweep(1.5));
    return loudness(ear.heard().subarray(before)) > 200;
  });
  await page.press('Sí, se oye bien');
  await page.press('Recibir llamada de práctica');
  const popup = await ringing(desk);
  await answer(desk, popup);
  await until('they talk', async () => (await page.ask('snapshot', {})).calls.some(({ state, demo }) => state === 'talking' && demo));
  const answered = ear.heard().length;
  await until('the caller is heard', () => loudness(ear.heard().subarray(answered)) > 200);
  await ear.stop();
}

test('0120 from the open window a newcomer has made and taken a call within a minute', { timeout: 1_100_000 }, async (context) => {
  const took = [];
  // It can be done within a minute; a machine that stands still meanwhile may try again.
  while (took.length < 3 && !took.some((ms) => ms <= MINUTE_MS)) {
    await scenario(async (desk) => {
      const page = await desk.start();
      await page.sees('Haga una llamada ahora, sin cuenta');
      const opened = performance.now();
      await madeAndTakenACall(desk, page);
      took.push(Math.round(performance.now() - opened));
      await page.press('Colgar');
    })(context);
  }
  context.diagnostic(`made and taken a call within ${took.join(', ')} ms`);
  assert.ok(took.some((ms) => ms <= MINUTE_MS), `took ${took} ms`);
});
