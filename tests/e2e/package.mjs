// The desktop file out of the built package.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { APP, ROOT } from './desk.mjs';
import { run } from './process.mjs';

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
export async function install(desk) {
  const { file, text } = await desktopFileOfThePackage();
  const applications = path.join(desk.env.XDG_DATA_HOME, 'applications');
  writeFileSync(path.join(applications, file), text.replace(/^Exec=\S+/m, `Exec=${APP}`));
  await desk.run('update-desktop-database', applications);
  for (const scheme of ['tel', 'callto', 'sip', 'sips']) await desk.run('xdg-mime', 'default', file, `x-scheme-handler/${scheme}`);
  return text;
}
