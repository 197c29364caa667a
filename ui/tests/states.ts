/** Every view and state of the main window, each reached as a person reaches it. */
import type { Page } from 'playwright-core';

import type { Scenario } from './double/agent.ts';
import { HEADSETS } from './double/headsets.ts';

export interface State {
  name: string;
  scenario?: Partial<Scenario>;
  /** Before the page's first question is answered. */
  reach?: (page: Page) => Promise<unknown>;
  /** What must be on screen. */
  shows: string;
}

/** Goes to a section by its name in the rail. */
export async function go(page: Page, section: 'calls' | 'contacts' | 'history' | 'tasks' | 'settings'): Promise<void> {
  await page.click(`nav a[href="#${section}"]`);
}

/** Opens the n-th call of the list. */
async function card(page: Page, at: number): Promise<void> {
  await page.click(`.crow >> nth=${at}`);
  await page.waitForSelector('.who');
}

/** A call begins; its id stays in `window.call`. */
export async function call(page: Page, direction: 'incoming' | 'outgoing', number: string, center = 'Soporte técnico'): Promise<void> {
  await page.waitForSelector('#main');
  await page.evaluate(([way, to, at]) => Object.assign(window, { call: window.agent.begin(way as 'incoming', to!, at!) }), [direction, number, center]);
}

export async function talk(page: Page): Promise<void> {
  await page.evaluate(() => {
    const id = (window as unknown as { call: string }).call;
    window.agent.update(id, { state: 'connecting' });
    window.agent.talk(id);
  });
  await page.waitForSelector('.live .timer, .live .keys');
  await page.evaluate(() => {
    const id = (window as unknown as { call: string }).call;
    for (let at = 0; at < 44; at++) window.levels({ call: id, microphone_dbfs: -50 + 35 * Math.abs(Math.sin(at / 3)) * (at % 9 ? 1 : 0), remote_dbfs: at % 20 > 8 ? -60 : -20 - (at % 5) * 3 });
  });
}

async function active(page: Page, number = '+506 8555 0117'): Promise<void> {
  await call(page, 'incoming', number);
  await talk(page);
}

async function part(page: Page, name: string): Promise<void> {
  await go(page, 'settings');
  await page.click(`#tab-settings-${name}`);
}

async function newConnection(page: Page, kind: string): Promise<void> {
  await part(page, 'crm');
  await page.click('.settings-body > .row .btn');
  await page.click(`.crmform [role=radio]:has-text("${kind}")`);
}

/** The queue with a row for every reason. */
async function longQueue(page: Page): Promise<void> {
  await part(page, 'crm');
  await page.click('[data-connection] >> nth=1 >> [aria-expanded] >> nth=0');
}

async function person(page: Page, name: string): Promise<void> {
  await go(page, 'contacts');
  await page.click(`.contacts-grid .trow:has-text("${name}") >> .m`);
  await page.waitForSelector('.panelhead');
}

const fault = (code: 'microphone_gone' | 'disk_full', severity: 'error') => [{ code, severity, subject: null, call: null }];

/** The echo line answers, and the voice comes back. */
async function echo(page: Page): Promise<void> {
  await page.click('.frleft .call');
  await page.waitForSelector('.frtag');
  await page.evaluate(() => window.agent.talk(window.agent.calls[0]!.id, 14_000));
  await page.waitForSelector('.frleft .pri');
}

