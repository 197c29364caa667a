// What the desktop is told, by a notification daemon of the tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from './process.mjs';

/** A notification daemon at this desk, with a place for tray icons if wished: what it was asked, and its buttons. */
export async function daemon(desk, ...args) {
  const program = path.join(path.dirname(fileURLToPath(import.meta.url)), 'notified.py');
  const child = spawn('/usr/bin/python3', ['-B', program, ...args], { env: desk.env, stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (some) => (text += some));
  const told = () => text.split('\n').slice(0, -1).map((line) => JSON.parse(line));
  const said = (what, found) => until(`the desktop is told: ${what}`, () => told().find(found));
  await said('it is ready', (one) => one.told === 'ready');
  return {
    told,
    said,
    /** What a notice was last asked to show; nothing once it is gone. */
    shows: (id) => told().findLast((one) => one.id === id)?.text,
    press: (notice, action) => child.stdin.write(`${notice.id} ${action}\n`),
    async end() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
