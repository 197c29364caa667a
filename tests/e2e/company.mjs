// A company's CRM, emulated, and the browser in which a person signs in to it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from './desk.mjs';
import { until } from './process.mjs';

const CLIENT = 'timbre';

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

  /** Waits until it is sent somewhere; answers the newest address that fits. */
  sent(what, fits = () => true) {
    return until(`the browser is sent to ${what}`, () => {
      const opened = existsSync(this.opened) ? readFileSync(this.opened, 'utf8') : '';
      return opened.split('\n').slice(0, -1).findLast(fits);
    });
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
