// A newcomer: no account, no server; the practice line echoes what was said, then calls.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { until } from './process.mjs';
import { likeness, listen, speak, sweep } from './sound.mjs';
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
  }, 60_000);
  await ear.stop();

  await page.press('Sí, se oye bien');
  await page.sees('Ahora reciba una llamada');

  const log = readFileSync(desk.logFile(), 'utf8');
  assert.match(log, /\S/, 'the log has lines');
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
