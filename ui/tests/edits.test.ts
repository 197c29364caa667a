/** People who were changed both here and in a CRM: what the agent decides. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { go } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

/** The contact of the double who was changed in both places, open in the panel. */
async function doubtful() {
  const page = await desk.window({ crm: 0 });
  await go(page, 'settings');
  await page.click('#tab-settings-crm');
  const name = page.locator('[data-connection]:has-text("1 contacto por revisar") ul:right-of(:text-is("Revise a:")) button');
  await name.waitFor();
  await name.click();
  await page.waitForSelector('.sidepanel form.clash');
  return page;
}

describe('a person who was changed in both places', () => {
  test('is found from the connection, and decided field by field with the keyboard', async () => {
    const page = await doubtful();
    const form = page.locator('form.clash');
    expect(await form.locator('input:checked').count(), 'nothing is chosen beforehand').toBe(0);
    await form.locator('button:text-is("Aplicar")').click({ force: true });
    expect((await asked(page, 'decide_clashes')).length, 'nothing to apply yet').toBe(0);
    await form.locator('input[type=radio]').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until(page, 'decide_clashes', 1);
    expect(await asked(page, 'decide_clashes')).toMatchObject([{ choices: [{ field: 'last_name', side: 'there', there: 'Rojas' }] }]);
    await form.locator('fieldset').nth(1).waitFor({ state: 'detached' });
    expect(await form.locator('legend').allTextContents()).toEqual(['Correo']);
    expect(page.faults).toEqual([]);
  });

  test('all of one side is chosen at once and still has to be applied', async () => {
    const page = await doubtful();
    await page.click('form.clash button:text-is("Todo lo de aquí")');
    expect((await asked(page, 'decide_clashes')).length).toBe(0);
    await page.click('form.clash button:text-is("Aplicar")');
    await page.waitForSelector('form.clash', { state: 'detached' });
    expect(await asked(page, 'decide_clashes')).toMatchObject([{ choices: [{ field: 'last_name', side: 'here' }, { field: 'email', side: 'here' }] }]);
    expect(page.faults).toEqual([]);
  });
});
