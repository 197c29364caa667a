// What the program and the desktop around it say to each other: notices, phone links, the start at login.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { APP, scenario } from './desk.mjs';
import { AGENT, CUSTOMER, Exchange, Telephone } from './exchange.mjs';
import { CUSTOMER_SAYS, contact, flip, outside, register } from './office.mjs';
import { daemon } from './notices.mjs';
import { install } from './package.mjs';
import { until } from './process.mjs';
import { again } from './sound.mjs';
import { visible } from './windows.mjs';

const LIMIT = { timeout: 560_000 };
/** A customer that is no contact. */
const STRANGER = { name: '+50622334455', password: '615840' };

test('0700 where no pop-up can stand, the desktop says who calls, and answers and declines', LIMIT, scenario(async (desk) => {
  const notices = await daemon(desk);
  try {
    desk.env.TIMBRE_POP_UP = 'off';
    const { exchange, telephone } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    await contact(page);
    await desk.otherWindow();

    await telephone.dial();
    const first = await notices.said('Marcela calls', ({ text, title }) => title === 'Llamada entrante' && text?.includes('Marcela Quesada'));
    assert.deepEqual(first.actions.slice(0, 4), ['answer', 'Contestar', 'decline', 'Rechazar']);
    assert.equal(first.lasts, 0, 'it stands as long as it rings');
    notices.press(first, 'answer');
    await telephone.sees(/Call established/);
    await notices.said('it rings no more', ({ told, id }) => told === 'close' && id === first.id);
    await telephone.hangUp();
    await until('the call is over', async () => (await page.ask('snapshot', {})).calls.every(({ state }) => state === 'ended'));

    const calls = () => notices.told().filter(({ title }) => title === 'Llamada entrante');
    const before = new Set(calls().map(({ id }) => id));
    await telephone.dial();
    const second = await until('it rings again', () => calls().find(({ id }) => !before.has(id)));
    notices.press(second, 'decline');
    await notices.said('it rings no more', ({ told, id }) => told === 'close' && id === second.id);
    await until('the call is declined', async () => (await page.ask('snapshot', {})).calls.every(({ state }) => state === 'ended'));

    await telephone.dial();
    const third = ({ id, text }) => !before.has(id) && id !== second.id && text.includes('Marcela Quesada');
    await until('it rings a third time', () => calls().find(third));
    await telephone.hangUp();
    const missed = await notices.said('a missed call', ({ title }) => title === 'Llamada perdida');
    assert.match(missed.text, /Marcela Quesada/);
  } finally {
    await notices.end();
  }
}));

test('0705 of two calls that ring the desktop says the newer, and the older again when that ends', LIMIT, scenario(async (desk) => {
  const notices = await daemon(desk);
  try {
    desk.env.TIMBRE_POP_UP = 'off';
    const exchange = await Exchange.start(desk, [AGENT, CUSTOMER, STRANGER]);
    const telephone = await Telephone.start(exchange, CUSTOMER, again(CUSTOMER_SAYS, 20));
    const other = await Telephone.start(exchange, STRANGER, again(CUSTOMER_SAYS, 20));
    const page = await desk.start();
    await register(page, exchange);
    await contact(page);

    await telephone.dial();
    const { id } = await notices.said('Marcela calls', ({ text }) => text?.includes('Marcela Quesada'));
    await other.dial();
    await until('the newer call is said', () => notices.shows(id)?.includes('2233'));
    await other.hangUp();
    await until('the older call is said again', () => notices.shows(id)?.includes('Marcela Quesada'));
    notices.press({ id }, 'decline');
    await notices.said('no call rings', (one) => one.told === 'close' && one.id === id);
    // The buttons are those of the call that is said.
    await telephone.sees(/603|Decline/);
  } finally {
    await notices.end();
  }
}));

