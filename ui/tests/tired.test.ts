/** What somebody does at the end of a shift: twice, half, in the wrong order; and where the queue is seen from. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { Scenario } from './double/agent.ts';
import { asked, until } from './asked.ts';
import { go } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

async function open(scenario: Partial<Scenario> = { connections: true }) {
  const page = await desk.window(scenario);
  await go(page, 'settings');
  await page.click('#tab-settings-crm');
  await page.waitForSelector('.settings-body .box');
  return page;
}

/** The names of the connections, as they stand. */
const names = (page: Page) => page.locator('[data-connection] b').allTextContents();
const row = (page: Page, name: string) => page.locator(`[data-connection]:has(b:text-is("${name}"))`);
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim());

describe('connections to CRMs, tired', () => {
  test('a double click on «Conectar» opens one page and cancels nothing', async () => {
    const page = await open({ connections: 'many' });
    await row(page, 'Zoho 1').locator('button:text-is("Conectar")').dblclick();
    await row(page, 'Zoho 1').locator('.tag:text-is("Ingresando")').waitFor();
    await row(page, 'Zoho 1').locator('button.busy:text-is("Conectar")').waitFor();
    // The page was closed: the agent gives up, once, and begins anew.
    await row(page, 'Zoho 1').locator('button:text-is("Cancelar")').dblclick();
    await row(page, 'Zoho 1').locator('.tag:text-is("Sin conectar")').waitFor();
    await row(page, 'Zoho 1').locator('button:text-is("Conectar")').click();
    await until(page, 'connect', 2);
    expect([(await asked(page, 'connect')).length, (await asked(page, 'cancel_connect')).length]).toEqual([2, 1]);
    expect(await page.locator('.crmform').count(), 'no second click opened anything').toBe(0);
    expect(page.faults).toEqual([]);
  });

  test('a form closes by Esc as long as nothing is typed, and opening another closes none', async () => {
    const page = await open();
    await row(page, 'Ventas').locator('button:text-is("Editar")').click();
    await page.waitForSelector('.crmform [name=name]:focus');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.crmform', { state: 'detached' });
    await row(page, 'Ventas').locator('button:text-is("Editar")').click();
    await page.fill('.crmform [name=client_id]', '3MVG-otra');
    await page.keyboard.press('Escape');
    await page.click('.settings-body > .row .btn');
    await row(page, 'Registro').locator('button:text-is("Editar")').click();
    await page.waitForFunction(() => document.querySelectorAll('.crmform').length === 3);
    expect(await row(page, 'Ventas').locator('[name=client_id]').inputValue()).toBe('3MVG-otra');
    expect(page.faults).toEqual([]);
  });

  test('the order of precedence is changed by buttons, which keep the focus', async () => {
    const page = await open();
    expect(await names(page)).toEqual(['Salesforce', 'Ventas', 'Registro']);
    await page.focus('[aria-label="Subir Registro"]');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('[data-connection] b')[1]?.textContent === 'Registro');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Subir Registro');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('[data-connection] b')[0]?.textContent === 'Registro');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Subir Registro');
    // The first goes no further.
    await page.keyboard.press('Enter');
    await page.click('[aria-label="Bajar Salesforce"]');
    await page.waitForFunction(() => document.querySelectorAll('[data-connection] b')[2]?.textContent === 'Salesforce');
    expect((await asked(page, 'move_connection')).map(({ place }) => place)).toEqual([1, 0, 2]);
    expect(page.faults).toEqual([]);
  });

  test('the foot of the window names the CRM that is sent to, and leads to its queue', async () => {
    const page = await desk.window({ connections: true });
    const foot = page.locator('.foot button');
    await foot.locator(':text-is("2 por enviar a Salesforce")').waitFor();
    await foot.locator(':text-is("2 por enviar a Salesforce")').click();
    await page.waitForSelector('[data-push]:has-text("Marcela Quesada")');
    await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Cola');
    expect(await focused(page)).toBe('Cola');

    const queue = (at: number, waiting: number, stuck = 0) => page.evaluate(([place, now, stopped]) => {
      const one = window.agent.snapshot.connections.list[place]!;
      window.agent.connection(one.id, { queue: { waiting: now, stuck: stopped, unknown: 0, last_sent_ms: null } });
    }, [at, waiting, stuck] as const);
    await queue(1, 3);
    await foot.locator(':text-is("5 por enviar a Salesforce y Ventas")').waitFor();
    await queue(2, 1);
    await foot.locator(':text-is("6 por enviar a 3 CRM")').waitFor();
    await queue(0, 0, 2);
    await queue(1, 0);
    await foot.locator(':text-is("1 por enviar a Registro")').waitFor();
    await page.click('.foot button:has-text("2 detenidas")');
    await row(page, 'Salesforce').locator('[aria-expanded=true]:text-is("Cola")').waitFor();
    await queue(0, 0);
    await queue(2, 0);
    await page.waitForSelector('.foot:not(:has(button))');
    expect(page.faults).toEqual([]);
  });
});
