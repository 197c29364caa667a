import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { call, talk } from './states.ts';
import { Desk, DOCK, type Watched } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

const first = (page: Watched) => page.evaluate(() => (window as unknown as { call: string }).call);

/** A customer talks. */
async function customer(...[scenario, size]: Parameters<Desk['window']>): Promise<Watched> {
  const page = await desk.window(scenario, size);
  await call(page, 'incoming', '+506 8555 0117');
  await talk(page);
  await page.focus('#call');
  return page;
}

/** A colleague is called to join, and answers. */
async function colleague(page: Watched): Promise<string> {
  await page.keyboard.press('a');
  await page.fill('.transfer input', '231');
  await page.press('.transfer input', 'Enter');
  await until(page, 'consult', 1);
  await page.waitForSelector('.consultation:has-text("231")');
  return page.evaluate(() => {
    const { id } = window.agent.calls.find((one) => one.consults_for !== null) ?? { id: '' };
    window.agent.update(id, { state: 'talking', answered_at_ms: Date.now() });
    return id;
  });
}

describe('a conference', () => {
  test('A calls somebody to join, who is joined from the consultation; the customer’s card stays', async () => {
    const page = await customer();
    await page.fill('input[id^=subject-]', 'Cobro doble');
    await page.focus('#call');
    const id = await colleague(page);
    await page.click('.consultation button:text-is("Unir a los tres")');
    await until(page, 'conference', 1);
    expect(await asked(page, 'conference')).toEqual([{ call: id, with: await first(page) }]);
    await page.waitForSelector('.consultation:has-text("Hablan 3 personas")');
    expect(await page.inputValue('input[id^=subject-]')).toBe('Cobro doble');
    expect(await page.locator('.heldcall').count(), 'nobody waits').toBe(0);
  });

  test('who waits is joined at once by A; one is talked to alone, one is put out, «Colgar» ends it for all', async () => {
    for (const act of ['alone', 'out', 'all'] as const) {
      const page = await customer();
      const id = await colleague(page);
      await page.focus('#call');
      await page.keyboard.press('a');
      await until(page, 'conference', 1);
      const people = page.locator('.consultation .row');
      await expect.poll(() => people.count()).toBe(2);
      if (act === 'alone') {
        await people.first().locator('button:text-is("A solas")').click();
        await until(page, 'split_conference', 1);
        await page.waitForSelector('.heldcall');
      } else if (act === 'out') {
        await people.last().locator('.hang').click();
        expect(await asked(page, 'hang_up')).toEqual([{ call: id }]);
      } else {
        await page.click('.live > .btn.hang');
        await until(page, 'hang_up', 2);
        expect((await asked(page, 'hang_up')).map((one) => (one as { call: string }).call).sort()).toEqual([id, await first(page)].sort());
      }
    }
  });

  test('in the dock it is the same, and Esc gives the focus back to the key', async () => {
    const page = await customer(undefined, DOCK);
    await page.keyboard.press('a');
    await page.waitForSelector('.transfer[aria-label="Añadir a la llamada"]');
    expect(await page.locator('.transfer .seg').count(), 'nothing is sent').toBe(0);
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-add]:focus');
  });
});
