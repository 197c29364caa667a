// The exchange tells what the telephones of colleagues do, and a customer goes to one who is free.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { AGENT, CUSTOMER, Exchange, Telephone } from './exchange.mjs';
import { CUSTOMER_SAYS, register, talked } from './office.mjs';
import { until } from './process.mjs';
import { again, last, likeness, sweep } from './sound.mjs';
import { answer, ringing } from './windows.mjs';

const COLLEAGUE = { name: '231', password: '918273' };
const COLLEAGUE_SAYS = sweep(1.5, 3400, 5200);
const LIMIT = { timeout: 560_000 };

test('0950 a colleague rings, talks and is free, and a customer is sent there', LIMIT, scenario(async (desk) => {
  const exchange = await Exchange.start(desk, [AGENT, CUSTOMER, COLLEAGUE], true);
  const customer = await Telephone.start(exchange, CUSTOMER, again(CUSTOMER_SAYS, 40));
  const colleague = await Telephone.start(exchange, COLLEAGUE, again(COLLEAGUE_SAYS, 40));
  const page = await desk.start();
  await register(page, exchange);
  await page.press('Configuración');
  await page.press('Colegas');
  await page.press('Agregar colega');
  await page.type('[name=colleague-name-0]', 'Jorge Ureña');
  await page.type('[name=colleague-target-0]', COLLEAGUE.name);
  await page.press('Salvar');
  await until('the chip stands', () => page.run(() => document.querySelector('[data-colleagues]') !== null));
  await page.click(await page.find('[data-colleagues]'));
  const row = () => page.run(() => document.querySelector('.colleague')?.innerText.replace(/\s+/g, ' ') ?? '');
  const shows = (what, words) => until(what, async () => (await row()).includes(words));
  await shows('nobody calls', 'Disponible');
  await customer.dial(COLLEAGUE.name);
  await shows('it rings there', 'Timbrando');
  assert.match(await row(), /Le llama \+506 8888 7777.*Tomar/, 'who calls, and that it can be taken');
  await desk.picture('0950-rings');
  await colleague.accept();
  await shows('they talk', 'En llamada');
  await desk.picture('0950-talks');
  await customer.hangUp();
  await shows('it is over', 'Disponible');

  await page.press('Llamadas');
  await desk.otherWindow();
  await customer.dial();
  await answer(desk, await ringing(desk));
  await talked(page);
  await page.click(await page.find('[aria-label="Transferir esta llamada a Jorge Ureña"]'));
  await colleague.sees(/Incoming call[\s\S]*Incoming call/);
  await colleague.accept();
  await until('the call is over here', async () => (await page.ask('snapshot', {})).calls.length === 0);
  await until('the colleague hears the customer', () => likeness(CUSTOMER_SAYS, last(colleague.heard(), 5)) > 0.6);
}));
