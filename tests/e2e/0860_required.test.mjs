// A company that wants more of a new lead, and of a call, than our own forms ask for.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Company, connectSalesforce } from './company.mjs';
import { scenario } from './desk.mjs';
import { outcome, outside, register, talked } from './office.mjs';
import { until } from './process.mjs';
import { answer, ringing } from './windows.mjs';

const LIMIT = { timeout: 560_000 };

/** The customer calls, is answered, and hangs up after two seconds; `meanwhile` is done on the card. */
async function talk(desk, page, telephone, meanwhile) {
  await telephone.dial();
  await answer(desk, await ringing(desk));
  await talked(page, 2);
  await meanwhile();
  await telephone.hangUp();
  await until('the card of the ended call is shown', () => page.run(() => document.querySelector('.live') === null && document.querySelector('.crow') !== null));
}

async function save(page, subject) {
  await page.type('input[id^=subject-]', subject);
  await outcome(page, 'Interesado');
  // The card moves when the answer about tickets comes: it is pressed when nothing moves any more.
  await page.sees('Sin tickets abiertos');
  await page.press('Salvar');
}

test('0860 a new lead is asked for what the company requires, and what is missing all the same is corrected', LIMIT, scenario(async (desk) => {
  const company = await Company.start('salesforce');
  try {
    await company.set({ external_id: true, require: { object: 'Lead', field: 'Rank__c', choices: ['Alto', 'Bajo'] } });
    const types = [{ name: 'Hogar', values: { Rank__c: ['Bajo'] } }, { name: 'Empresa', values: { Rank__c: ['Alto'] } }];
    await company.set({ record_types: { object: 'Lead', types } });
    const { exchange, telephone } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    await connectSalesforce(desk, page, company);
    await page.press('Llamadas');
    await desk.otherWindow();

    let type;
    await talk(desk, page, telephone, async () => {
      await page.press('Nuevo candidato');
      await page.sees('Para Salesforce');
      // One's own type is there first; the list is that of the type.
      assert.deepEqual(await page.run(() => [...document.querySelectorAll('.quick [name$=".Rank__c"] option')].map((one) => one.value).filter(Boolean)), ['Bajo']);
      await page.choose('.quick [name$=".record_type"]', 'Empresa');
      type = await page.run(() => document.querySelector('.quick [name$=".record_type"]').value);
      await page.type('.quick [name=last_name]', 'Vargas Mora');
      await page.type('.quick [name=company]', 'Café Poás');
      await page.press('Salvar');
      await until('the field that is missing has the focus', () => page.run(() => document.activeElement?.getAttribute('name')?.endsWith('.Rank__c') && document.activeElement.getAttribute('aria-invalid') === 'true'));
      await desk.picture('0860-required');
      await page.choose('.quick [name$=".Rank__c"]', 'Alto');
      await desk.picture('0860-filled');
      await page.press('Salvar');
      await page.sees('Vargas Mora');
    });
    await save(page, 'Cotización');
    await page.sees('Enviado a Salesforce');
    const [lead, ...others] = await company.records('Lead');
    assert.deepEqual([lead.LastName, lead.Company, lead.Rank__c, others.length], ['Vargas Mora', 'Café Poás', 'Alto', 0]);
    assert.equal(lead.RecordTypeId, type);

    // From now on calls must say why; nobody could know when the next one was saved.
    await company.set({ require: { object: 'Task', field: 'Reason__c' } });
    await talk(desk, page, telephone, () => page.sees('Vargas Mora'));
    await save(page, 'Reclamo');
    await page.sees('Detenido en Salesforce');
    await page.press('Corregir');
    await page.sees('De la llamada en Salesforce');
    await page.type('[name="entry.Reason__c"]', 'Garantía');
    await desk.picture('0860-correction');
    await page.press('Enviar corregida');
    await page.sees('Corregida: se envía de nuevo.');
    await page.sees('Nada por enviar');
    const tasks = await company.records('Task');
    assert.deepEqual(tasks.map((task) => [task.Subject, task.WhoId, task.Reason__c ?? null]).sort(), [['Cotización', lead.Id, null], ['Reclamo', lead.Id, 'Garantía']]);
  } finally {
    await company.close();
  }
}));
