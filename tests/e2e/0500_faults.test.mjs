// Faults: each says in words what happened, and nothing that was written is lost.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { APP, scenario } from './desk.mjs';
import { CUSTOMER } from './exchange.mjs';
import { account, contact, outside, register, outcome } from './office.mjs';
import { end, until } from './process.mjs';

const LIMIT = { timeout: 560_000 };
const books = (desk) => path.join(desk.env.XDG_DATA_HOME, 'app.timbre.desktop');

/** A call that is up, with something written on its card. */
async function talking(desk, page, telephone) {
  await page.ask('dial', { target: CUSTOMER.name, origin: 'keypad', account: null, contact: null, confirmed: false });
  await telephone.sees(/Incoming call/);
  await telephone.accept();
  await until('they talk', async () => (await page.ask('snapshot', {})).calls.some((call) => call.state === 'talking'));
}

const comment = (page) => page.run(() => document.querySelector('textarea[id^=comment-]')?.value);

test('0500 another program holds the books: the window says so, and goes on when it is gone', LIMIT, scenario(async (desk) => {
  mkdirSync(books(desk), { recursive: true, mode: 0o700 });
  const lock = path.join(books(desk), 'timbre.lock');
  const holder = desk.begin('flock', ['--exclusive', '--no-fork', lock, 'tail', '-f', '/dev/null']);
  await until('the lock is held', () => desk.run('sh', '-c', `! flock --nonblock '${lock}' true`).then(() => true));
  const page = await desk.start();
  await page.sees('Otro programa usa los datos de Timbre.');
  await page.sees('Ciérrela y pulse Reintentar');
  await desk.picture('0500-locked');
  await end(holder);
  await page.press('Reintentar');
  await page.sees('Haga una llamada ahora, sin cuenta');
}));

test('0510 books of a newer version are said and left alone', LIMIT, scenario(async (desk) => {
  await (await desk.start()).sees('Haga una llamada ahora');
  await desk.stop();
  const file = path.join(books(desk), 'timbre.db');
  await desk.run('sqlite3', file, 'PRAGMA user_version = 9999');
  const before = await desk.run('sha256sum', file);
  const page = await desk.start();
  await page.sees('Los datos son de una versión más nueva de Timbre.');
  await page.sees('Instale la versión más nueva');
  assert.equal(await desk.run('sha256sum', file), before, 'nothing was written');
}));

test('0520 a wrong password and a domain that does not exist are said at the line', LIMIT, scenario(async (desk) => {
  const { exchange } = await outside(desk);
  const page = await desk.start();
  const wrong = await page.ask('save_account', account(exchange, { password: '000000' }));
  if ((await page.text()).includes('Haga una llamada ahora')) await page.press('Entrar en Timbre');
  await page.sees('Usuario o contraseña no válidos.');
  await page.sees('No entran llamadas.');
  await page.ask('save_account', account(exchange, { id: wrong.id, domain: 'no-such-exchange.invalid', proxy: null }));
  await page.sees('El dominio de la central no se encuentra.');
  await desk.picture('0520-dns');
  await page.ask('save_account', account(exchange, { id: wrong.id, proxy: 'sip:127.0.0.1:9;transport=tcp;lr', transport: 'tcp' }));
  await page.sees('La central no está al alcance.');
}));

test('0530 the exchange and the customer go away in a call: the card stays and can be saved', LIMIT, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  const page = await desk.start();
  await register(page, exchange);
  await contact(page);
  await talking(desk, page, telephone);
  await page.type('textarea[id^=comment-]', 'Se cortó la llamada.');
  await end(telephone.process, 'SIGKILL');
  await exchange.down();
  await page.sees('No llega sonido del otro lado.');
  assert.equal(await comment(page), 'Se cortó la llamada.');
  await page.press('Colgar');
  await outcome(page, 'Satisfecho');
  await page.press('Salvar');
  await page.sees('Llamada salvada');
}));

test('0540 the microphone is unplugged in a call: it is said, and the call goes on', LIMIT, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  const page = await desk.start();
  await register(page, exchange);
  await talking(desk, page, telephone);
  const unplug = async (module) => {
    const modules = await desk.run('pactl', 'list', 'short', 'modules');
    const line = modules.split('\n').find((one) => one.includes(module));
    await desk.run('pactl', 'unload-module', line.split('\t')[0]);
  };
  await unplug('source_name=mic');
  await until('it is said', async () => /micrófono/i.test(await page.text()) && /desconectó|disponible|Ahora se usa/.test(await page.text()));
  await desk.picture('0540-unplugged');
  const { calls } = await page.ask('snapshot', {});
  assert.equal(calls[0]?.state, 'talking', 'the call goes on');
  await page.press('Colgar');
}));

test('0550 the disk is full while writing: it is said, and what was written is stored when there is room', LIMIT, scenario(async (desk) => {
  // A small disk of the app's own, in a name space of its own.
  const small = path.join(desk.folder, 'small-disk');
  const become = `mount -t tmpfs -o size=24m,mode=700 tmpfs "$XDG_DATA_HOME" && exec '${APP}' "$@"`;
  writeFileSync(small, `#!/bin/sh\nexec unshare --map-root-user --mount sh -c '${become.replaceAll("'", "'\\''")}' sh "$@"\n`, { mode: 0o755 });
  const { exchange, telephone } = await outside(desk);
  const page = await desk.startAs(small);
  await register(page, exchange);
  await contact(page);
  await talking(desk, page, telephone);
  await page.sees('Asunto');

  const [app] = await desk.apps();
  const fill = `/proc/${app}/root${desk.env.XDG_DATA_HOME}/fill`;
  // Until the last byte: dd itself is refused.
  await desk.run('sh', '-c', `dd if=/dev/zero of='${fill}' bs=4k 2>/dev/null; dd if=/dev/zero of='${fill}' bs=1 oflag=append conv=notrunc 2>/dev/null; true`);
  const text = 'Esto se escribió con el disco lleno. '.repeat(400);
  await page.run((value) => {
    const field = document.querySelector('textarea[id^=comment-]');
    field.value = value;
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }, text);
  await page.sees('El disco está lleno.');
  await desk.picture('0550-full');
  assert.equal(await comment(page), text, 'what was written is still on the screen');
  assert.equal((await page.ask('snapshot', {})).calls[0]?.state, 'talking', 'the call goes on');

  await desk.run('rm', fill);
  await page.sees('Borrador guardado');
  const { rows } = await page.ask('list_cards', { filter: 'history', direction: null, contact: null, text: '', after: null, limit: 10 });
  assert.equal((await page.ask('card', { call: rows[0].call })).draft.comment, text);
}));
