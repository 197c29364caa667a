// A contact who is in the company's CRM, too, is edited here and there.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Company, connectSalesforce } from './company.mjs';
import { scenario } from './desk.mjs';
import { outside, register } from './office.mjs';
import { until } from './process.mjs';

const LIMIT = { timeout: 560_000 };

test('0870 what is edited in the window arrives at Salesforce, and what both sides changed is decided by the agent', LIMIT, scenario(async (desk) => {
  const company = await Company.start('salesforce');
  try {
    const ana = await company.create('Contact', { FirstName: 'Ana', LastName: 'Mora', MobilePhone: '8888-7777', Email: 'ana@yunque.example' });
    const { exchange } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    await connectSalesforce(desk, page, company);
    const found = await page.ask('find_remote', { by: 'text', text: 'Ana Mora', connection: null });
    await page.ask('take_remote', { record: found.people[0].record, call: null });
    const there = async () => (await company.records('Contact')).find((one) => one.Id === ana).LastName;

    /** The agent writes behind the last name and saves. */
    const edit = async (more) => {
      await page.press('Editar contacto');
      await page.type('[name=last_name]', more);
      await page.press('Guardar');
    };
    await page.press('Contactos');
    await page.click(await page.find('.trow[aria-selected] .m'));
    await edit(' Solís');
    await until('Salesforce has the new name', async () => (await there()) === 'Mora Solís');

    await company.set({ change: { object: 'Contact', id: ana, record: { LastName: 'Rojas' } } });
    await edit(' Arias');
    await page.sees('Cambió también en Salesforce.');
    await page.sees('Rojas');
    await desk.picture('0870-clash');
    assert.equal(await there(), 'Rojas', 'nothing is written over');

    await page.press('Configuración');
    await page.press('Conexión CRM');
    await page.sees('1 contacto por revisar');
    await desk.picture('0870-doubts');
    await page.press('Ana Mora Solís Arias');
    await page.click(await page.find('form.clash input[value=here]'));
    await page.press('Aplicar');
    await until('Salesforce has what was decided', async () => (await there()) === 'Mora Solís Arias');
    await until('nothing is asked any more', async () => !(await page.text()).includes('Cambió también'));
    await desk.picture('0870-decided');
  } finally {
    await company.close();
  }
}));
