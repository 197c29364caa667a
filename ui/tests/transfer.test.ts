import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { call, talk } from './states.ts';
import { Desk, DOCK, type Watched } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

/** A customer talks, and it is chosen where to send them. */
async function choosing(...[scenario, size]: Parameters<Desk['window']>): Promise<Watched> {
  const page = await desk.window(scenario, size);
  await call(page, 'incoming', '+506 8555 0117');
  await talk(page);
  await page.focus('#call');
  await page.keyboard.press('t');
  await page.waitForSelector('.transfer input:focus');
  return page;
}

const customer = (page: Watched) => page.evaluate(() => (window as unknown as { call: string }).call);
const name = (page: Watched) => page.textContent('.livename');

describe('sending the other side elsewhere', () => {
  test('Enter asks a colleague first; what is written stays on the customer’s card; «Completar» joins them', async () => {
    const page = await choosing();
    const card = await page.inputValue('input[id^=subject-]');
    await page.fill('input[id^=subject-]', 'Cobro doble');
    await page.fill('.transfer input', '231');
    await page.press('.transfer input', 'Enter');
    await until(page, 'consult', 1);
    expect(card).toBe('');
    expect(await asked(page, 'consult')).toMatchObject([{ call: await customer(page), to: '231', contact: null }]);
    await page.waitForSelector('.transfer', { state: 'detached' });
    await page.waitForSelector('.consultation:has-text("231")');
    expect(await name(page)).toBe('231');
    expect(await page.inputValue('input[id^=subject-]'), 'one interaction is one card').toBe('Cobro doble');

    const complete = page.locator('.consultation button:text-is("Completar")');
    await complete.click({ force: true });
    expect((await asked(page, 'join_calls')).length, 'nobody has answered yet').toBe(0);
    await page.evaluate(() => window.agent.talk(window.agent.calls.at(-1)!.id, 0));
    await page.waitForSelector('.consultation:has-text("Habla con")');
    await complete.click();
    await until(page, 'join_calls', 1);
    expect(await asked(page, 'join_calls')).toMatchObject([{ call: await customer(page) }]);
    await page.waitForSelector('.live', { state: 'detached' });
    expect(await page.inputValue('input[id^=subject-]'), 'the wrap-up is that of the customer').toBe('Cobro doble');
    expect(page.faults).toEqual([]);
  });

  test('Mayús Enter sends directly to the person who is marked', async () => {
    const page = await choosing();
    await page.fill('.transfer input', 'tom');
    await page.waitForSelector('.transfer [role=option][aria-selected=true]');
    await page.press('.transfer input', 'Shift+Enter');
    await until(page, 'transfer', 1);
    expect((await asked(page, 'transfer'))[0]?.to).toBe('ext. 231');
    await page.waitForSelector('.live .banner:has-text("Transfiriendo")');
    expect(await asked(page, 'consult')).toEqual([]);
    expect(page.faults).toEqual([]);
  });

  test('a call on hold is offered before anything is typed, and is joined', async () => {
    const page = await desk.window();
    await call(page, 'incoming', '+506 8555 0117');
    await talk(page);
    const held = await customer(page);
    await page.evaluate(() => window.agent.update((window as unknown as { call: string }).call, { held_at_ms: Date.now() }));
    await call(page, 'incoming', '+52 55 5550 0134', 'Ventas México');
    await talk(page);
    await page.click('.live [data-transfer]');
    await page.waitForSelector('.transfer [role=option]:has-text("Retenida")');
    await page.press('.transfer input', 'Enter');
    await until(page, 'join_calls', 1);
    expect(await asked(page, 'join_calls')).toEqual([{ call: await customer(page), with: held }]);
    expect(page.faults).toEqual([]);
  });

  test('«Volver» ends the question, Esc closes and gives the focus back, in the dock, too', async () => {
    const page = await choosing({}, DOCK);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.transfer', { state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.hasAttribute('data-transfer'))).toBe(true);
    expect((await asked(page, 'hang_up')).length, 'Esc never hangs up').toBe(0);
    await page.keyboard.press('Enter');
    await page.fill('.transfer input', '231');
    await page.press('.transfer input', 'Enter');
    await page.click('.consultation button:text-is("Volver")');
    await until(page, 'hang_up', 1);
    expect((await asked(page, 'hang_up'))[0]?.call).not.toBe(await customer(page));
    expect(page.faults).toEqual([]);
  });

  test('what came of it is said: it rings there, it failed and why', async () => {
    const page = await choosing();
    await page.keyboard.press('Escape');
    const told = (transfer: object) => page.evaluate((part) => window.agent.update((window as unknown as { call: string }).call, { transfer: part as never }), transfer);
    await told({ state: 'ringing' });
    await page.waitForSelector('.live .banner:has-text("Timbra en el destino")');
    await told({ state: 'failed', cause: 'busy' });
    await page.waitForSelector('.live .banner.warn:has-text("No se pudo transferir"):has-text("ocupada")');
    expect(page.faults).toEqual([]);
  });
});

describe('being sent elsewhere', () => {
  test('what costs is asked about; «Quedarse» and «Llamar» answer it, and nothing else is in the way', async () => {
    for (const [button, follow] of [['Quedarse', false], ['Llamar', true]] as const) {
      const page = await desk.window();
      await call(page, 'incoming', '+506 8555 0117');
      await talk(page);
      const sent = { sent_to: { number: '900 123 4567', reason: 'premium' as const } };
      await page.evaluate((change) => window.agent.update((window as unknown as { call: string }).call, change), sent);
      await page.waitForSelector('[role=alert]:has-text("La otra parte le pide llamar a 900 123 4567")');
      await page.click(`.banner button:text-is("${button}")`);
      await until(page, 'answer_transfer', 1);
      expect(await asked(page, 'answer_transfer')).toEqual([{ call: await customer(page), follow }]);
      await page.waitForSelector('.banner', { state: 'detached' });
    }
  });
});
