// The web view loads, runs and reaches nothing but its own: tried in the real one, by a page that was taken over.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { until } from './process.mjs';

/** A page of others on loopback that would answer everything, and writes down what was asked of it. */
async function stranger() {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/html' });
    response.end('<title>stranger</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  assert.equal((await fetch(`${url}/proof`)).status, 200, 'it answers who may ask');
  return { url, asked: () => asked.filter((path) => path !== '/proof'), close: () => server.close() };
}

/** Does something in the page, and answers the directive of the policy that forbade it. */
function forbidden(page, attempt, ...args) {
  const watched = `(...args) => new Promise((told) => {
    document.addEventListener('securitypolicyviolation', (event) => told(event.effectiveDirective), { once: true });
    try {
      (${attempt})(...args);
    } catch (error) {
      // Some are refused by an error, too.
    }
  })`;
  return page.run(watched, ...args);
}

test('0600 a page that was taken over goes nowhere, opens nothing and calls nobody', { timeout: 560_000 }, scenario(async (desk) => {
  const { url, asked, close } = await stranger();
  try {
    const page = await desk.start();
    await page.sees('Haga una llamada ahora, sin cuenta');
    const home = await page.run(() => location.href);

    // Other pages, by script and by a link, and new windows.
    const goes = [
      (to) => void (location.href = to),
      (to) => void location.replace(to),
      (to) => void Object.assign(document.createElement('a'), { href: to }).click(),
      (to) => void Object.assign(document.createElement('a'), { href: to, target: '_blank' }).click(),
    ];
    for (const [way, go] of goes.entries()) await page.run(go, `${url}/navigation-${way}`);
    assert.equal(await page.run((to) => window.open(to), `${url}/window`), null, 'no window opens');

    // What the policy of the page forbids is told by the web view itself, so each of these was really tried.
    const tries = {
      'script-src-elem': () => void document.head.append(Object.assign(document.createElement('script'), { textContent: 'window.taken = true' })),
      'script-src-attr': () => {
        const bold = document.body.appendChild(document.createElement('b'));
        bold.setAttribute('onclick', 'window.taken = true');
        bold.click();
      },
      'style-src-attr': () => document.body.appendChild(document.createElement('b')).setAttribute('style', 'color: red'),
      'connect-src': (to) => void fetch(`${to}/fetch`).catch(() => undefined),
      'img-src': (to) => void (new Image().src = `${to}/picture`),
      'frame-src': (to) => void document.body.append(Object.assign(document.createElement('iframe'), { src: `${to}/frame` })),
      'style-src-elem': (to) => void document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: `${to}/style` })),
    };
    for (const [directive, attempt] of Object.entries(tries)) assert.equal(await forbidden(page, attempt, url), directive);
    const remote = (to) => void document.head.append(Object.assign(document.createElement('script'), { src: `${to}/script` }));
    assert.equal(await forbidden(page, remote, url), 'script-src-elem');
    assert.equal(await forbidden(page, (to) => void new WebSocket(`${to.replace('http', 'ws')}/socket`), url), 'connect-src');
    assert.equal(await page.run(() => window.taken ?? null), null, 'no foreign script ran');

    // The page is still ours, and alive.
    assert.equal(await page.run(() => location.href), home);
    await page.press('Llamar al eco');
    await page.sees('¿Se oye bien?');
    assert.deepEqual(asked(), [], 'nothing went out');
  } finally {
    close();
  }
}));

test('0605 our own pages need nothing that their policy forbids', { timeout: 560_000 }, scenario(async (desk) => {
  const page = await desk.start();
  await page.press('Llamar al eco');
  await page.press('Sí, se oye bien');
  await page.press('Entrar en Timbre');
  // A style that the policy refused stands in its attribute, and nowhere else.
  const refused = () => page.run(() => [...document.querySelectorAll('[style]')].filter((one) => one.getAttribute('style').trim() !== '' && one.style.length === 0).map((one) => one.outerHTML.slice(0, 120)));
  for (const section of ['Contactos', 'Historial', 'Configuración', 'Llamadas']) {
    await page.press(section);
    await page.run(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    assert.deepEqual(await refused(), [], section);
    assert.ok(await page.run(() => getComputedStyle(document.body).fontFamily.includes('Geist')), 'styles of our own are there');
  }
}));

test('0610 the page may not ask the window library for anything that was not given to it', { timeout: 560_000 }, scenario(async (desk) => {
  const page = await desk.start();
  const asks = (command, args) => page.run((c, a) => window.__TAURI_INTERNALS__.invoke(c, a).then(() => 'done', (error) => String(error)), command, args);
  for (const command of ['plugin:window|close', 'plugin:window|create', 'plugin:webview|create_webview_window', 'plugin:global-shortcut|register', 'plugin:app|version', 'plugin:window-state|restore_state', 'plugin:event|emit']) {
    assert.match(await asks(command, { label: 'main', event: 'agent-event', payload: {} }), /not allowed|not found/i, command);
  }
  await until('the given one is answered', async () => (await asks('api', { name: 'snapshot', request: {} })) === 'done');
}));

test('0620 a program that is opened from here gets nothing of what was set for our own web view', { timeout: 560_000 }, scenario(async (desk) => {
  const bin = path.join(desk.folder, 'bin');
  const opened = path.join(desk.folder, 'opened');
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'xdg-open'), `#!/bin/sh\n{ echo "URL=$1"; env; } >'${opened}.new' && mv '${opened}.new' '${opened}'\n`, { mode: 0o755 });
  desk.env.PATH = `${bin}:${desk.env.PATH}`;
  desk.env.WEBKIT_OF_THE_PERSON = 'stays';
  const page = await desk.start();
  await page.ask('open_external', { what: 'chat', number: '+50688887777' });
  await until('it was opened', () => existsSync(opened));
  const lines = readFileSync(opened, 'utf8').split('\n');
  assert.equal(lines[0], 'URL=https://wa.me/50688887777');
  assert.ok(lines.includes('WEBKIT_OF_THE_PERSON=stays'));
  assert.deepEqual(lines.filter((line) => /^(JSC_|WEBKIT_DISABLE_|GDK_GL=|GALLIUM_|__EGL_)/.test(line)), []);
}));
