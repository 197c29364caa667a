// The exchange tells what waits in the mailbox, and the agent hears it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { AGENT, Exchange, Telephone } from './exchange.mjs';
import { CUSTOMER_SAYS, register, talked } from './office.mjs';
import { until } from './process.mjs';
import { again } from './sound.mjs';

const VOICEMAIL = { name: '8500', password: '918273' };
const LIMIT = { timeout: 300_000 };

test('0890 messages that wait stand at the line, and a press calls the mailbox', LIMIT, scenario(async (desk) => {
  const exchange = await Exchange.start(desk, [AGENT, VOICEMAIL], true);
  const voicemail = await Telephone.start(exchange, VOICEMAIL, again(CUSTOMER_SAYS, 20));
  const page = await desk.start();
  await register(page, exchange);
  const chip = () => page.run(() => document.querySelector('.chip.mailbox')?.textContent ?? '');
  await exchange.mailbox(AGENT, { fresh: 2, old: 1, number: VOICEMAIL.name });
  await until('two messages are told', async () => (await chip()).includes('2 mensajes nuevos'));
  await exchange.mailbox(AGENT, { fresh: 3, old: 1, number: VOICEMAIL.name });
  await until('a third message is told', async () => (await chip()).includes('3 mensajes nuevos'));
  await desk.picture('0890-waits');

  await page.click(await page.find('.chip.mailbox'));
  await voicemail.sees(/Incoming call/);
  await voicemail.accept();
  await talked(page);
  const [call] = (await page.ask('snapshot', {})).calls;
  assert.equal(call.direction, 'outgoing');
  await exchange.mailbox(AGENT, { fresh: 0, old: 4, number: VOICEMAIL.name });
  await until('nothing new waits', async () => (await chip()) === '');
  await desk.picture('0890-heard');
  await page.press('Colgar');
  await until('the call is over', async () => (await page.ask('snapshot', {})).calls.length === 0);
}));
