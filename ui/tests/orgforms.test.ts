import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { RecordFormView } from '../src/bindings/api';
import { asked, until } from './asked.ts';
import { REASONED } from './double/orgforms.ts';
import { go } from './states.ts';
import { AXE, Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

const SALESFORCE = '0192a000-0000-7000-8000-00000000c001';
const part = (field: string) => `.quick [name="further.${SALESFORCE}.${field}"]`;

async function newLead(page: Page): Promise<void> {
  await page.click('.crow >> nth=3');
  await page.waitForSelector('.who');
  await page.click('.whosearch .tools .ghost');
  await page.waitForSelector('.quick');
}

async function fillOwn(page: Page): Promise<void> {
  await page.fill('.quick [name=last_name]', 'Soto');
  await page.fill('.quick [name=company]', 'Taller Irazú');
}

describe('what an organisation requires of a new person', () => {
  test('stands below our own fields in its own words, with its defaults, and what it needs of ours is marked', async () => {
    const page = await desk.window({ crm: 0 });
    await newLead(page);
    await page.waitForSelector('.org :text-is("Para Salesforce")');
    const org = page.locator('.org');
    await org.getByLabel('Tipo de registro').waitFor();
    expect(await org.getByLabel('Origen').inputValue()).toBe('Phone');
    expect(await org.getByLabel('Apellidos').count(), 'nobody is asked twice').toBe(0);
    expect(await page.getAttribute('.quick [name=email]', 'aria-required')).toBe('true');
    await page.waitForSelector('.quick :text("Lo pide Salesforce.")');
    await fillOwn(page);
    await page.click('.quick [type=submit]');
    await page.waitForSelector('.quick [name=email][aria-invalid]:focus');
    await page.fill('.quick [name=email]', 'eva@taller.example');
    await page.click('.quick [type=submit]');
    await page.waitForSelector(`${part('Rank__c')}[aria-invalid]:focus`);
    expect(await asked(page, 'save_contact')).toEqual([]);

    await page.addScriptTag({ url: AXE });
    const faults = await page.evaluate(async () => (await (window as unknown as { axe: { run(at: string): Promise<{ violations: { id: string }[] }> } }).axe.run('.quick')).violations.map((one) => one.id));
    expect(faults).toEqual([]);
    await page.selectOption(part('Rank__c'), 'A');
    await page.click('.quick [type=submit]');
    await until(page, 'save_contact');
    const [sent] = await asked(page, 'save_contact');
    expect(sent!.further).toEqual([{ connection: SALESFORCE, form: { record_type: '012S', values: [{ key: 'Rank__c', value: 'A' }, { key: 'LeadSource', value: 'Phone' }] } }]);
    expect(page.faults).toEqual([]);
  });

  test('another record type asks for other fields; what was typed stays, also for a new window', async () => {
    const page = await desk.window({ crm: 0 });
    await newLead(page);
    await page.selectOption(part('Rank__c'), 'B');
    await page.selectOption(part('record_type'), '012E');
    await page.fill(part('Score__c'), '7,5');
    expect(await page.inputValue(part('Rank__c'))).toBe('B');
    expect(await page.locator(part('LeadSource')).count()).toBe(0);
    expect((await asked(page, 'describe_form')).map((one) => one.record_type)).toEqual([null, '012E']);
    await page.waitForFunction(() => window.agent.forms.some((one) => one.text.includes('7,5')));
    const forms = await page.evaluate(() => window.agent.forms);
    expect(JSON.parse(forms[0]!.text).further[SALESFORCE]).toEqual({ record_type: '012E', values: { Rank__c: 'B', Score__c: '7,5' } });

    await fillOwn(page);
    await page.fill(part('Since__c'), '2027-01-31');
    const likes = page.getByRole('group', { name: 'Prefiere' });
    expect(await likes.getByRole('checkbox', { checked: true }).evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value))).toEqual(['Pan']);
    await likes.getByLabel('Pan').uncheck();
    await page.click('.quick [type=submit]');
    await page.waitForSelector(`${part('Likes__c')}[aria-invalid]:focus`);
    await page.addScriptTag({ url: AXE });
    const faults = await page.evaluate(async () => (await (window as unknown as { axe: { run(at: string): Promise<{ violations: { id: string }[] }> } }).axe.run('.quick')).violations.map((one) => one.id));
    expect(faults).toEqual([]);
    await likes.getByLabel('Café').check();
    await likes.getByLabel('Té').check();
    await page.click('.quick [type=submit]');
    await until(page, 'save_contact');
    const [sent] = await asked(page, 'save_contact');
    expect(sent!.further![0]!.form).toEqual({ record_type: '012E', values: [{ key: 'Rank__c', value: 'B' }, { key: 'Score__c', value: '7.5' }, { key: 'Since__c', value: '2027-01-31' }, { key: 'Likes__c', value: 'Café\nTé' }] });
  });

  test('a value that the record type does not have is not sent', async () => {
    const page = await desk.window({ crm: 0 });
    await newLead(page);
    await page.selectOption(part('Rank__c'), 'A');
    await page.selectOption(part('record_type'), '012E');
    await page.waitForSelector(part('Score__c'));
    expect(await page.inputValue(part('Rank__c'))).toBe('');
    await fillOwn(page);
    await page.click('.quick [type=submit]');
    await page.waitForSelector(`${part('Rank__c')}[aria-invalid]:focus`);
    expect(await asked(page, 'save_contact')).toEqual([]);
  });

  test('a CRM that is slow or away stops nobody, and what it then says is asked for', async () => {
    const page = await desk.window({ crm: 0 });
    await page.evaluate(() => window.agent.stalled.set('describe_form', []));
    await newLead(page);
    await page.waitForSelector('.org :text-is("Leyendo qué pide Salesforce…")');
    await fillOwn(page);
    await page.evaluate(() => {
      const waiting = window.agent.stalled.get('describe_form')!;
      window.agent.stalled.delete('describe_form');
      waiting.forEach((go) => go());
    });
    await page.waitForSelector(part('Rank__c'));
    expect(await page.inputValue('.quick [name=last_name]')).toBe('Soto');
    await page.check('.quick [value=contact]');
    await page.waitForSelector('.org', { state: 'detached' });

    await page.evaluate(() => (window.agent.orgForm = { record_types: [], record_type: null, fields: [], values: [], read_at_ms: null }));
    await page.check('.quick [value=lead]');
    await page.waitForSelector('.org :text("Salesforce no responde.")');
    await page.click('.quick [type=submit]');
    await until(page, 'save_contact');
    expect((await asked(page, 'save_contact'))[0]!.further).toEqual([]);
  });

  test('what the agent does not take is said at its field', async () => {
    const page = await desk.window({ crm: 0 });
    await newLead(page);
    await fillOwn(page);
    await page.fill('.quick [name=email]', 'eva@taller.example');
    await page.selectOption(part('Rank__c'), 'A');
    await page.evaluate((connection) => {
      window.agent.failing.set('save_contact', 'invalid');
      window.agent.details.set('save_contact', `further.${connection}.Rank__c`);
    }, SALESFORCE);
    await page.click('.quick [type=submit]');
    await page.waitForSelector(`${part('Rank__c')}[aria-invalid]:focus`);
    expect(await page.locator('.quick [role=alert]').count()).toBe(0);
  });

  test('the form of «Contactos» asks for it as well, of new people alone', async () => {
    const page = await desk.window({ crm: 0 });
    await go(page, 'contacts');
    await page.click('button:has-text("Nuevo contacto")');
    await page.click('.sidepanel [role=radio]:has-text("Candidato")');
    await page.waitForSelector('.sidepanel .org :text-is("Para Salesforce")');
    await page.waitForSelector('.sidepanel :text("Salesforce pide: Correo.")');
    await page.fill('.sidepanel [name=last_name]', 'Soto');
    await page.fill('.sidepanel [name=company]', 'Taller');
    await page.click('.sidepanel [type=submit]');
    await page.waitForSelector(`.sidepanel [name="further.${SALESFORCE}.Rank__c"][aria-invalid]`);
    expect(await asked(page, 'save_contact')).toEqual([]);
  });
});

