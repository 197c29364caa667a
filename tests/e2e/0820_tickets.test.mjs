// A call about a case that the caller has open in Salesforce is logged at that case.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Company, connectSalesforce } from './company.mjs';
import { scenario } from './desk.mjs';
import { outcome, outside, register } from './office.mjs';
import { until } from './process.mjs';
import { answer, ringing } from './windows.mjs';

const LIMIT = { timeout: 560_000 };
const TICKET = '[name=ticket]';

test('0820 the case that a call was about is offered on the card, chosen, and tied to the call there', LIMIT, scenario(async (desk) => {
  const company = await Company.start('salesforce');
  try {
    const ana = await company.create('Contact', { FirstName: 'Ana', LastName: 'Mora Solís', MobilePhone: '8888-7777' });
    const leo = await company.create('Contact', { FirstName: 'Leo', LastName: 'Arias', MobilePhone: '8888-1111' });
    const extension = await company.create('Case', { Subject: 'La extensión 12 no timbra', ContactId: ana });
    await company.create('Case', { Subject: 'Factura repetida', ContactId: ana });
    await company.create('Case', { Subject: 'Cambio de plan', ContactId: leo });
    await company.set({ external_id: true });
    const { exchange, telephone } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    const browser = await connectSalesforce(desk, page, company);
    await page.press('Llamadas');

    await telephone.dial();
    await answer(desk, await ringing(desk));
    await telephone.sees(/Call established/);
    await page.press('Ana Mora Solís');
    await page.sees('2 tickets abiertos');
    const offered = () => page.run((css) => [...document.querySelectorAll(`${css} option`)].map((one) => one.textContent), TICKET);
    assert.ok(!(await offered()).some((words) => words.includes('Cambio de plan')), 'cases of others are not offered');
    assert.equal(await page.run((css) => document.querySelector(css).value, TICKET), '-1', 'none is chosen before');
    await page.choose(TICKET, 'La extensión 12 no timbra');
    await telephone.hangUp();
    await until('the card of the ended call is shown', () => page.run(() => document.querySelector('.live') === null && document.querySelector('.crow') !== null));

    await page.type('input[id^=subject-]', 'Extensión 12');
    await outcome(page, 'Satisfecho');
    await desk.picture('0820-card');
    await page.press('Salvar');
    await page.sees('Enviado a Salesforce');
    const [task, ...more] = await company.records('Task');
    assert.equal(more.length, 0, 'it was told once');
    assert.deepEqual([task.Subject, task.WhoId, task.WhatId], ['Extensión 12', ana, extension]);

    // The saved card says which case it was, and opens it.
    const open = () => {
      const field = [...document.querySelectorAll('.f')].find((one) => one.textContent.includes('La extensión 12 no timbra'));
      const link = field?.querySelector('.torecord');
      link?.click();
      return link !== undefined && link !== null;
    };
    await until('the case of the saved call is opened', () => page.run(open));
    await browser.sent('the case', (one) => one.startsWith(`${company.base}/lightning/r/Case/${extension}`));
    await desk.picture('0820-sent');
  } finally {
    await company.close();
  }
}));
