import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { ConnectFault, ConnectionView } from '../src/bindings/api';
import type { Scenario } from './double/agent.ts';
import { asked, until } from './asked.ts';
import { go } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

async function open(scenario: Partial<Scenario> = {}) {
  const page = await desk.window(scenario);
  await go(page, 'settings');
  await page.click('#tab-settings-crm');
  await page.waitForSelector('.settings-body .box');
  return page;
}

function change(page: Page, at: number, part: Partial<ConnectionView>): Promise<void> {
  return page.evaluate(([place, now]) => window.agent.connection(window.agent.snapshot.connections.list[place]!.id, now), [at, part] as const);
}

/** The n-th connection of the list. */
const row = (page: Page, at: number) => page.locator('[data-connection]').nth(at);

describe('connections to CRMs', () => {
  test('one is added, signed in with the browser, checked, and says that nobody tried it on a live account', async () => {
    const page = await open();
    await page.waitForSelector('.empty:has-text("Aún no hay conexiones")');
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=client_id][aria-invalid]:focus');
    expect(await asked(page, 'save_connection')).toEqual([]);
    await page.click('.crmform [role=radio]:has-text("Sandbox")');
    await page.fill('.crmform [name=client_id]', ' 3MVG9 ');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('[data-connection] .tag:text("Sin conectar")');
    expect(await asked(page, 'save_connection')).toEqual([{ id: null, name: '', setup: { kind: 'salesforce', login: { at: 'sandbox' }, client_id: '3MVG9' }, secret: null }]);
    await page.waitForSelector('[data-connection] .tag:text("Sin verificar en una cuenta real")');

    await row(page, 0).locator('button:text-is("Conectar")').click();
    await page.waitForSelector('[data-connection]:has-text("Termine de ingresar en el navegador.")');
    const [request] = await asked(page, 'connect');
    expect(request?.pages.done).toContain('Ya puede volver');
    await row(page, 0).locator('button:text-is("Cancelar")').click();
    await page.waitForSelector('[data-connection] .tag:text("Sin conectar")');

    await row(page, 0).locator('button:text-is("Conectar")').click();
    await until(page, 'connect', 2);
    await change(page, 0, { state: { state: 'connected' }, identity: { user: 'Lucía Mora', organisation: 'Central' }, token_ends_at_ms: null });
    await page.waitForSelector('[data-connection] .tag:text-is("Conectado")');
    await page.waitForSelector('[data-connection]:has-text("Ingresó Lucía Mora, Central")');
    await page.waitForSelector('[data-connection]:has-text("La sesión se renueva sola.")');
    await row(page, 0).locator('button:text-is("Comprobar")').click();
    await page.waitForSelector('.toast:has-text("Credenciales correctas: Lucía Mora.")');
    expect(page.faults).toEqual([]);
  });

  test('the secret of a webhook is written, never read, and kept when it is left empty', async () => {
    const page = await open();
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [role=radio]:has-text("Webhook")');
    await page.fill('.crmform [name=url]', 'registro.example');
    await page.fill('.crmform [name=secret]', 'una-clave-larga');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=url][aria-invalid]:focus');
    await page.fill('.crmform [name=url]', 'https://registro.example/llamadas');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('[data-connection]:has-text("https://registro.example/llamadas")');
    await row(page, 0).locator('button:text-is("Editar")').click();
    expect(await page.inputValue('.crmform [name=secret]')).toBe('');
    await page.fill('.crmform [name=name]', 'Registro');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('[data-connection] b:text("Registro")');
    const setup = { kind: 'webhook', url: 'https://registro.example/llamadas' };
    expect((await asked(page, 'save_connection')).map(({ name, secret, setup: made }) => ({ name, secret, made }))).toEqual([{ name: '', secret: 'una-clave-larga', made: setup }, { name: 'Registro', secret: null, made: setup }]);
  });

  test('Zoho is signed in to at its data centre, and the redirect to register is said', async () => {
    const page = await open();
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [role=radio]:has-text("Zoho CRM")');
    await page.selectOption('.crmform [name=centre]', 'eu');
    await page.waitForSelector('.crmform:has-text("http://localhost:1717/callback")');
    expect(await page.locator('.crmform [name=secret]').count(), 'a public client has none').toBe(0);
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=client_id][aria-invalid]:focus');
    await page.fill('.crmform [name=client_id]', '1000.ABC');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('[data-connection]:has-text("Zoho CRM"):has-text("Europa (zoho.eu)")');
    await page.waitForSelector('[data-connection] .tag:text("Sin verificar en una cuenta real")');
    expect(await asked(page, 'save_connection')).toEqual([{ id: null, name: '', setup: { kind: 'zoho', centre: 'eu', client_id: '1000.ABC', local: null }, secret: null }]);
  });

  test('Salesforce with user and password says that it ends, and why nobody is let in', async () => {
    const page = await open();
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [role=radio]:has-text("Con usuario y contraseña")');
    await page.waitForSelector('.crmform:has-text("Salesforce retira este ingreso en el verano de 2027")');
    expect(await page.locator('.crmform [name=client_id]').count()).toBe(0);
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=user][aria-invalid]:focus');
    await page.fill('.crmform [name=user]', 'ana@example.com');
    await page.fill('.crmform [name=secret]', 'claveTOKEN');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('[data-connection]');
    const setup = { kind: 'salesforce_password', login: { at: 'production' }, user: 'ana@example.com' };
    expect(await asked(page, 'save_connection')).toEqual([{ id: null, name: '', setup, secret: 'claveTOKEN' }]);
    await change(page, 0, { failure: { fault: 'forbidden', code: 'soap_login_disabled' } });
    await page.waitForSelector('[data-connection]:has-text("La organización tiene deshabilitado el ingreso con contraseña.")');
    await change(page, 0, { failure: { fault: 'sign_in' } });
    await page.waitForSelector('[data-connection]:has-text("El usuario o la contraseña no son correctos.")');
    expect(page.faults).toEqual([]);
  });

  test('a directory is only read: its form, what it says of a wrong password, no queue', async () => {
    const page = await open();
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [role=radio]:has-text("LDAP")');
    await page.waitForSelector('.crmform:has-text("solo consulta")');
    expect(await page.locator('.crmform [name=secret]').count(), 'nobody in particular has no password').toBe(0);
    await page.fill('.crmform [name=address]', 'https://directorio.example');
    await page.fill('.crmform [name=user]', ' uid=ana,ou=gente ');
    await page.fill('.crmform [name=authority]', 'algo');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=address][aria-invalid]:focus');
    await page.fill('.crmform [name=address]', 'ldaps://directorio.example');
    await page.fill('.crmform [name=secret]', 'sésamo');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=authority][aria-invalid]:focus');
    await page.fill('.crmform [name=authority]', '');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('[data-connection]:has-text("ldaps://directorio.example")');
    const setup = { kind: 'ldap', address: 'ldaps://directorio.example', user: 'uid=ana,ou=gente', base: null, authority: null };
    expect(await asked(page, 'save_connection')).toEqual([{ id: null, name: '', setup, secret: 'sésamo' }]);
    await row(page, 0).locator('.tag:text-is("Solo consulta")').waitFor();
    expect(await row(page, 0).locator('.tag:text-is("Nada por enviar")').count()).toBe(0);
    await change(page, 0, { failure: { fault: 'sign_in' } });
    await page.waitForSelector('[data-connection]:has-text("El usuario o la contraseña no son correctos.")');
    await change(page, 0, { failure: { fault: 'forbidden', code: 'certificate_not_trusted' } });
    await page.waitForSelector('[data-connection]:has-text("Nadie en quien este equipo confíe")');
    expect(page.faults).toEqual([]);
  });

  test('address books are copied: their form, how many people there are, and the button that looks again', async () => {
    const page = await open();
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [role=radio]:has-text("CardDAV")');
    await page.waitForSelector('.crmform:has-text("aun sin red")');
    await page.fill('.crmform [name=address]', 'libretas.example');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=address][aria-invalid]:focus');
    await page.fill('.crmform [name=address]', 'https://libretas.example');
    await page.fill('.crmform [name=user]', ' ana ');
    await page.fill('.crmform [name=secret]', 'sésamo');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('[data-connection]:has-text("https://libretas.example")');
    const setup = { kind: 'carddav', address: 'https://libretas.example', user: 'ana' };
    expect(await asked(page, 'save_connection')).toEqual([{ id: null, name: '', setup, secret: 'sésamo' }]);
    const copies = { people: 1, full: false, complete_at_ms: null, copying: true, fault: null };
    const words = row(page, 0).locator('[data-copies]');
    await change(page, 0, { state: { state: 'connected' }, copies });
    await row(page, 0).locator('[data-copies]:text-is("1 persona copiada · sincronizando…")').waitFor();
    expect(await row(page, 0).locator('.btn:text-is("Sincronizar")').isDisabled()).toBe(true);
    await change(page, 0, { copies: { ...copies, people: 1200, copying: false, full: true, complete_at_ms: Date.now(), fault: { fault: 'not_reached' } } });
    await row(page, 0).locator('[data-copies]:has-text("no caben más en este equipo")').waitFor();
    expect(await words.textContent()).toMatch(/^1[\s.\u00a0]?200 personas copiadas · .+ · sincronizado .+ · no caben/);
    await row(page, 0).locator('.btn:text-is("Sincronizar")').click();
    expect((await asked(page, 'send_now')).length).toBe(1);
    expect(page.faults).toEqual([]);
  });

  test('HubSpot takes the token of a private app, or a client with its secret', async () => {
    const page = await open();
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [role=radio]:has-text("HubSpot")');
    expect(await page.locator('.crmform [name=client_id]').count()).toBe(0);
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=secret][aria-invalid]:focus');
    await page.fill('.crmform [name=secret]', 'pat-na1-x');
    await page.click('.crmform [type=submit]');
    await row(page, 0).locator('button:text-is("Editar")').click();
    // Another way in: the token that is kept is not its secret.
    await page.click('.crmform [role=radio]:has-text("Con el navegador")');
    await page.fill('.crmform [name=client_id]', 'app-1');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=secret][aria-invalid]:focus');
    await page.fill('.crmform [name=secret]', 'secreto');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform', { state: 'detached' });
    expect((await asked(page, 'save_connection')).map(({ setup, secret }) => [setup, secret])).toEqual([
      [{ kind: 'hubspot', sign_in: { by: 'token' }, local: null }, 'pat-na1-x'],
      [{ kind: 'hubspot', sign_in: { by: 'browser', client_id: 'app-1' }, local: null }, 'secreto'],
    ]);
    expect(page.faults).toEqual([]);
  });

  test('what is typed stays through a look at another section, until it is saved or given up', async () => {
    const page = await open({ connections: true });
    await page.click('.settings-body > .row .btn');
    await page.fill('.crmform [name=client_id]', '3MVG9');
    await row(page, 0).locator('button:has-text("Editar")').click();
    await row(page, 0).locator('.crmform [name=name]').fill('Ventas Norte');
    await go(page, 'calls');
    await go(page, 'settings');
    await page.click('#tab-settings-crm');
    expect(await page.inputValue('[aria-labelledby=connection-new] [name=client_id]')).toBe('3MVG9');
    expect(await row(page, 0).locator('.crmform [name=name]').inputValue()).toBe('Ventas Norte');
    await page.click('[aria-labelledby=connection-new] button:has-text("Cancelar")');
    await page.click('.settings-body > .row .btn');
    expect(await page.inputValue('[aria-labelledby=connection-new] [name=client_id]')).toBe('');
  });

  test('a connection says when something was last sent there', async () => {
    const page = await open({ connections: true });
    const queue = { waiting: 2, stuck: 0, unknown: 0, last_sent_ms: Date.now() - 60_000 };
    expect(await page.locator('[data-last-sent]').count()).toBe(0);
    await change(page, 0, { queue });
    await row(page, 0).locator('[data-last-sent]:has-text("Último envío: ")').waitFor();
  });

  test('a described CRM asks for what its file says, and says where the key goes', async () => {
    const page = await open();
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [role=radio]:has-text("Otro CRM")');
    await page.waitForSelector('.crmform .banner:has-text("Sin verificar en una cuenta real")');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=address][aria-invalid]:focus');
    await page.fill('.crmform [name=address]', 'https://odoo.example/');
    await page.fill('.crmform [name="setting.database"]', 'ventas');
    await page.fill('.crmform [name=secret]', 'clave');
    await page.waitForSelector('.crmform:has-text("El secreto se guarda en el llavero"):has-text("van solo a https://odoo.example/.")');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('[data-connection]:has-text("https://odoo.example/")');
    // What was filled in for another file is not sent along.
    await row(page, 0).locator('button:text-is("Editar")').click();
    await page.selectOption('.crmform [name=file]', { label: 'SuiteCRM 8' });
    await page.fill('.crmform [name=client_id]', 'timbre');
    await page.fill('.crmform [name=secret]', 'otra');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform', { state: 'detached' });
    const setup = { kind: 'rest', address: 'https://odoo.example/', user: null };
    expect((await asked(page, 'save_connection')).map((one) => [one.setup, one.secret])).toEqual([
      [{ ...setup, file: { from: 'shipped', name: 'odoo' }, settings: { database: 'ventas' }, client_id: null }, 'clave'],
      [{ ...setup, file: { from: 'shipped', name: 'suitecrm' }, settings: {}, client_id: 'timbre' }, 'otra'],
    ]);
    expect(page.faults).toEqual([]);
  });

  test('a file of one’s own is judged as it is given, and chosen from the disk', async () => {
    const page = await open();
    await page.click('.settings-body > .row .btn');
    await page.click('.crmform [role=radio]:has-text("Otro CRM")');
    await page.selectOption('.crmform [name=file]', { label: 'Archivo propio…' });
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('.crmform [name=text][aria-invalid]');
    await page.fill('.crmform [name=text]', 'format = 1\nx = 2\n');
    await page.waitForSelector('.crmform [role=alert]:has-text("El archivo no sirve: línea 2, clave sign_in.kind.")');
    await page.click('.crmform [type=submit]');
    expect(await asked(page, 'save_connection')).toEqual([]);

    await page.setInputFiles('.crmform [type=file]', { name: 'casa.toml', mimeType: 'text/plain', buffer: Buffer.from('format = 1\n') });
    await page.waitForSelector('.crmform:has-text("van solo a https://casa.example/.")');
    expect(await page.locator('.crmform .banner').count(), 'it was tried on a live account').toBe(0);
    await page.fill('.crmform [name=user]', 'ana');
    await page.fill('.crmform [name=secret]', 'clave');
    await page.click('.crmform [type=submit]');
    await page.waitForSelector('[data-connection]:has-text("Archivo propio")');
    expect((await asked(page, 'save_connection')).map((one) => one.setup)).toEqual([
      { kind: 'rest', file: { from: 'own', text: 'format = 1\n' }, address: null, settings: {}, user: 'ana', client_id: null },
    ]);
    expect(page.faults).toEqual([]);
  });

  test('where a CRM has its own outcomes, whose are chosen from is a switch', async () => {
    const page = await open({ connections: true });
    await change(page, 0, { call_results: null });
    await row(page, 0).locator('.btn:text-is("Editar")').click();
    await row(page, 0).locator('.crmform').waitFor();
    expect(await row(page, 0).getByRole('switch').count()).toBe(0);
    await change(page, 0, { call_results: true });
    const own = row(page, 0).getByRole('switch', { name: 'Usar los resultados de llamada de Salesforce' });
    await own.click();
    await row(page, 0).locator('[role=switch][aria-checked=false]').waitFor();
    expect(await asked(page, 'use_call_results')).toMatchObject([{ on: false }]);
    expect(page.faults).toEqual([]);
  });

  test('why a check fails is said, as is why a sign-in failed', async () => {
    const page = await open({ connections: true });
    await page.waitForSelector('[data-connection]:has-text("Revise la clave de cliente y que la app esté aprobada. Código: invalid_grant.")');
    await row(page, 1).locator('button:text-is("Comprobar")').click();
    await page.waitForSelector('.toast:has-text("Código: invalid_grant.")');
    for (const [fault, said] of [[{ fault: 'port_taken' }, 'Otros programas ocupan los puertos'], [{ fault: 'timed_out', strangers: 2 }, 'Nadie terminó de ingresar a tiempo']] satisfies [ConnectFault, string][]) {
      await change(page, 1, { state: { state: 'signed_out' }, failure: fault });
      await page.waitForSelector(`[data-connection]:has-text("${said}")`);
    }
    expect(page.faults).toEqual([]);
  });

  test('a stuck row says why, is tried again, exported, and stays here after a question', async () => {
    const page = await open({ connections: true });
    await row(page, 0).locator('button:text-is("Cola")').click();
    const stuck = page.locator('[data-push]:has-text("Marcela Quesada")');
    await stuck.locator('.tag:text-is("Detenida")').waitFor();
    await stuck.locator(':text("Campos: Subject, Description. Código: STRING_TOO_LONG.")').waitFor();

    // It may have arrived: the agent looks for it, and nobody may send it twice.
    const unknown = page.locator('[data-push]:has-text("Sin confirmar")');
    await unknown.locator('button:text-is("Exportar")').waitFor();
    expect(await unknown.locator('button:text-is("Reintentar")').count()).toBe(0);

    await stuck.locator('button:text-is("Exportar")').click();
    await page.waitForSelector('.toast:has-text("CSV copiado.")');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('Cambio de plan');

    await stuck.locator('button:text-is("Reintentar")').click();
    await stuck.locator('.tag:text-is("Por enviar")').waitFor();
    await page.waitForSelector('[data-queue] .tag:text-is("2 por enviar")');
    expect(await page.locator('[data-queue] .tag:has-text("detenida")').count()).toBe(0);

    await stuck.locator('button:text-is("Dejar aquí")').click();
    await page.waitForSelector('.modal:has-text("No se enviará a Salesforce.")');
    expect(await asked(page, 'give_up_push')).toEqual([]);
    await page.click('.modal .hang');
    await stuck.waitFor({ state: 'detached' });
    await page.waitForSelector('[data-queue] .tag:text-is("1 por enviar")');
    expect(page.faults).toEqual([]);
  });

  test('a stuck row is corrected: what is typed is kept, also by a new window, and sent as the same entry', async () => {
    const page = await open({ connections: true });
    await row(page, 0).locator('button:text-is("Cola")').click();
    const stuck = page.locator('[data-push]:has-text("Marcela Quesada")');
    expect(await page.locator('[data-push]:has-text("Sin confirmar") button:text-is("Corregir")').count()).toBe(0);
    await stuck.locator('button:text-is("Corregir")').click();
    const subject = stuck.getByLabel('Asunto');
    await subject.waitFor();
    expect(await subject.evaluate((field) => field === document.activeElement)).toBe(true);
    await subject.fill('Plan nuevo');
    await stuck.getByLabel('Comentario').fill('Más corto');
    await until(page, 'keep_form');
    await page.waitForFunction(() => window.agent.forms.some((one) => one.text.includes('Más corto')));
    const forms = await page.evaluate(() => window.agent.forms);
    expect(forms.map((one) => one.form.of)).toEqual(['correction']);

    await stuck.locator('button:text-is("Enviar corregida")').click();
    await page.waitForSelector('.toast:has-text("Corregida")');
    await stuck.locator('.tag:text-is("Por enviar")').waitFor();
    await stuck.locator(':text("Plan nuevo")').waitFor();
    const sent = (await asked(page, 'correct_push'))[0]!;
    expect([sent.draft.subject, sent.draft.comment]).toEqual(['Plan nuevo', 'Más corto']);
    await page.waitForFunction(() => window.agent.forms.length === 0);
    expect(page.faults).toEqual([]);
  });

  test('of several people of the CRM the agent chooses one, and the same entry goes with that one', async () => {
    const page = await open({ connections: true });
    await change(page, 0, { can: { people: true, leads: true, tickets: false, logs_once: true } });
    await page.evaluate(() => {
      const connection = window.agent.snapshot.connections.list[0]!.id;
      window.agent.held.pushes[0]!.push.reason = { reason: 'ambiguous' };
      const one = (id: string, name: string, company: string) => ({ record: { connection, kind: 'contact' as const, id }, name, company, phones: ['+506 8555 0117'], email: null, contact: null });
      window.agent.known = [one('003A', 'Marcela Quesada', 'Ferretería El Yunque'), one('003B', 'Marcela Quesada', 'Taller Irazú')];
    });
    await row(page, 0).locator('button:text-is("Cola")').click();
    const stuck = page.locator('[data-push]:has-text("Marcela Quesada") >> nth=0');
    await stuck.locator(':text("Puede ser más de una persona del CRM. Elija una en Corregir.")').waitFor();
    await stuck.locator('button:text-is("Corregir")').click();
    await stuck.locator('.remote .opt:has-text("Taller Irazú") .tag:text-is("Salesforce")').waitFor();
    expect(await asked(page, 'take_remote'), 'nobody is chosen before').toEqual([]);
    await stuck.locator('.remote .opt:has-text("Taller Irazú")').click();
    await stuck.locator('.whosearch').waitFor({ state: 'detached' });
    expect((await asked(page, 'take_remote'))[0]).toMatchObject({ record: { id: '003B' }, call: null });
    const chosen = await page.evaluate(() => window.agent.people.find((one) => one.company === 'Taller Irazú')!.brief.id);
    await page.waitForFunction(() => window.agent.forms.some((one) => one.form.of === 'correction'));
    await stuck.locator('button:text-is("Enviar corregida")').click();
    await page.waitForSelector('.toast:has-text("Corregida")');
    expect((await asked(page, 'correct_push'))[0]?.draft).toMatchObject({ contact: chosen, ticket: null });
    expect(page.faults).toEqual([]);
  });

  test('a stuck card leads to its correction', async () => {
    const page = await desk.window({ crm: 0 });
    await page.click('.crow >> nth=10');
    await page.click('.pushes .btn:text-is("Corregir")');
    const form = page.locator('[data-push] form');
    await form.waitFor();
    expect(await form.getByLabel('Asunto').evaluate((field) => field === document.activeElement)).toBe(true);
    await form.locator('button:text-is("Descartar")').click();
    await form.waitFor({ state: 'detached' });
    await page.click('[data-connection] [aria-expanded=true]');
    await page.click('[data-connection] [aria-expanded=false] >> nth=0');
    await page.waitForSelector('[data-push]');
    expect(await form.count()).toBe(0);
    expect(page.faults).toEqual([]);
  });

  test('a correction that an earlier window left is open again, and can be discarded', async () => {
    const page = await open({ connections: true, correction: { contact: null, subject: 'A medias', comment: '', disposition: null, ticket: null } });
    await row(page, 0).locator('button:text-is("Cola")').click();
    const stuck = page.locator('[data-push]:has-text("Marcela Quesada")');
    const subject = stuck.getByLabel('Asunto');
    await subject.waitFor();
    expect(await subject.inputValue()).toBe('A medias');
    await stuck.locator('button:text-is("Descartar")').click();
    await subject.waitFor({ state: 'detached' });
    await page.waitForFunction(() => window.agent.forms.length === 0);
    expect(await asked(page, 'correct_push')).toEqual([]);
    await stuck.locator('button:text-is("Corregir")').click();
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('[data-push] input')?.value === '');

    await stuck.locator('button:text-is("Exportar")').click();
    await stuck.locator('button:text-is("Guardar en Descargas")').click();
    await stuck.locator('[role=status]:has-text("Descargas/timbre-call-")').waitFor();
    expect(page.faults).toEqual([]);
  });

  test('leaving asks while calls wait, and goes at once when none does', async () => {
    const page = await open({ connections: true });
    await row(page, 0).locator('button:text-is("Desconectar")').click();
    await page.waitForSelector('.modal:has-text("Faltan 3 llamadas por enviar")');
    await page.click('.modal .btn:not(.hang)');
    await page.waitForSelector('.modal', { state: 'detached' });
    await page.waitForSelector('[data-connection] .tag:text-is("Conectado")');
    await row(page, 0).locator('button:text-is("Desconectar")').click();
    await page.click('.modal .hang');
    await row(page, 0).locator('.tag:text-is("Sin conectar")').waitFor();
    expect((await asked(page, 'disconnect')).map(({ confirmed, forget }) => [confirmed, forget])).toEqual([[false, false], [false, false], [true, false]]);

    // What the vendor did not confirm is said.
    expect(await page.locator('.toast:has-text("no confirmó")').count()).toBe(0);
    await row(page, 1).locator('button:text-is("Desconectar")').click();
    await page.waitForSelector('.toast:has-text("Ventas no confirmó el fin de la sesión. Quite allí el acceso de Timbre.")');

    await row(page, 2).locator('button:text-is("Desconectar")').click();
    await row(page, 2).locator('.tag:text-is("Sin conectar")').waitFor();
    expect(await page.locator('.modal').count()).toBe(0);

    await row(page, 2).locator('button:text-is("Editar")').click();
    await page.click('.crmform button:has-text("Quitar conexión")');
    await page.click('.modal .hang');
    await page.waitForFunction(() => document.querySelectorAll('[data-connection]').length === 2);
    expect((await asked(page, 'disconnect')).at(-1)).toMatchObject({ confirmed: false, forget: true });
  });
});
