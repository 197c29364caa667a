// A customer is sent to a colleague, who is asked first or not.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { AGENT, CUSTOMER, Exchange, Telephone } from './exchange.mjs';
import { CUSTOMER_SAYS, contact, outcome, register } from './office.mjs';
import { until } from './process.mjs';
import { again, last, likeness, sweep } from './sound.mjs';
import { answer, ringing } from './windows.mjs';

const COLLEAGUE = { name: '231', password: '918273' };
const COLLEAGUE_SAYS = sweep(1.5, 3400, 5200);
const LIMIT = { timeout: 560_000 };

/** An exchange with a customer and a colleague, and the agent in a call with the customer. */
async function talking(desk) {
  const exchange = await Exchange.start(desk, [AGENT, CUSTOMER, COLLEAGUE]);
  const customer = await Telephone.start(exchange, CUSTOMER, again(CUSTOMER_SAYS, 40));
  const colleague = await Telephone.start(exchange, COLLEAGUE, again(COLLEAGUE_SAYS, 40));
  const page = await desk.start();
  await register(page, exchange);
  await contact(page);
  await desk.otherWindow();
  await customer.dial();
  await answer(desk, await ringing(desk));
  await page.sees('Ferretería El Yunque');
  await page.button('Transferir');
  return { page, customer, colleague };
}

const calls = async (page) => (await page.ask('snapshot', {})).calls;

test('0880 a colleague is asked first, and the customer comes back or goes there', LIMIT, scenario(async (desk) => {
  const { page, customer, colleague } = await talking(desk);
  await page.type('input[id^=subject-]', 'Cobro doble');
  const consult = async () => {
    await page.press('Transferir');
    await page.type('.transfer input', COLLEAGUE.name);
    await page.sees('quedará en espera mientras consulta');
    await desk.picture('0880-choose');
    await page.press('Consultar');
    await page.sees('Llamando a ext. 231');
    await colleague.sees(/Incoming call/);
  };
  await consult();
  await desk.picture('0880-rings');
  await page.press('Volver');
  await until('the customer is back', async () => (await calls(page)).length === 1 && (await calls(page))[0].held_at_ms === null);

  await consult();
  await until('the colleague answers', async () => {
    await colleague.accept();
    return (await page.text()).includes('Habla con ext. 231');
  });
  assert.equal(await page.run(() => document.querySelector('input[id^=subject-]').value), 'Cobro doble', 'one interaction is one card');
  await desk.picture('0880-asked');
  await page.press('Completar');
  // This telephone does not know Replaces (RFC 3891): the customer rings there anew.
  await until('both calls are over here', async () => {
    await colleague.accept();
    return (await calls(page)).length === 0;
  });
  await until('the colleague hears the customer', () => likeness(CUSTOMER_SAYS, last(colleague.heard(), 5)) > 0.6);
  await until('the customer hears the colleague', () => likeness(COLLEAGUE_SAYS, last(customer.heard(), 5)) > 0.6);
  await outcome(page, 'Satisfecho');
  await page.press('Salvar');
  await until('nothing is left to save', async () => (await page.ask('snapshot', {})).counts.to_save === 0);
  await desk.picture('0880-saved');
}));

test('0885 a customer is sent directly, and stays when nobody is there', LIMIT, scenario(async (desk) => {
  const { page, customer, colleague } = await talking(desk);
  const direct = async (to) => {
    await page.press('Transferir');
    await page.press('Directa');
    await page.type('.transfer input', to);
    await page.sees('pasará sin consulta');
    await page.click(await page.find('.transferfoot .btn'));
  };
  await direct('299');
  await page.sees('No se pudo transferir.');
  await page.sees('Ese número no existe en la central.');
  await desk.picture('0885-nobody');
  assert.equal((await calls(page)).length, 1, 'the customer is still there');
  await direct(COLLEAGUE.name);
  await colleague.sees(/Incoming call/);
  await until('the colleague answers and the call is over here', async () => {
    await colleague.accept();
    return (await calls(page)).length === 0;
  });
  await until('the colleague hears the customer', () => likeness(CUSTOMER_SAYS, last(colleague.heard(), 5)) > 0.6);
  await until('the customer hears the colleague', () => likeness(COLLEAGUE_SAYS, last(customer.heard(), 5)) > 0.6);
}));

test('0887 a colleague joins the customer, is heard, and one after the other is put out', LIMIT, scenario(async (desk) => {
  const { page, customer, colleague } = await talking(desk);
  await page.type('input[id^=subject-]', 'Cobro doble');
  await page.press('Añadir');
  await page.type('.transfer input', COLLEAGUE.name);
  await page.press('Llamar');
  await colleague.sees(/Incoming call/);
  await until('the colleague answers', async () => {
    await colleague.accept();
    return (await page.text()).includes('Habla con ext. 231');
  });
  await page.press('Unir a los tres');
  await page.sees('Hablan 3 personas');
  // The other way is heard in s0180: this telephone writes nothing more of a call that was held.
  await until('the colleague hears the customer', () => likeness(CUSTOMER_SAYS, last(colleague.heard(), 5)) > 0.6);
  assert.equal(await page.run(() => document.querySelector('input[id^=subject-]').value), 'Cobro doble', 'one interaction is one card');
  await desk.picture('0887-three');
  await page.run(() => [...document.querySelectorAll('.consultation .row')].find((row) => row.textContent.includes('231')).querySelector('.hang').click());
  await colleague.sees(/terminated|session closed/i);
  await until('the customer stays', async () => (await calls(page)).length === 1 && (await calls(page))[0].held_at_ms === null);
  await page.press('Colgar');
  await customer.sees(/terminated|session closed/i);
  await desk.picture('0887-over');
}));
