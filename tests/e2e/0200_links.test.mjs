// Links of the operating system, with the desktop file out of the built package.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { CUSTOMER } from './exchange.mjs';
import { outside, register } from './office.mjs';
import { install } from './package.mjs';
import { until } from './process.mjs';

/** Turns the practice line on and leaves the first run. */
async function practise(page) {
  await page.press('Llamar al eco');
  await page.sees('¿Se oye bien?');
  await page.press('Sí, se oye bien');
  await page.press('Entrar en Timbre');
}

const dialled = (desk, digits) => async () => {
  const calls = await desk.driver.text();
  return calls.replace(/[^\d\n]/g, '').includes(digits);
};

test('0200 the package offers us for every phone link, with the link as argument', scenario(async (desk) => {
  const text = await install(desk);
  assert.match(text, /^Exec=timbre %u$/m);
  for (const scheme of ['tel', 'callto', 'sip', 'sips']) {
    assert.match(text, new RegExp(`^MimeType=.*x-scheme-handler/${scheme};`, 'm'));
    assert.equal((await desk.run('xdg-mime', 'query', 'default', `x-scheme-handler/${scheme}`)).trim(), 'Timbre.desktop');
  }
}));

test('0210 a link reaches the running app by gio and by xdg-open, and there stays one app', { timeout: 560_000 }, scenario(async (desk) => {
  await install(desk);
  const page = await desk.start();
  await practise(page);
  for (const [number, open] of [['50622221111', ['gio', 'open']], ['50622223333', ['xdg-open']]]) {
    desk.open(open, `tel:+${number}`);
    await until(`${open[0]}: ${number} is dialled`, dialled(desk, number));
    assert.equal(await desk.instances(), 1);
  }
}));

for (const open of [['gio', 'open'], ['xdg-open']]) {
  test(`0220 a link starts the app by ${open[0]} and is not lost`, { timeout: 560_000 }, scenario(async (desk) => {
    await install(desk);
    const { exchange, telephone } = await outside(desk);
    await register(await desk.start(), exchange);
    await desk.stop();

    // Cold, and without the driver: as the system starts it.
    desk.open(open, `tel:${CUSTOMER.name}`);
    await telephone.sees(/Incoming call from: .*8330101/);
    assert.equal(await desk.instances(), 1);
    await telephone.accept();
    await telephone.sees(/Call established/);
    await telephone.hangUp();
    await desk.stop();

    const page = await desk.start();
    await page.press('Historial');
    await page.sees('+506 8888 7777');
  }));
}

test('0225 a link that comes before there is a line asks, and keeps its number', { timeout: 560_000 }, scenario(async (desk) => {
  const page = await desk.start(`tel:${CUSTOMER.name}`);
  await page.sees('Un enlace pide llamar al +506 8888 7777');
  await page.sees('Ninguna línea puede llamar ahora');
}));

test('0230 a hostile link dials nothing and leaves no trace in the log', { timeout: 560_000 }, scenario(async (desk) => {
  await install(desk);
  const page = await desk.start();
  await practise(page);
  desk.open(['gio', 'open'], 'tel:%0d%0aINVITE%20sip:50677778888');
  desk.open(['gio', 'open'], 'tel:+50622229999');
  await until('the later link arrived', dialled(desk, '50622229999'));
  const log = readFileSync(desk.logFile(), 'utf8');
  assert.doesNotMatch(log, /50622229999|50677778888/, 'no number in the log');
}));
