// Processes that end with their owner, and waiting for what they do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';

/** Generous: a shared build machine may stand still for a while. */
export const PATIENCE_MS = Number(process.env.PATIENCE ?? 120_000);

/** Starts a program with its output in a file. */
export function start(command, args, { env, log, cwd } = {}) {
  const child = spawn(command, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  const file = createWriteStream(log);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  child.once('error', (error) => file.write(`${command}: ${error.message}\n`));
  return child;
}

/** Asks a process that we started to end, and insists after a while. */
export async function end(child, signal = 'SIGTERM') {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, 'exit');
  child.kill(signal);
  const insist = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await over;
  clearTimeout(insist);
}

/** Runs a program to its end; rejects if it fails. */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (bytes) => (out += bytes));
  child.stderr.on('data', (bytes) => (err += bytes));
  const [code] = await Promise.race([
    once(child, 'close'),
    once(child, 'error').then(([error]) => {
      throw error;
    }),
  ]);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${err || out}`);
  return out;
}

/** A port that is free on loopback at this moment. */
export async function freePort() {
  const server = await listening(0);
  const { port } = server.address();
  await closed(server);
  return port;
}

/** A port that is free, as is the next one. */
export function freePair() {
  return until('two ports in a row are free', async () => {
    const port = await freePort();
    await closed(await listening(port + 1));
    return port;
  });
}

async function listening(port) {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function closed(server) {
  server.close();
  await once(server, 'close');
}

/** Asks again and again until the answer is truthy; the limit fails with `what`. */
export async function until(what, ask, limit = PATIENCE_MS) {
  const deadline = Date.now() + limit;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`, { cause: last });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}
