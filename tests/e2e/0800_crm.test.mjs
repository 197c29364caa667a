// The company's CRM: signed in to by the browser, asked who calls, told of the call.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Browser, Company } from './company.mjs';
import { scenario } from './desk.mjs';
import { outcome, outside, register } from './office.mjs';
import { until } from './process.mjs';
import { answer, ringing } from './windows.mjs';

/** The key, as WebDriver has it. */
const ENTER = '\uE007';
const LIMIT = { timeout: 560_000 };

/** A place where it is another day than in Greenwich for the next hours. */
const ZONE = new Date().getUTCHours() < 10 ? 'Etc/GMT+12' : 'Pacific/Kiritimati';

/** The day of a moment there, as `2027-01-31`. */
function dayThere(ms) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms);
}

/** From the settings: adds the connection by its form, and signs in by the browser. */
async function connect(desk, page, company) {
  const browser = await Browser.install(desk);
  await page.press('Configuración');
  await page.press('Conexión CRM');
  await page.press('Agregar conexión');
  await page.press('Dominio propio');
  await page.type('[name=host]', company.base);
  await page.type('[name=client_id]', 'timbre');
  await desk.picture('0800-form');
  await page.press('Salvar');
  await page.press('Conectar');
  const address = await browser.sent('the page to sign in', (one) => one.includes('/services/oauth2/authorize?'));
  const asked = new URL(address).searchParams;
  assert.deepEqual([asked.get('response_type'), asked.get('code_challenge_method')], ['code', 'S256']);
  await page.sees('Termine de ingresar en el navegador.');
  await desk.picture('0800-signing-in');
  assert.match(await browser.agree(address), /Listo\. Ya puede volver a Timbre/);
  await page.sees('Conectado');
  await page.sees('Ingresó ana@example.com');
  await page.press('Comprobar');
  await page.sees('Credenciales correctas: ana@example.com.');
  await desk.picture('0800-connected');
  return browser;
}

/** No file of the app, and no line of its log, has a token in it. */
async function noTokenKept(desk) {
  const found = await desk.run('sh', '-c', `grep -rlaE '00D!|5Aep' '${desk.env.HOME}' '${desk.folder}/log' || true`);
  assert.equal(found, '');
  assert.match(readFileSync(desk.logFile(), 'utf8'), / (DEBUG|INFO|WARN) /, 'there was a log to look at');
}

test('0800 a caller whom only Salesforce knows is shown, taken over and logged there with every field', LIMIT, scenario(async (desk) => {
  desk.env.TZ = ZONE;
  const company = await Company.start('salesforce');
  try {
    // As somebody typed it there.
    const ana = await company.create('Contact', { FirstName: 'Ana', LastName: 'Mora Solís', MobilePhone: '8888-7777' });
    await company.set({ rotates: true, external_id: true });
    const { exchange, telephone } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    const browser = await connect(desk, page, company);
    await page.press('Llamadas');

    await desk.otherWindow();
    await telephone.dial();
    const popup = await ringing(desk);
    // The same words stand in the main window for screen readers; what the pop-up itself shows is in the picture.
    await page.sees('Ana Mora Solís');
    await page.sees('En Salesforce');
    await desk.picture('0800-pop-up');
    await answer(desk, popup);
    await telephone.sees(/Call established/);
    await until('they have talked for two seconds', async () => /\b0?0:(0[2-9]|[1-5]\d)\b/.test(await page.text()));
    await page.press('Ana Mora Solís');
    await page.sees('Ana Mora Solís, de Salesforce, quedó asignado a la llamada.');
    await desk.picture('0800-talking');
    await telephone.hangUp();
    await until('the card of the ended call is shown', () => page.run(() => document.querySelector('.live') === null && document.querySelector('.crow') !== null));

    await page.type('input[id^=subject-]', 'Factura 27');
    await page.type('textarea[id^=comment-]', `Pide la factura${ENTER}urgente`);
    await outcome(page, 'Satisfecho');
    await desk.picture('0800-card');
    await page.press('Salvar');
    await page.sees('Llamada salvada');
    await page.sees('Enviado a Salesforce');
    await desk.picture('0800-sent');

    const { rows } = await page.ask('list_cards', { filter: 'history', direction: null, contact: null, text: '', after: null, limit: 10 });
    assert.equal(rows.length, 1);
    const { call, started_at_ms: started, duration_s: duration } = rows[0];
    const [task, ...more] = await company.records('Task');
    assert.equal(more.length, 0, 'it was told once');
    const expected = {
      Subject: 'Factura 27', Description: 'Pide la factura\nurgente', CallDisposition: 'Satisfecho', CallType: 'Inbound', CallDurationInSeconds: duration,
      WhoId: ana, ActivityDate: dayThere(started), Status: 'Completed', TaskSubtype: 'Call', CallObject: task.CallObject, Softphone_Call_Id__c: task.CallObject,
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(task[name], value, name);
    assert.ok(duration >= 2, `talked for ${duration} s`);
    assert.equal(task.CallObject, call, 'the mark is that of the call');
    assert.equal((await company.records('Contact')).length, 1, 'nobody was created there');

    await page.press('Ver en Salesforce');
    await browser.sent('the record', (one) => one.startsWith(`${company.base}/lightning/r/`));
    // Notes of what was done stand over the button for a while.
    await until('no note is shown', () => page.run(() => document.querySelector('.toast') === null));
    await page.press('Configuración');
    await page.sees('Nada por enviar');
    await desk.stop();
    await noTokenKept(desk);
  } finally {
    await company.close();
  }
}));
