// The company's CRM: signed in to by the browser, asked who calls, told of the call.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Company, ENTER, ZONE, connectSalesforce, noTokenKept, timeThere } from './company.mjs';
import { scenario } from './desk.mjs';
import { outcome, outside, register, talked } from './office.mjs';
import { until } from './process.mjs';
import { answer, ringing } from './windows.mjs';

const LIMIT = { timeout: 560_000 };

/** The day of a moment there, as `2027-01-31`. */
const dayThere = (ms) => timeThere(ms).slice(0, 10);

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
    const browser = await connectSalesforce(desk, page, company);
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
    await talked(page, 2);
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
    await page.press('Configuración');
    await page.sees('Nada por enviar');
    await desk.stop();
    await noTokenKept(desk);
  } finally {
    await company.close();
  }
}));