test('0710 the settings take phone links and the start at login, and say how it stands', LIMIT, scenario(async (desk) => {
  await install(desk);
  const page = await desk.start();
  const other = path.join(desk.env.XDG_DATA_HOME, 'applications/other.desktop');
  await desk.run('sh', '-c', `printf '[Desktop Entry]\\nType=Application\\nName=Other\\nExec=true %%u\\nMimeType=x-scheme-handler/tel;\\n' >'${other}' && update-desktop-database '${path.dirname(other)}' && xdg-mime default other.desktop x-scheme-handler/tel`);
  await page.press('Llamar al eco');
  await page.press('Sí, se oye bien');
  await page.press('Entrar en Timbre');
  await page.press('Configuración');
  await page.click(await page.find('#tab-settings-calls'));
  await page.sees('Abrir enlaces de teléfono con Timbre');
  await desk.picture('0710-system');
  await page.press('Usar Timbre');
  await page.sees('Timbre abre los enlaces');
  assert.equal((await desk.run('xdg-mime', 'query', 'default', 'x-scheme-handler/tel')).trim(), 'Timbre.desktop');

  const entry = path.join(desk.env.XDG_CONFIG_HOME, 'autostart/app.timbre.desktop.desktop');
  assert.equal(existsSync(entry), false);
  const login = 'Abrir Timbre al iniciar sesión';
  await flip(page, login, 'false');
  await until('it starts at login', () => existsSync(entry));
  assert.match(readFileSync(entry, 'utf8'), /^Exec="\/.*timbre.*" --hidden$/m);
  await flip(page, login, 'true');
  await until('it does not', () => !existsSync(entry));
}));

/** The main window, if it is on the screen. */
async function mainWindow(desk) {
  return (await visible(desk)).find(({ width }) => width >= 1000);
}

/** Closes the main window as its button does, and waits until it is gone. */
async function closeMain(desk) {
  const { id } = await until('the main window is there', () => mainWindow(desk));
  await desk.run('xdotool', 'windowactivate', '--sync', id);
  await until('the main window is closed', async () => {
    await desk.run('xdotool', 'key', '--clearmodifiers', 'alt+F4');
    return until('it is gone', async () => !(await mainWindow(desk)), 2_000);
  });
}

test('0720 closed to the tray it goes on and says so once; a start at login shows no window, and cards about to leave are told', LIMIT, scenario(async (desk) => {
  const notices = await daemon(desk, 'tray');
  try {
    const { exchange, telephone } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    await contact(page);
    await notices.said('an icon in the tray', ({ told }) => told === 'icon');

    await closeMain(desk);
    const goesOn = ({ title }) => title === 'Timbre sigue abierto';
    await notices.said('it goes on', goesOn);
    desk.begin(APP, [], { log: path.join(desk.folder, 'log', 'second.log') });
    await until('the window is back', () => mainWindow(desk));

    // A card that is not saved, and closing a second time.
    await telephone.dial();
    const calls = async () => (await page.ask('snapshot', {})).calls;
    const { id: call } = await until('it rings', async () => (await calls()).find(({ state }) => state === 'ringing_local'));
    await page.ask('answer', { call });
    await telephone.sees(/Call established/);
    await telephone.hangUp();
    await until('the call is over', async () => (await calls()).every(({ state }) => state === 'ended'));
    await closeMain(desk);
    await desk.stop();

    const db = path.join(desk.env.XDG_DATA_HOME, 'app.timbre.desktop/timbre.db');
    const almostADay = 24 * 3_600_000 - 30 * 60_000;
    assert.equal((await desk.run('sqlite3', db, `UPDATE call SET started_at_ms = ${Date.now()} - ${almostADay} WHERE state = 'unsaved'; SELECT changes()`)).trim(), '1');
    await desk.start('--hidden');
    const leaves = await notices.said('a card is about to leave', ({ title }) => title === 'Llamada por salvar: queda menos de una hora');
    assert.match(leaves.text, /Marcela Quesada/);
    assert.equal(await mainWindow(desk), undefined, 'a start at login shows no window');
    assert.equal(notices.told().filter(goesOn).length, 1, 'it was said once');
    notices.press(leaves, 'default');
    await until('a click on the notice opens the window', () => mainWindow(desk));
  } finally {
    await notices.end();
  }
}));
