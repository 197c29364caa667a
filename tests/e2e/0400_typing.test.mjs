// What is typed is never lost, and never goes astray.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { CUSTOMER } from './exchange.mjs';
import { contact, outside, register } from './office.mjs';
import { until } from './process.mjs';
import { active, visible } from './windows.mjs';

/** At most this much typing may be lost. */
const LOST_MS = 300;
const TEXT = 'La clienta pide la factura del pedido y que se le confirme la entrega. '.repeat(4);

test('0400 killed while typing: the text is back, but for its last 300 ms', { timeout: 560_000 }, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  let page = await desk.start();
  await register(page, exchange);
  await page.ask('dial', { target: CUSTOMER.name, origin: 'keypad', account: null, contact: null, confirmed: false });
  await telephone.sees(/Incoming call/);
  await telephone.accept();
  await page.click(await page.find('textarea[id^=comment-]'));
  const keys = desk.run('xdotool', 'type', '--delay', '25', TEXT).catch(() => undefined);
  // How much stood in the field, and when that was known at the latest.
  const seen = [];
  await until('some text is typed', async () => {
    const length = await page.run(() => document.querySelector('textarea[id^=comment-]').value.length);
    seen.push({ length, at: Date.now() });
    return length > 100;
  });
  const killed = Date.now();
  await desk.stop('SIGKILL');
  const sure = Math.max(...seen.filter(({ at }) => at < killed - LOST_MS).map(({ length }) => length));
  assert.ok(sure > 20, `typed for long enough: ${sure}`);
  await keys;

  page = await desk.start();
  const { rows } = await page.ask('list_cards', { filter: 'history', direction: null, contact: null, text: '', after: null, limit: 10 });
  assert.equal(rows.length, 1);
  const { draft } = await page.ask('card', { call: rows[0].call });
  assert.ok(TEXT.startsWith(draft.comment), draft.comment);
  assert.ok(draft.comment.length >= sure, `${draft.comment.length} keys are back, ${sure} had to be`);
  // And it is there to be read, in the open card.
  await page.click(await page.find('[role=option], .crow, [id^=row-]'));
  await until('the card shows it', () => page.run((text) => document.querySelector('textarea[id^=comment-]')?.value === text, draft.comment));
}));

test('0410 a thousand keys into another window during twenty pop-ups: none is lost', { timeout: 560_000 }, scenario(async (desk) => {
  const { exchange, telephone } = await outside(desk);
  const page = await desk.start();
  await register(page, exchange);
  await contact(page);
  const other = await desk.otherWindow();
  const before = await active(desk);

  const line = 'abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmn';
  for (let round = 0; round < 20; round += 1) {
    // The keys come before the pop-up, while it appears, while it stands and while it goes.
    const typing = desk.run('xdotool', 'type', '--delay', '12', line);
    await telephone.dial();
    await until('the pop-up is there', async () => (await visible(desk, 400, 260)).length === 1);
    assert.equal(await active(desk), before, 'the active window is the same');
    await telephone.hangUp();
    await until('the pop-up is gone', async () => (await visible(desk, 400, 260)).length === 0);
    await typing;
    assert.equal(await active(desk), before, 'the active window is the same');
  }
  const keys = () => [...other.told().matchAll(/KeyPress event[\s\S]*?XLookupString gives \d bytes: \(\w+\) "(.)"/g)].map((found) => found[1]).join('');
  await until('every key arrived', () => keys().length >= 1000);
  assert.equal(keys(), line.repeat(20));
  assert.doesNotMatch(other.told().slice(other.told().indexOf('KeyPress')), /FocusOut/, 'the other window kept the focus');
}));
