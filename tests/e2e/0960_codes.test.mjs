// The kind of exchange is chosen, and a call is parked by its code.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { AGENT, CUSTOMER, Exchange, Telephone } from './exchange.mjs';
import { CUSTOMER_SAYS, contact, register } from './office.mjs';
import { until } from './process.mjs';
import { again, last, likeness, sweep } from './sound.mjs';
import { answer, ringing } from './windows.mjs';

/** It stands for the place where calls are parked. */
const LOT = { name: '231', password: '918273' };
const ESCAPE = '\uE00C';
const LIMIT = { timeout: 560_000 };

/** Chooses the exchange by name, and the lot as its own code for parking. */
async function choose(page) {
  await page.press('Configuración');
  await page.click(await page.find('.setting [aria-expanded]'));
  await page.sees('Tipo de central');
  await page.choose('select[name=profile]', 'FreePBX');
  await page.click(await page.find('.accountform > details > summary'));
  await page.click(await page.find('.accountform details details > summary'));
  await page.type('input[name=park]', LOT.name);
}

test('0960 a call is parked by the code of the exchange', LIMIT, scenario(async (desk) => {
  const exchange = await Exchange.start(desk, [AGENT, CUSTOMER, LOT]);
  const customer = await Telephone.start(exchange, CUSTOMER, again(CUSTOMER_SAYS, 40));
  const lot = await Telephone.start(exchange, LOT, again(sweep(1.5, 3400, 5200), 40));
  const page = await desk.start();
  await register(page, exchange);
  await contact(page);
  await choose(page);
  await desk.picture('0960-form');
  await page.click(await page.find('.accountform button[type=submit]'));
  await until('the codes are kept', async () => (await page.ask('snapshot', {})).accounts[0].codes.park === LOT.name);
  await page.press('Llamadas');
  await page.click(await page.find('.chip.line'));
  await page.sees('Recuperar lo aparcado');
  await desk.picture('0960-menu');
  await page.keys(await page.find('.menu'), ESCAPE);

  await desk.otherWindow();
  await customer.dial();
  await answer(desk, await ringing(desk));
  await page.sees('Grabar en la central');
  await desk.picture('0960-call');
  await page.press('Aparcar');
  await lot.sees(/Incoming call/);
  await until('it is parked, and over here', async () => {
    await lot.accept();
    return (await page.ask('snapshot', {})).calls.length === 0;
  });
  await until('the lot hears the customer', () => likeness(CUSTOMER_SAYS, last(lot.heard(), 5)) > 0.6);
  assert.equal((await page.ask('snapshot', {})).counts.to_save, 1, 'the customer’s card is still to be written');
}));
