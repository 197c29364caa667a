// Links of the operating system, with the desktop file out of the built package.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { APP, ROOT, scenario } from './desk.mjs';
import { run, until } from './process.mjs';

/** The desktop file as the .deb installs it. */
async function desktopFileOfThePackage() {
  const folder = path.join(ROOT, 'target/debug/bundle/deb');
  const name = readdirSync(folder).filter((file) => file.endsWith('.deb')).sort().at(-1);
  assert.ok(name, 'a .deb was built (`cargo xtask bundle --debug`)');
  const list = await run('dpkg-deb', ['--contents', path.join(folder, name)]);
  const inside = list.split('\n').map((line) => line.split(' ').at(-1)).find((file) => file.endsWith('.desktop'));
  const text = await run('sh', ['-c', `dpkg-deb --fsys-tarfile '${path.join(folder, name)}' | tar -xO '${inside}'`]);
  return { file: path.basename(inside), text };
}

/** Installs it for this desk's user, with the program's full path in place of its name, and makes it the default. */
async function install(desk) {
  const { file, text } = await desktopFileOfThePackage();
  const applications = path.join(desk.env.XDG_DATA_HOME, 'applications');
  writeFileSync(path.join(applications, file), text.replace(/^Exec=\S+/m, `Exec=${APP}`));
  await desk.run('update-desktop-database', applications);
  for (const scheme of ['tel', 'callto', 'sip', 'sips']) await desk.run('xdg-mime', 'default', file, `x-scheme-handler/${scheme}`);
  return text;
}

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
    await desk.run(...open, `tel:+${number}`);
    await until(`${open[0]}: ${number} is dialled`, dialled(desk, number));
    assert.equal(await desk.instances(), 1);
  }
}));

// Known failure of the scenario, not seen to be one of the app: the driver gets no session from an app started with a link.
test('0220 a link that starts the app is not lost', { timeout: 560_000, skip: 'no session with a link as argument' }, scenario(async (desk) => {
  await install(desk);
  await practise(await desk.start());
  await desk.stop();
  const page = await desk.start('tel:+50622225555');
  await until('the number is dialled', dialled(desk, '50622225555'));
  assert.ok(await page.text());
}));

test('0230 a hostile link dials nothing and leaves no trace in the log', { timeout: 560_000 }, scenario(async (desk) => {
  await install(desk);
  const page = await desk.start();
  await practise(page);
  await desk.run('gio', 'open', 'tel:%0d%0aINVITE%20sip:50677778888');
  await desk.run('gio', 'open', 'tel:+50622229999');
  await until('the later link arrived', dialled(desk, '50622229999'));
  const log = readFileSync(desk.logFile(), 'utf8');
  assert.doesNotMatch(log, /50622229999|50677778888/, 'no number in the log');
}));