export const STATES: State[] = [
  { name: 'calls', shows: '.crow' },
  { name: 'calls-empty', scenario: { empty: true }, shows: '.empty' },
  { name: 'card-several', reach: (page) => card(page, 0), shows: '.who [role=radio]' },
  { name: 'card-one', reach: (page) => card(page, 2), shows: '.whois dl' },
  { name: 'card-none', reach: (page) => card(page, 3), shows: '.noresult' },
  { name: 'card-none-closed', reach: async (page) => {
    await card(page, 3);
    await page.click('.whosearch .tools .hang');
  }, shows: '.who .tools .ghost >> nth=1' },
  { name: 'card-found', reach: async (page) => {
    await card(page, 3);
    await page.fill('.whosearch input', 'restrepo');
  }, shows: '.found [role=option]' },
  { name: 'card-new-contact', reach: async (page) => {
    await card(page, 3);
    await page.click('.whosearch .dark');
  }, shows: '.quick' },
  { name: 'card-new-lead-wrong', reach: async (page) => {
    await card(page, 3);
    await page.click('.whosearch .tools .ghost');
    await page.fill('.quick [name=email]', 'correo');
    await page.click('.quick [type=submit]');
  }, shows: '.quick .highlight .wrong' },
  { name: 'card-disposition', scenario: { manyDispositions: true }, reach: async (page) => {
    await card(page, 2);
    await page.fill('.combo input', 'inter');
  }, shows: '.combo-list [role=option]' },
  { name: 'card-details', reach: async (page) => {
    await card(page, 2);
    await page.click('.dhead .link:has-text("Detalles técnicos"), .exp [aria-label="Detalles técnicos"]');
  }, shows: '.details .rung' },
  { name: 'card-missed', reach: (page) => card(page, 1), shows: '.who' },
  { name: 'card-saved', reach: (page) => card(page, 5), shows: '[readonly]' },
  { name: 'omnibox', reach: (page) => page.locator('.omni input').pressSequentially('8555 01'), shows: '.omni-row' },
  { name: 'omnibox-remote', scenario: { crm: 2 }, reach: (page) => page.locator('.omni input').pressSequentially('Peña'), shows: '#omni-c-0' },
  { name: 'contacts-remote', scenario: { crm: 2 }, reach: async (page) => {
    await go(page, 'contacts');
    await page.click('.filters .find');
    await page.fill('.searchfield input', 'Peña');
    await page.keyboard.press('Enter');
  }, shows: '.remote .opt' },
  { name: 'dialpad', reach: (page) => page.click('.omnibox > .btn'), shows: '.dialpad' },
  { name: 'line-menu', reach: (page) => page.click('.chip.line'), shows: '.menu' },
  { name: 'line-down', scenario: { lineDown: true }, shows: '.banner.error' },
  { name: 'fault', scenario: { faults: fault('microphone_gone', 'error') }, shows: '.banner.error .btn' },
  { name: 'shortcuts', reach: async (page) => {
    await page.waitForSelector('.crow');
    await page.keyboard.press('?');
  }, shows: '.keylist' },
  { name: 'ask', reach: async (page) => {
    await page.waitForSelector('.crow');
    await page.evaluate(() => window.agent.emit({ kind: 'link_question', value: { target: 'tel:+881621455111', number: '+881 6 2145 5111', reason: 'satellite' } }));
  }, shows: '.modal' },
  { name: 'ask-country', scenario: { nowhere: true }, reach: async (page) => {
    await page.waitForSelector('.crow');
    await page.evaluate(() => window.agent.emit({ kind: 'link_question', value: { target: 'tel:22225555', number: '22225555', reason: 'no_country' } }));
    await page.click('.modal .btn.call');
  }, shows: '.modal select.wrong' },
  { name: 'dismissed', reach: async (page) => {
    await card(page, 0);
    await page.click('.ignore');
  }, shows: '.toast .btn' },
  { name: 'card-expired', reach: async (page) => {
    await go(page, 'tasks');
    await page.click('.task:has-text("Valeria") .crow');
    await page.waitForSelector('.who');
  }, shows: '.task [data-sel], .exp' },
  { name: 'card-waiting', reach: (page) => card(page, 4), shows: '.who' },
  { name: 'card-stuck', reach: (page) => card(page, 10), shows: '.who' },
  { name: 'calls-loading', reach: async (page) => {
    await page.waitForSelector('.crow');
    await page.evaluate(() => window.agent.stalled.set('list_cards', []));
    await page.click('.calls .seg button >> nth=1');
  }, shows: '.skeleton' },
  { name: 'calls-failed', reach: async (page) => {
    await page.waitForSelector('.crow');
    await page.evaluate(() => {
      window.agent.failing.set('list_cards', 'database_failed');
      window.agent.emit({ kind: 'changed', value: 'cards' });
    });
  }, shows: '.calls .banner.error .btn' },
  { name: 'quit', reach: async (page) => {
    await active(page);
    await page.evaluate(() => window.shell('quit_question'));
  }, shows: '.modal .hang' },
  { name: 'ask-not-again', reach: async (page) => {
    await go(page, 'contacts');
    await page.click('.trow:has-text("Villalobos") >> .m');
    await page.click('.panelhead .call');
  }, shows: '.modal .call' },
  { name: 'presence-offline', scenario: { lineDown: true }, reach: (page) => page.click('.chip[title]'), shows: '.menu-item' },
  { name: 'incoming', reach: (page) => call(page, 'incoming', '+506 8555 0117', 'Ventas Costa Rica'), shows: '.incoming' },
  { name: 'call-dialing', reach: (page) => call(page, 'outgoing', '+57 310 555 0163'), shows: '.live' },
  { name: 'call-active', reach: (page) => active(page, '+506 2555 0142'), shows: '.live' },
  { name: 'call-muted-bad', reach: async (page) => {
    await active(page);
    await page.evaluate(() => window.agent.update((window as unknown as { call: string }).call, { muted: true, security: { encrypted_to_exchange: false, srtp: false }, quality: { mos: 2.9, loss_pct: 6, jitter_ms: 60, rtt_ms: 200 } }));
  }, shows: '.live [aria-pressed=true]' },
  { name: 'call-keypad', reach: async (page) => {
    await active(page);
    await page.click('.live [aria-expanded]');
    await page.keyboard.press('1');
  }, shows: '.keypad' },
  { name: 'call-second', reach: async (page) => {
    await active(page);
    await call(page, 'incoming', '+52 55 5550 0134', 'Ventas México');
  }, shows: '.incoming' },
  { name: 'call-held', reach: async (page) => {
    await active(page);
    await page.evaluate(() => window.agent.update((window as unknown as { call: string }).call, { held_at_ms: Date.now() - 72_000 }));
    await call(page, 'incoming', '+52 55 5550 0134', 'Ventas México');
    await talk(page);
  }, shows: '.heldcall' },
  { name: 'call-held-remote', reach: async (page) => {
    await active(page);
    await page.evaluate(() => window.agent.update((window as unknown as { call: string }).call, { held_by_remote: true }));
  }, shows: '.live .banner.info' },
  { name: 'call-transfer', reach: async (page) => {
    await active(page);
    await page.click('.live [data-transfer]');
    await page.fill('.transfer input', 'an');
    await page.waitForSelector('.transfer [role=option]');
  }, shows: '.transfer [role=option]' },
  { name: 'call-consulting', reach: async (page) => {
    await active(page);
    await page.click('.live [data-transfer]');
    await page.fill('.transfer input', '231');
    await page.press('.transfer input', 'Enter');
  }, shows: '.consultation' },
  { name: 'call-sent-to', reach: async (page) => {
    await call(page, 'incoming', '+506 8555 0117');
    await talk(page);
    await page.evaluate(() => window.agent.update((window as unknown as { call: string }).call, { sent_to: { number: '900 123 4567', reason: 'premium' } }));
  }, shows: '.banner button' },
  { name: 'call-transfer-failed', reach: async (page) => {
    await active(page);
    await page.evaluate(() => window.agent.update((window as unknown as { call: string }).call, { transfer: { state: 'failed', cause: 'busy' } }));
  }, shows: '.live .banner.warn' },
  { name: 'call-unread', reach: async (page) => {
    await page.waitForSelector('.crow');
    await page.evaluate(() => window.agent.stalled.set('card', []));
    await active(page);
  }, shows: '.live' },
  { name: 'call-messages', reach: async (page) => {
    await active(page);
    await page.evaluate(() => (['settings_ignored', 'weak_secret_store', 'device_used'] as const).forEach((code) => window.agent.emit({ kind: 'notice', value: { code, severity: 'warn', subject: 'Jabra Evolve2 65 con un nombre muy largo', call: null } })));
  }, shows: '.toast' },
  { name: 'call-elsewhere', reach: async (page) => {
    await active(page);
    await go(page, 'contacts');
  }, shows: '.strip' },
  { name: 'contacts', reach: (page) => go(page, 'contacts'), shows: '.trow' },
  { name: 'contacts-nobody', reach: async (page) => {
    await go(page, 'contacts');
    await page.click('.filters .find');
    await page.fill('.searchfield input', 'restrpo');
    await page.keyboard.press('Enter');
  }, shows: '.empty' },
  { name: 'contact', reach: (page) => person(page, 'Marcela'), shows: '.via' },
  { name: 'contact-addresses', reach: async (page) => {
    await person(page, 'Marcela');
    await page.click('#tab-contact-addresses');
  }, shows: '.addressline' },
  { name: 'contact-history', reach: async (page) => {
    await person(page, 'Marcela');
    await page.click('#tab-contact-history');
  }, shows: '.tl li' },
  { name: 'contact-form-wrong', reach: async (page) => {
    await go(page, 'contacts');
    await page.click('.phead .pri');
    await page.click('.bar [type=submit]');
  }, shows: '.wrong' },
  { name: 'contact-erase', reach: async (page) => {
    await person(page, 'Valeria');
    await page.click('.erase .btn');
  }, shows: '.modal .btn.hang' },
  { name: 'contact-form', reach: async (page) => {
    await person(page, 'Marcela');
    await page.click('.panelhead .btn:not(.call):not(.ic)');
    await page.check('label:has(input[type=checkbox]) >> nth=1');
  }, shows: '[name=street]' },
  { name: 'contact-fields', scenario: { fields: true }, reach: (page) => person(page, 'Marcela'), shows: '.kv dt:text("Nivel")' },
  { name: 'contact-form-fields', scenario: { fields: true }, reach: async (page) => {
    await go(page, 'contacts');
    await page.click('.phead .pri');
    await page.click('.bar [type=submit]');
    await page.locator('.custom select').scrollIntoViewIfNeeded();
  }, shows: '.custom .wrong' },
  { name: 'history', reach: (page) => go(page, 'history'), shows: '.history-grid .trow' },
  { name: 'history-record', reach: async (page) => {
    await go(page, 'history');
    await page.click('.history-grid .trow >> nth=12');
  }, shows: '.sidepanel .who' },
  { name: 'tasks', reach: (page) => go(page, 'tasks'), shows: '.task .crow' },
  { name: 'tasks-empty', scenario: { empty: true }, reach: (page) => go(page, 'tasks'), shows: '.tasks .empty' },
  { name: 'tasks-dismissed', reach: async (page) => {
    await go(page, 'tasks');
    await page.click('.taskhead >> nth=-1 >> button');
    await page.click('.taskrow >> nth=-1 >> .crow');
    await page.waitForSelector('.who');
  }, shows: '.taskrow [aria-label^=Restaurar], .taskrow [aria-label^=Restore]' },
  ...(['accounts', 'audio', 'calls', 'contacts', 'crm', 'appearance', 'shortcuts', 'help'] as const).map((name) => ({ name: `settings-${name}`, reach: (page: Page) => part(page, name), shows: '.settings-body .box' })),
  { name: 'settings-headsets', scenario: { headsets: HEADSETS }, reach: (page) => part(page, 'headsets'), shows: '.headset' },
  { name: 'settings-report', reach: async (page) => {
    await part(page, 'help');
    await page.click('[aria-labelledby$=title] .btn');
    await page.waitForSelector('textarea[readonly]');
    await page.click('[aria-labelledby$=title] .pri');
  }, shows: '[role=status]:has-text("Descargas")' },
  { name: 'fields', scenario: { fields: true }, reach: (page) => part(page, 'contacts'), shows: '[data-field]' },
  { name: 'fields-wrong', scenario: { fields: true }, reach: async (page) => {
    await part(page, 'contacts');
    await page.click('.settings-body > .row .btn');
    await page.click('.settings-body [type=submit]');
  }, shows: '[data-field] .wrong' },
  { name: 'fields-removing', scenario: { fields: true }, reach: async (page) => {
    await part(page, 'contacts');
    await page.click('[data-field] .hang >> nth=0');
  }, shows: '.modal .hang' },
  { name: 'crm-list', scenario: { connections: true }, reach: (page) => part(page, 'crm'), shows: '[data-connection] .tag.miss' },
  { name: 'crm-many', scenario: { connections: 'many' }, reach: (page) => part(page, 'crm'), shows: '[data-connection] >> nth=11' },
  { name: 'crm-many-last', scenario: { connections: 'many' }, reach: async (page) => {
    await part(page, 'crm');
    await page.locator('[data-connection]').last().scrollIntoViewIfNeeded();
  }, shows: '[data-connection]:has-text("Registro")' },
  { name: 'crm-many-middle', scenario: { connections: 'many' }, reach: async (page) => {
    await part(page, 'crm');
    await page.locator('[data-connection]').nth(6).scrollIntoViewIfNeeded();
  }, shows: '[data-connection]:has-text("Zoho 5")' },
  { name: 'crm-reasons', scenario: { connections: 'many' }, reach: (page) => longQueue(page), shows: '[data-push] >> nth=11' },
  { name: 'crm-reasons-last', scenario: { connections: 'many' }, reach: async (page) => {
    await longQueue(page);
    await page.locator('[data-push]').last().scrollIntoViewIfNeeded();
  }, shows: '[data-push] >> nth=11' },
  { name: 'crm-queue', scenario: { connections: true }, reach: async (page) => {
    await part(page, 'crm');
    await page.click('[data-connection] [aria-expanded] >> nth=0');
    await page.click('[data-push] button >> nth=2');
    await page.waitForSelector('[data-push] textarea[readonly]');
    await page.click('[data-push] button >> nth=1');
  }, shows: '[data-push] form textarea' },
  { name: 'crm-wrong', reach: async (page) => {
    await part(page, 'crm');
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [role=radio] >> nth=-1');
    await page.click('.crmform [type=submit]');
  }, shows: '.crmform .wrong' },
  ...([['zoho', 'Zoho', '.crmform [name=centre]'], ['hubspot', 'HubSpot', '.crmform [name=secret]'], ['rest', 'Otro CRM', '.crmform .banner.warn']] as const).map(([name, kind, shows]) => ({
    name: `crm-${name}`, shows, reach: (page: Page) => newConnection(page, kind),
  })),
  { name: 'crm-password', shows: '.crmform .banner.warn', reach: async (page) => {
    await newConnection(page, 'Salesforce');
    await page.click('.crmform [role=radio]:has-text("contraseña")');
  } },
  { name: 'crm-ldap', reach: (page) => newConnection(page, 'LDAP'), shows: '.crmform [name=authority]' },
  { name: 'crm-carddav', reach: (page) => newConnection(page, 'CardDAV'), shows: '.crmform [name=secret]' },
  { name: 'crm-rest-wrong', reach: async (page) => {
    await newConnection(page, 'Otro CRM');
    await page.selectOption('.crmform [name=file]', '');
    await page.fill('.crmform [name=text]', 'format = 1\nx = 2\n');
  }, shows: '.crmform [role=alert]' },
  { name: 'crm-webhook', reach: async (page) => {
    await part(page, 'crm');
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [role=radio]:has-text("Webhook")');
  }, shows: '.crmform [name=secret]' },
  { name: 'crm-leaving', scenario: { connections: true }, reach: async (page) => {
    await part(page, 'crm');
    await page.click('[data-connection] .hang >> nth=0');
  }, shows: '.modal .hang' },
  { name: 'account-wrong', reach: async (page) => {
    await part(page, 'accounts');
    await page.click('.settings-body .btn >> nth=0');
    await page.fill('[name=user]', '12345');
    await page.click('summary');
    await page.click('.accountform [type=submit]');
  }, shows: '.accountform .wrong' },
  { name: 'account-edit', reach: async (page) => {
    await part(page, 'accounts');
    await page.click('.setting [aria-expanded]');
  }, shows: '.accountform .hang' },
  { name: 'account-removing', reach: async (page) => {
    await part(page, 'accounts');
    await page.click('.setting [aria-expanded]');
    await page.click('.accountform .hang');
  }, shows: '.modal .hang' },
  { name: 'account-refused', reach: async (page) => {
    await part(page, 'accounts');
    await page.click('.setting [aria-expanded]');
    await page.evaluate(() => window.agent.failing.set('save_account', 'secret_store'));
    await page.click('.accountform [type=submit]');
  }, shows: '.accountform .banner.error' },
  { name: 'account-practice', reach: async (page) => {
    await part(page, 'accounts');
    await page.click('.settings-body > .box.padded .btn');
  }, shows: '.setting .tag.acc' },
  { name: 'audio-meter', reach: async (page) => {
    await part(page, 'audio');
    await page.waitForSelector('.settings-body .box');
    await page.evaluate(() => window.levels({ call: null, microphone_dbfs: -18, remote_dbfs: -60 }));
  }, shows: '.settings-body .box' },
  { name: 'welcome-no-sound', scenario: { firstRun: true }, reach: async (page) => {
    await echo(page);
    await page.click('.frleft .btn:not(.pri):not(.hang)');
  }, shows: '.frdevices' },
  { name: 'welcome-next', scenario: { firstRun: true }, reach: async (page) => {
    await echo(page);
    await page.click('.frleft .pri');
  }, shows: '.frleft .call .i' },
  { name: 'welcome', scenario: { firstRun: true }, shows: '.fr h1' },
  { name: 'welcome-country', scenario: { firstRun: true, nowhere: true }, reach: (page) => page.click('.frleft .call'), shows: '.frcountry .wrong' },
  { name: 'welcome-unlooked', scenario: { firstRun: true, unlooked: true }, shows: '.frchecks [data-state=later]' },
  { name: 'welcome-echo', scenario: { firstRun: true }, reach: async (page) => {
    await page.click('.frleft .call');
    await page.waitForSelector('.frtag');
    await page.evaluate(() => {
      const id = window.agent.calls[0]!.id;
      window.agent.talk(id, 14_000);
      for (let at = 0; at < 44; at++) window.levels({ call: id, microphone_dbfs: at % 12 > 6 ? -15 - (at % 4) * 4 : -60, remote_dbfs: at % 12 < 5 ? -15 - (at % 4) * 4 : -60 });
    });
  }, shows: '.frlanes' },
  { name: 'card-remote', scenario: { crm: 2 }, reach: (page) => card(page, 3), shows: '.remote .opt >> nth=1' },
  { name: 'card-pushes', scenario: { crm: 0 }, reach: (page) => card(page, 10), shows: '.pushes .c-miss' },
  { name: 'contact-records', scenario: { crm: 0 }, reach: (page) => person(page, 'Marcela'), shows: '.panelhead .torecord' },
  { name: 'call-remote', scenario: { crm: 1 }, reach: async (page) => {
    await active(page, '+57 310 555 0163');
    await page.evaluate(() => window.agent.found((window as unknown as { call: string }).call));
  }, shows: '.live' },
];
