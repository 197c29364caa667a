// The little of WebDriver that the scenarios need, over fetch.
import { PATIENCE_MS, end, freePort, start, until } from './process.mjs';

/** An answer about windows that has not come by then is asked for again: at times one asked while a window begins never comes. */
const LOST_MS = 15_000;
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

export class Driver {
  #base;
  #process;
  #session;

  /** Starts the app under WebKitWebDriver; it inherits `env`. */
  static async open(app, args, { env, log }) {
    const driver = new Driver();
    const port = await freePort();
    driver.#base = `http://127.0.0.1:${port}`;
    // Without this variable the app starts, and the session waits for ever.
    driver.#process = start('WebKitWebDriver', [`--port=${port}`], { env: { ...env, TAURI_WEBVIEW_AUTOMATION: 'true' }, log });
    await until('WebKitWebDriver answers', () => driver.#send('GET', '/status'));
    const options = { 'webkitgtk:browserOptions': { binary: app, args } };
    const { sessionId } = await driver.#send('POST', '/session', { capabilities: { alwaysMatch: options } });
    driver.#session = `/session/${sessionId}`;
    await driver.use('index.html');
    return driver;
  }

  async #send(method, path, body, limit = PATIENCE_MS) {
    const answer = await fetch(this.#base + path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(limit),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value?.error}: ${value?.message}`);
    return value;
  }

  #ask(method, path, body, limit) {
    return this.#send(method, this.#session + path, body, limit);
  }

  /** Looks at the window that shows this page; hidden windows count too. */
  async use(page) {
    await until(`a window shows ${page}`, async () => {
      for (const handle of await this.#ask('GET', '/window/handles', undefined, LOST_MS)) {
        await this.#ask('POST', '/window', { handle }, LOST_MS);
        const url = await this.#ask('GET', '/url', undefined, LOST_MS);
        if (new URL(url).pathname.replace(/^\/?$/, '/index.html') === `/${page}`) return true;
      }
      return false;
    });
  }

  /** Runs a function in the page. */
  run(body, ...args) {
    return this.#ask('POST', '/execute/sync', { script: `return (${body})(...arguments)`, args });
  }

  /** Asks the agent as the page does: for what a scenario needs beforehand, not for what it proves. */
  async ask(name, request) {
    await until('the agent answers', () => this.run((n, r) => window.__TAURI_INTERNALS__.invoke('api', { name: n, request: r }).then(() => true), 'snapshot', {}));
    const asked = (n, r) => window.__TAURI_INTERNALS__.invoke('api', { name: n, request: r }).then((view) => ({ view }), (error) => ({ error }));
    const { view, error } = await this.run(asked, name, request);
    if (error) throw new Error(`${name}: ${JSON.stringify(error)}`);
    return view;
  }

  /** The visible text of the page. */
  text() {
    return this.run(() => document.body.innerText);
  }

  /** Waits for text. */
  sees(text) {
    return until(`the page shows "${text}"`, async () => (await this.text()).includes(text));
  }

  /** The first element for a selector, once it is there. */
  find(css) {
    return until(`the page has ${css}`, async () => {
      const found = await this.#ask('POST', '/elements', { using: 'css selector', value: css });
      return found[0]?.[ELEMENT];
    });
  }

  /** The first enabled button (or link) with this text or name, once it is there. */
  button(name) {
    return until(`the page has a button "${name}"`, async () => {
      const found = await this.run((wanted) => {
        const shown = (one) => one.getClientRects().length > 0 && !one.disabled;
        const called = (one) => (one.getAttribute('aria-label') ?? one.innerText).trim().replace(/\s+/g, ' ');
        const all = [...document.querySelectorAll('button, a, summary, [role=button], [role=option], [role=tab], [role=radio]')].filter(shown);
        return all.find((one) => called(one) === wanted) ?? all.find((one) => called(one).startsWith(wanted)) ?? null;
      }, name);
      return found?.[ELEMENT];
    });
  }

  async click(element) {
    await this.#ask('POST', `/element/${element}/click`, {});
  }

  async press(name) {
    await steady(async () => this.click(await this.button(name)));
  }

  /** Chooses the option with these words in a list, once it is there. */
  async choose(css, words) {
    const option = (selector, wanted) => [...document.querySelectorAll(`${selector} option`)].find((one) => one.textContent.includes(wanted)) ?? null;
    await steady(async () => this.click((await until(`${css} offers "${words}"`, () => this.run(option, css, words)))[ELEMENT]));
  }

  async type(css, text) {
    await steady(async () => this.keys(await this.find(css), text));
  }

  /** Types into an element. */
  async keys(element, text) {
    await this.#ask('POST', `/element/${element}/value`, { text });
  }

  /** Ends the session, and with it the app. */
  async close() {
    if (this.#session) await this.#ask('DELETE', '').catch(() => undefined);
    await end(this.#process);
  }
}

/** Does it again if the page drew the element anew between finding and using it, or a message lay on it: nothing was done then. */
async function steady(action) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!/stale element|click intercepted/.test(error.message) || Date.now() > deadline) throw error;
    }
  }
}
