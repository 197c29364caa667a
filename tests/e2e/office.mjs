// A desk that works: an account at a real exchange, a customer with a telephone, and a contact for the customer's number.
import { AGENT, CUSTOMER, Exchange, REALM, Telephone } from './exchange.mjs';
import { until } from './process.mjs';
import { again, sweep } from './sound.mjs';

/** What the agent says, and what the customer says: unlike each other. */
export const AGENT_SAYS = sweep(1.5, 300, 1300);
export const CUSTOMER_SAYS = sweep(1.5, 1600, 3200);

/** The exchange, and the customer's telephone registered at it. */
export async function outside(desk) {
  const exchange = await Exchange.start(desk);
  const telephone = await Telephone.start(exchange, CUSTOMER, again(CUSTOMER_SAYS, 20));
  return { exchange, telephone };
}

/** The agent's account at this exchange, as the form sends it. */
export function account(exchange, change = {}) {
  return {
    id: null, label: 'Soporte técnico', display_name: '', user: AGENT.name, domain: REALM, auth_user: null, password: AGENT.password,
    transport: 'udp', port: null, proxy: `sip:127.0.0.1:${exchange.port};lr`, srtp: 'optional', codecs: ['opus', 'pcma'], ...change,
  };
}

/** Adds the account, and waits until the line stands. */
export async function register(page, exchange) {
  await page.ask('save_account', account(exchange));
  await registered(page);
  if ((await page.text()).includes('Haga una llamada ahora')) await page.press('Entrar en Timbre');
}

export function registered(page) {
  return until('the line is registered', async () => {
    const { accounts } = await page.ask('snapshot', {});
    return accounts.some((line) => line.registration.state === 'registered');
  });
}

/** The customer, as a contact. */
export function contact(page, change = {}) {
  const channel = { id: null, kind: 'phone', raw: CUSTOMER.name, display: '', e164: null, extension: null };
  return page.ask('save_contact', {
    id: null, rev: null, kind: 'contact', first_name: 'Marcela', last_name: 'Quesada', company: 'Ferretería El Yunque', document_kind: null,
    document_number: null, vip: true, channels: [channel], addresses: [], for_call: null, ...change,
  });
}

/** Chooses an outcome of the call, as one who types does. */
export async function outcome(page, name) {
  await page.type('.combo input', name);
  await page.press(name);
}

/** Presses the switch with this name, once it shows `from` (`true` or `false`): what it shows is what stands. */
export function flip(page, name, from) {
  const press = (wanted, shown) => {
    const called = (one) => document.getElementById(one.getAttribute('aria-labelledby'))?.textContent;
    const found = [...document.querySelectorAll('[role=switch]')].find((one) => called(one) === wanted);
    if (found?.getAttribute('aria-checked') !== shown) return false;
    found.click();
    return true;
  };
  return until(`the switch "${name}" stands at ${from} and is pressed`, () => page.run(press, name, from));
}

/** Waits until the timer of the call stands at `seconds` or more (a time of day beside it says nothing of the call). */
export function talked(page, seconds = 0) {
  const timer = () => document.querySelector('[role=timer]')?.textContent ?? '';
  return until(`they have talked for ${seconds} s`, async () => {
    const shown = await page.run(timer);
    if (!/^\d+(:\d\d)+$/.test(shown)) return false;
    return shown.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) >= seconds;
  });
}
