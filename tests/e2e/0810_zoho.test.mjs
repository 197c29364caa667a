// The company's other CRM: a caller whom nobody knows becomes a lead there.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Company, ENTER, ZONE, connectZoho, noTokenKept, timeThere } from './company.mjs';
import { scenario } from './desk.mjs';
import { CUSTOMER } from './exchange.mjs';
import { outcome, outside, register, talked } from './office.mjs';
import { until } from './process.mjs';
import { answer, ringing } from './windows.mjs';

const LIMIT = { timeout: 560_000 };

/** On the card: a new lead; what is required is said first. */
async function newLead(desk, page) {
  await page.press('Nuevo candidato');
  await page.choose('.quick [name$=".record_type"]', 'Hogar');
  await page.sees('Prefiere');
  await page.press('Salvar');
  await until('what is missing is said', () => page.run(() => ['last_name', 'company'].every((name) => document.querySelector(`.quick [name=${name}][aria-invalid]`) !== null)));
  await page.type('.quick [name=first_name]', 'Lucía');
  await page.type('.quick [name=last_name]', 'Vargas Mora');
  await page.type('.quick [name=company]', 'Café Poás');
  await page.type('.quick [name=email]', 'lucia@poas.example');
  await page.press('Salvar');
  await until('nothing is ticked yet', () => page.run(() => document.activeElement?.matches('.several [type=checkbox][aria-invalid]')));
  await desk.picture('0810-required');
  for (const value of ['Tea', 'Bread']) await page.click(await page.find(`.quick .several [value=${value}]`));
  await desk.picture('0810-ticked');
  await page.press('Salvar');
  await page.sees('Vargas Mora');
  await until('the form is gone', () => page.run(() => document.querySelector('.quick') === null));
}

test('0810 a caller whom nobody knows becomes a lead of Zoho, and the call is logged there with every field', LIMIT, scenario(async (desk) => {
  desk.env.TZ = ZONE;
  const company = await Company.start('zoho');
  try {
    // A search there knows only later what was made: the lead is made once all the same.
    await company.set({ unique_field: true, index_waits: true });
    await company.set({ field: { object: 'Leads', field: 'Prefiere', type: 'multiselectpicklist', choices: [['Tea', 'Té'], ['Bread', 'Pan'], ['Salt', 'Sal']] } });
    await company.set({ layouts: { object: 'Leads', layouts: [{}, { name: 'Hogar', generated: 'custom', default: [], requires: ['Prefiere'], values: { Prefiere: ['Tea', 'Bread'] } }] } });
    const { exchange, telephone } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    const browser = await connectZoho(desk, page, company);
    await page.press('Llamadas');

    await desk.otherWindow();
    await telephone.dial();
    const popup = await ringing(desk);
    await answer(desk, popup);
    await telephone.sees(/Call established/);
    await page.sees('Nadie en Zoho CRM tiene este número.');
    await newLead(desk, page);
    await talked(page, 2);
    await desk.picture('0810-talking');
    await telephone.hangUp();
    await until('the card of the ended call is shown', () => page.run(() => document.querySelector('.live') === null && document.querySelector('.crow') !== null));

    await page.type('input[id^=subject-]', 'Cotización');
    await page.type('textarea[id^=comment-]', `Veinte extensiones${ENTER}mañana`);
    await outcome(page, 'Interesado');
    await page.press('Salvar');
    await page.sees('Enviado a Zoho CRM');
    await desk.picture('0810-sent');

    const { rows } = await page.ask('list_cards', { filter: 'history', direction: null, contact: null, text: '', after: null, limit: 10 });
    const [{ call, started_at_ms: started, duration_s: duration }] = rows;
    const [lead, ...others] = await company.records('Leads');
    assert.equal(others.length + (await company.records('Contacts')).length, 0, 'one person was made');
    const { First_Name, Last_Name, Company: company_name, Email, Phone } = lead;
    assert.deepEqual([First_Name, Last_Name, company_name, Email, Phone], ['Lucía', 'Vargas Mora', 'Café Poás', 'lucia@poas.example', CUSTOMER.name]);
    assert.deepEqual([lead.Layout.name, lead.Prefiere], ['Hogar', ['Tea', 'Bread']]);
    const [logged, ...more] = await company.records('Calls');
    assert.equal(more.length, 0, 'it was told once');
    assert.ok(duration >= 2, `talked for ${duration} s`);
    const { id: _, Created_Time: __, Modified_Time: ___, Layout: ____, ...fields } = logged;
    assert.deepEqual(fields, {
      Subject: 'Cotización', Description: 'Veinte extensiones\nmañana', Call_Type: 'Inbound', Call_Start_Time: timeThere(started),
      Call_Duration: [Math.floor(duration / 60), duration % 60].map((part) => String(part).padStart(2, '0')).join(':'),
      Call_Result: 'Interested', Softphone_Call_Id: call, What_Id: { id: lead.id }, $se_module: 'Leads',
    });

    await page.press('Ver en Zoho CRM');
    await browser.sent('the record', (one) => one.includes(lead.id) || one.includes(logged.id));
    await page.press('Configuración');
    await page.sees('Nada por enviar');
    await desk.stop();
    await noTokenKept(desk);
  } finally {
    await company.close();
  }
}));
