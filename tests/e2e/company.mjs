// A company's CRM, emulated, and the browser in which a person signs in to it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from './desk.mjs';
import { until } from './process.mjs';

const CLIENT = 'timbre';
/** The page on which somebody lets a program into Salesforce. */
export const SALESFORCE_CONSENT = '/services/oauth2/authorize?';
/** The key, as WebDriver has it. */
export const ENTER = '\uE007';
/** A place where it is another day than in Greenwich for the next hours. */
export const ZONE = new Date().getUTCHours() < 10 ? 'Etc/GMT+12' : 'Pacific/Kiritimati';
const AHEAD = ZONE === 'Etc/GMT+12' ? -12 : 14;

/** A moment there, as `2027-01-31T23:59:59+14:00`. */
export function timeThere(ms) {
  const there = new Date(Math.floor(ms / 1000) * 1000 + AHEAD * 3_600_000).toISOString().slice(0, 19);
  return `${there}${AHEAD < 0 ? '-' : '+'}${Math.abs(AHEAD)}:00`;
}

/** An emulated CRM; it ends when {@link Company.close} closes its standard input, or with this process. */
export class Company {
  /** Starts `crm/connect/tests/emulators/<name>.py`. */
  static async start(name) {
    const company = new Company();
    const script = path.join(ROOT, 'crm/connect/tests/emulators', `${name}.py`);
    company.process = spawn('/usr/bin/python3', ['-B', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    company.process.stdout.setEncoding('utf8').on('data', (some) => (said += some));
    company.base = await until('the CRM says its address', () => said.endsWith('\n') && said.trim());
    return company;
  }

  async #send(method, where, body, headers = {}) {
    const answer = await fetch(new URL(where, this.base), { method, body, headers, redirect: 'manual' });
    assert.ok(answer.status < 400, `${method} ${where}: ${answer.status}`);
    return answer;
  }

  #json(method, where, body, headers = {}) {
    return this.#send(method, where, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }

  /** Changes its settings. */
  async set(wishes) {
    await this.#json('POST', '/_test/set', wishes);
  }

  /** What goes wrong from now on, for requests whose method and path begin so; see emulators/plumbing.py. */
  async fault(match, what) {
    await this.#json('POST', '/_test/fault', { match, ...what });
  }

  /** Nothing goes wrong any more. */
  async calm() {
    await this.#json('POST', '/_test/calm', {});
  }

  /** Its records of a kind. */
  async records(object) {
    return (await this.#send('GET', `/_test/records?object=${object}`)).json();
  }

  /** Creates a record as another of the company's programs would: over its API, signed in. Answers the id. */
  async create(object, values) {
    const back = 'http://localhost:1/';
    const asked = new URLSearchParams({ response_type: 'code', client_id: CLIENT, redirect_uri: back });
    const agreed = await this.#send('GET', `/services/oauth2/authorize?${asked}`);
    const code = new URL(agreed.headers.get('location')).searchParams.get('code');
    const form = new URLSearchParams({ grant_type: 'authorization_code', code, client_id: CLIENT, redirect_uri: back });
    const { access_token: token } = await (await this.#send('POST', '/services/oauth2/token', form)).json();
    const made = await this.#json('POST', `/services/data/v65.0/sobjects/${object}`, values, { authorization: `Bearer ${token}` });
    return (await made.json()).id;
  }

  /** The same in Zoho. */
  async createZoho(module, values) {
    const back = 'http://localhost:1/';
    const asked = new URLSearchParams({ response_type: 'code', client_id: CLIENT, redirect_uri: back, access_type: 'offline', scope: 'ZohoCRM.modules.ALL' });
    const agreed = await this.#send('GET', `/oauth/v2/auth?${asked}`);
    const code = new URL(agreed.headers.get('location')).searchParams.get('code');
    const form = new URLSearchParams({ grant_type: 'authorization_code', code, client_id: CLIENT, redirect_uri: back });
    const { access_token: token } = await (await this.#send('POST', '/oauth/v2/token', form)).json();
    const made = await this.#json('POST', `/crm/v8/${module}`, { data: [values] }, { authorization: `Zoho-oauthtoken ${token}` });
    return (await made.json()).data[0].details.id;
  }

  async close() {
    const over = this.process.exitCode === null && once(this.process, 'exit');
    this.process.stdin.end();
    await over;
  }
}

/** The desk's default browser: it notes where it is sent, and goes there when the person does. */
export class Browser {
  static async install(desk) {
    const browser = new Browser();
    browser.opened = path.join(desk.folder, 'opened');
    const program = path.join(desk.folder, 'browser');
    // In one write: the test reads meanwhile.
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$1" >>'${browser.opened}'\n`, { mode: 0o755 });
    const applications = path.join(desk.env.XDG_DATA_HOME, 'applications');
    const kinds = ['x-scheme-handler/http', 'x-scheme-handler/https', 'text/html'];
    writeFileSync(
      path.join(applications, 'browser.desktop'),
      `[Desktop Entry]\nType=Application\nName=Browser\nExec=${program} %u\nMimeType=${kinds.join(';')};\n`,
    );
    await desk.run('update-desktop-database', applications);
    for (const kind of kinds) await desk.run('xdg-mime', 'default', 'browser.desktop', kind);
    return browser;
  }

  /** Where it was sent so far. */
  places() {
    const opened = existsSync(this.opened) ? readFileSync(this.opened, 'utf8') : '';
    return opened.split('\n').slice(0, -1);
  }

  /** Waits until it is sent somewhere; answers the newest address that fits. */
  sent(what, fits = () => true) {
    return until(`the browser is sent to ${what}`, () => this.places().findLast(fits));
  }

  /** The person says yes on the vendor's page, and the vendor sends the browser back; the text of the last page. */
  async agree(address) {
    const agreed = await fetch(address, { redirect: 'manual' });
    assert.equal(agreed.status, 302, 'the vendor sends the browser back');
    const back = await fetch(agreed.headers.get('location'));
    assert.equal(back.status, 200);
    return back.text();
  }
}

/** From the settings: adds the connection by its form, which `fill` fills in and saves, and signs in by the browser. */
export async function connect(desk, page, fill, consent) {
  const browser = await Browser.install(desk);
  await page.press('Configuración');
  await page.press('Conexión CRM');
  await page.press('Agregar conexión');
  await fill();
  await page.press('Conectar');
  const address = await browser.sent('the page to sign in', (one) => one.includes(consent));
  const asked = new URL(address).searchParams;
  assert.deepEqual([asked.get('response_type'), asked.get('code_challenge_method')], ['code', 'S256']);
  await page.sees('Termine de ingresar en el navegador.');
  assert.match(await browser.agree(address), /Listo\. Ya puede volver a Timbre/);
  await page.sees('Conectado');
  await page.sees('Ingresó ');
  await page.press('Comprobar');
  await page.sees('Credenciales correctas: ');
  await desk.picture('crm-connected');
  return browser;
}

/** Connects the emulated Salesforce, which is a domain of the organisation's own. */
export function connectSalesforce(desk, page, company) {
  return connect(desk, page, () => fillSalesforce(page, company), SALESFORCE_CONSENT);
}

/** Connects the emulated Zoho. */
export function connectZoho(desk, page, company) {
  return connect(desk, page, () => fillZoho(page, company), '/oauth/v2/auth?');
}

/** The form: Zoho's own address is not typed, so the emulated one is given to what the form has made. */
async function fillZoho(page, company) {
  await page.press('Zoho CRM');
  await page.type('[name=client_id]', CLIENT);
  await page.press('Salvar');
  await page.sees('Sin conectar');
  const { connections } = await page.ask('snapshot', {});
  const [{ id, name, setup }] = connections.list;
  assert.deepEqual(setup, { kind: 'zoho', centre: 'us', client_id: CLIENT, local: null });
  await page.ask('save_connection', { id, name, setup: { ...setup, local: company.base }, secret: null });
  await page.sees(company.base);
}

/** Fills in the form of Salesforce, and saves it. */
export async function fillSalesforce(page, company) {
  await page.press('Dominio propio');
  await page.type('[name=host]', company.base);
  await page.type('[name=client_id]', CLIENT);
  await page.press('Salvar');
}

/** No file of the app, and no line of its log, has a token in it. */
export async function noTokenKept(desk) {
  // How the tokens of the emulators begin.
  const found = await desk.run('sh', '-c', `grep -rlaE '00D!|5Aep' '${desk.env.HOME}' '${desk.folder}/log' || true`);
  assert.equal(found, '');
  assert.match(readFileSync(desk.logFile(), 'utf8'), / (DEBUG|INFO|WARN) /, 'there was a log to look at');
}
