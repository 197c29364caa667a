// Runs the scenarios on the real window: each file of this folder that ends in .test.mjs, on a screen of its own.
//
//   node tests/e2e/run.mjs            all scenarios
//   node tests/e2e/run.mjs links      those whose file name contains "links"
//   node tests/e2e/run.mjs soak       kills of the window; needs an app with the feature `failpoints`
//   node tests/e2e/run.mjs shots      pictures for the README, into docs/shots/
//
// TIMBRE_APP names the program under test; pictures and logs of a failure stay in target/e2e.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const wanted = process.argv[2] ?? '';
const files =
  wanted === 'shots'
    ? [path.join(here, 'shots.mjs')]
    : wanted === 'soak'
    ? [path.join(here, 'kills.soak.mjs')]
    : readdirSync(here)
        .filter((name) => name.endsWith('.test.mjs') && name.includes(wanted))
        .sort()
        .map((name) => path.join(here, name));
if (files.length === 0) throw new Error(`no scenario is called like "${wanted}"`);

const runtime = mkdtempSync(path.join(tmpdir(), 'timbre-screen-'));
const environment = {
  ...process.env,
  XDG_RUNTIME_DIR: runtime,
  // The machine that runs this has no graphics card, and no portal or keychain shall be asked.
  LIBGL_ALWAYS_SOFTWARE: '1',
  GDK_BACKEND: 'x11',
  NO_AT_BRIDGE: '1',
  // Words as of no place; the country of the numbers is said all the same, or the first run would ask.
  LC_ALL: 'C.UTF-8',
  LC_TELEPHONE: 'es_CR.UTF-8',
};
delete environment.WAYLAND_DISPLAY;
delete environment.DBUS_SESSION_BUS_ADDRESS;

// The server itself says when it is ready and which number it took. No key repeats itself: on a busy machine a key of a
// scenario may be down for longer than a finger would be.
const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1366x900x24', '-nolisten', 'tcp', '-noreset', '-r'], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], env: environment });
const [number] = await once(screen.stdio[3], 'data');
const own = { ...environment, DISPLAY: `:${String(number).trim()}` };
const sum = { pass: 0, fail: 0 };
for (const file of files) {
  let told = await run(file);
  if (told.fail > 0 && !['shots', 'soak'].includes(wanted)) {
    // A machine that stands still for seconds is no fault of the window. What passes only now is looked into.
    process.stdout.write(told.text.replace(/^/gm, 'FIRST TRY | ') + '\n');
    told = await run(file);
  }
  process.stdout.write(told.text);
  sum.pass += told.pass;
  sum.fail += told.fail;
}
process.stdout.write(`# pass ${sum.pass}\n# fail ${sum.fail}\n`);
screen.kill();
await once(screen, 'close');
rmSync(runtime, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
process.exitCode = sum.fail > 0 ? 1 : 0;

/** Runs the scenarios of a file: what was printed, without its sums, and these. */
async function run(file) {
  const child = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=tap', file], { stdio: ['ignore', 'pipe', 'inherit'], env: own });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (some) => (text += some));
  const [code] = await once(child, 'close');
  const count = (what) => Number(text.match(new RegExp(`^# ${what} (\\d+)$`, 'm'))?.[1] ?? 0);
  return { text: text.replace(/^# (pass|fail) \d+\n/gm, ''), pass: count('pass'), fail: code === 0 ? 0 : Math.max(1, count('fail')) };
}