describe('a correction', () => {
  async function correcting(about: 'person' | 'entry', asks: RecordFormView | null = null) {
    const page = await desk.window({ connections: true });
    await page.evaluate((what) => {
      const { push, call } = window.agent.held.pushes[0]!;
      window.agent.drafts.set(call, { draft: { contact: window.agent.people[0]!.brief.id, subject: '', comment: '', disposition: null, ticket: null }, at: 0, edit: 1 });
      Object.assign(push, { about: what, reason: { reason: 'invalid', code: 'REQUIRED_FIELD_MISSING', fields: ['Rank__c'] } });
      const [one] = window.agent.snapshot.connections.list;
      window.agent.connection(one!.id, { can: { people: true, leads: true, tickets: false, logs_once: true } });
    }, about);
    await page.evaluate((form) => (window.agent.orgForm = form), asks);
    await go(page, 'settings');
    await page.click('#tab-settings-crm');
    await page.locator('[data-connection]').nth(0).locator('button:text-is("Cola")').click();
    await page.locator('[data-push]:has-text("Marcela Quesada") button:text-is("Corregir")').click();
    return page;
  }

  test('of what was refused for the person asks what the organisation requires of the person', async () => {
    const page = await correcting('person');
    const form = page.locator('[data-push] form');
    await form.locator(':text-is("Para Salesforce")').waitFor();
    await form.locator('button:text-is("Enviar corregida")').click();
    await page.waitForSelector('[name="person.Rank__c"][aria-invalid]:focus');
    expect(await asked(page, 'correct_push')).toEqual([]);
    await form.getByLabel('Rango').selectOption('A');
    await page.waitForFunction(() => window.agent.forms.some((one) => one.text.includes('"Rank__c":"A"')));
    await form.locator('button:text-is("Enviar corregida")').click();
    await until(page, 'correct_push');
    const [sent] = await asked(page, 'correct_push');
    expect(sent!.person).toEqual({ record_type: null, values: [{ key: 'Rank__c', value: 'A' }] });
    expect(sent).not.toHaveProperty('entry');
    expect(sent!.draft).not.toHaveProperty('further');
    const [described] = await asked(page, 'describe_form');
    expect([described!.kind, described!.push]).toEqual(['contact', sent!.push]);
  });

  test('with somebody who has a record there asks for nothing: nobody is to be created', async () => {
    const page = await correcting('person');
    const form = page.locator('[data-push] form');
    await form.getByLabel('Rango').waitFor();
    await form.locator('button:text-is("Descartar")').click();
    await page.evaluate(() => {
      const connection = window.agent.snapshot.connections.list[0]!.id;
      window.agent.people[0]!.records = [{ connection, kind: 'contact', id: '003A' }];
    });
    await page.locator('[data-push]:has-text("Marcela Quesada") button:text-is("Corregir")').click();
    await form.getByLabel('Asunto').waitFor();
    await form.locator('button:text-is("Enviar corregida")').click();
    await until(page, 'correct_push');
    expect((await asked(page, 'correct_push'))[0]).not.toHaveProperty('person');
    expect(await asked(page, 'describe_form')).toHaveLength(1);
  });

  test('of what was refused for the entry asks for its fields, with what is filled in', async () => {
    const page = await correcting('entry', REASONED);
    const form = page.locator('[data-push] form');
    await form.locator(':text-is("De la llamada en Salesforce")').waitFor();
    expect(await form.getByLabel('Motivo').inputValue()).toBe('Otro');
    await form.getByLabel('Motivo').fill('Garantía');
    await form.locator('button:text-is("Enviar corregida")').click();
    await until(page, 'correct_push');
    expect((await asked(page, 'correct_push'))[0]!.entry).toEqual({ record_type: null, values: [{ key: 'Reason__c', value: 'Garantía' }] });
    expect(page.faults).toEqual([]);
  });
});
