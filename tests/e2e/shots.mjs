// Pictures of the running app for the README: first run, a call, an incoming call. Into docs/shots.
import path from 'node:path';
import { test } from 'node:test';

import { ROOT, scenario } from './desk.mjs';
import { until } from './process.mjs';
import { visible } from './windows.mjs';

const FOLDER = path.join(ROOT, 'docs/shots');

/** Only the window, without the screen around it. */
async function picture(desk, name, width, height) {
  const [window] = await until('the window is there', async () => {
    const found = await visible(desk, width, height);
    return found.length > 0 && found;
  });
  await desk.run('mkdir', '-p', FOLDER);
  await desk.run('import', '-window', window.id, path.join(FOLDER, `${name}.png`));
}

test('pictures', { timeout: 560_000 }, scenario(async (desk) => {
  const page = await desk.start();
  await page.sees('Haga una llamada ahora, sin cuenta');
  await picture(desk, 'first-run');
  await page.press('Llamar al eco');
  await until('the call is answered', async () => /Línea de eco, \d+:\d\d/.test(await page.text()));
  await picture(desk, 'echo');
  await page.press('Sí, se oye bien');
  await page.press('Recibir llamada de práctica');
  await until('it rings', async () => (await visible(desk, 400, 260)).length > 0);
  await picture(desk, 'incoming', 400, 260);
  await page.press('Contestar');
  await until('the call is up', async () => /\d+:\d\d/.test(await page.text()));
  await picture(desk, 'call');
  await page.press('Colgar');
}));
