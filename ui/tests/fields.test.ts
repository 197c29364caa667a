/** «Campos personalizados»: in the form, on the contact, and where they are defined. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { go } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

async function person(page: Page, name: string): Promise<void> {
  await go(page, 'contacts');
  await page.click(`.trow:has-text("${name}") >> .m`);
  await page.waitForSelector(`.panelhead :text("${name}")`);
}

async function edit(page: Page): Promise<void> {
  await page.click('.panelhead .btn:not(.call):not(.ic)');
  await page.waitForSelector('.sidepanel form');
}

async function settings(page: Page): Promise<void> {
  await go(page, 'settings');
  await page.click('#tab-settings-contacts');
  await page.waitForSelector('#settings-part h2');
}

const note = (page: Page, name: string) => page.locator(`.f:has([name="${name}"]) .c-miss`);

describe('in the form of a person', () => {
  test('they stand after the address and before Guardar, and are stored as they are kept', async () => {
    const page = await desk.window({ fields: true });
    await person(page, 'Marcela');
    await edit(page);
    await page.check('label:has-text("Agregar dirección") input');
    const order = await page.locator('.sidepanel form').evaluate((form) => ['[name=first_name]', '[name=street]', '[name="custom.0"]', '[type=submit]'].map((one) => [...form.querySelectorAll('*')].indexOf(form.querySelector(one)!)));
    expect(order.every((at) => at >= 0)).toBe(true);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    await page.uncheck('label:has-text("Agregar dirección") input');
    expect(await page.locator('.custom label').allInnerTexts()).toEqual(['Interés', 'Límite de crédito', 'Cliente desde', expect.stringMatching(/^Nivel\s*\*/)]);
    expect(await page.inputValue('[name="custom.3"]')).toBe('Oro');
    await page.fill('[name="custom.0"]', ' Jardinería ');
    await page.fill('[name="custom.1"]', '-12,5');
    await page.fill('[name="custom.2"]', '');
    await page.selectOption('[name="custom.3"]', 'Plata');
    await page.click('.bar [type=submit]');
    await until(page, 'save_contact');
    expect((await asked(page, 'save_contact'))[0]?.custom).toEqual([{ key: 'interes', value: 'Jardinería' }, { key: 'limite', value: '-12.5' }, { key: 'nivel', value: 'Plata' }]);
    await page.waitForSelector('.panelhead');
    // What stood in a field that is not defined any more is still there.
    expect(await page.evaluate(() => window.agent.people[3]!.custom.some((one) => one.key === 'retirado'))).toBe(true);
    expect(page.faults).toEqual([]);
  });

  test('a required one that is empty is said at its place and stores nothing; one of a wrong form is said where the agent found it', async () => {
    const page = await desk.window({ fields: true });
    await person(page, 'Daniel');
    await edit(page);
    await page.click('.bar [type=submit]');
    await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'custom.3');
    expect(await page.getAttribute('[name="custom.3"]', 'aria-invalid')).toBe('true');
    expect(await note(page, 'custom.3').innerText()).toBe('Seleccione una opción.');
    expect(await asked(page, 'save_contact')).toEqual([]);
    await page.selectOption('[name="custom.3"]', 'Oro');
    await page.waitForSelector('.f:has([name="custom.3"]) .c-miss', { state: 'detached' });

    await page.fill('[name="custom.1"]', 'mucho');
    await page.click('.bar [type=submit]');
    await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'custom.1');
    expect(await note(page, 'custom.1').innerText()).toContain('Escriba un número');
    expect(await page.innerText('.banner.error')).toContain('1 dato por corregir');
    await page.fill('[name="custom.1"]', '100');
    await page.waitForSelector('.banner.error', { state: 'detached' });

    // Half a day reads as none: it would be lost without a word.
    await page.focus('[name="custom.2"]');
    await page.keyboard.type('31');
    await page.click('.bar [type=submit]');
    await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'custom.2');
    expect(await note(page, 'custom.2').innerText()).toContain('fecha completa');
    expect(await asked(page, 'save_contact')).toHaveLength(1);
    await page.fill('[name="custom.2"]', '2027-01-31');
    await page.click('.bar [type=submit]');
    await until(page, 'save_contact', 2);
    expect((await asked(page, 'save_contact'))[1]?.custom).toEqual([{ key: 'limite', value: '100' }, { key: 'cliente_desde', value: '2027-01-31' }, { key: 'nivel', value: 'Oro' }]);
    await page.waitForSelector('.panelhead');
    expect(page.faults).toEqual([]);
  });

  test('where none is defined none is sent, so that what is stored stays', async () => {
    const page = await desk.window();
    await person(page, 'Daniel');
    await edit(page);
    expect(await page.locator('.custom').count()).toBe(0);
    await page.click('.bar [type=submit]');
    await until(page, 'save_contact');
    expect((await asked(page, 'save_contact'))[0]).not.toHaveProperty('custom');
  });
});

test('on the contact they are written as the language writes them, without those that are empty or not defined any more', async () => {
  const page = await desk.window({ fields: true });
  await person(page, 'Marcela');
  const shown = page.locator('section:has(> h3:text-is("Campos personalizados")) > .kv');
  expect(await shown.locator('dt').allInnerTexts()).toEqual(['Límite de crédito', 'Cliente desde', 'Nivel']);
  const [limit, since, level] = await shown.locator('dd').allInnerTexts();
  expect(limit?.replace(/\s/gu, ' ')).toBe('1 250 000,5');
  expect([since, level]).toEqual(['9 de marzo de 2021', 'Oro']);
  await page.click('.trow:has-text("Daniel") >> .m');
  await page.waitForSelector('.panelhead :text("Daniel")');
  expect(await page.locator('h3:text-is("Campos personalizados")').count()).toBe(0);
  expect(page.faults).toEqual([]);
});

describe('where they are defined', () => {
  test('fields are added, ordered and stored under keys of their own', async () => {
    const page = await desk.window({ fields: true });
    await settings(page);
    for (const name of ['Año de ingreso', 'Nivel']) {
      await page.click('#settings-part h2 + .btn');
      await page.waitForFunction(() => document.activeElement?.getAttribute('name')?.startsWith('field-label-'));
      await page.keyboard.type(name);
    }
    await page.locator('[data-field] select >> nth=4').selectOption('number');
    await page.locator('[data-field] select >> nth=5').selectOption('choice');
    await page.check('[data-field] >> nth=4 >> input[type=checkbox]');
    await page.click('.settings-body [type=submit]');
    await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA' && document.activeElement.getAttribute('aria-invalid') === 'true');
    expect(await page.locator('[data-field] >> nth=5 >> .c-miss').innerText()).toContain('al menos una opción');
    await page.keyboard.type('Alto\n\n Bajo, o medio \n');
    // The last goes first, by the keyboard alone.
    await page.focus('[data-field] >> nth=5 >> [data-move="-1"]');
    for (let at = 4; at >= 0; at--) {
      await page.keyboard.press('Enter');
      await page.waitForFunction((place) => [...document.querySelectorAll('[data-field]')].findIndex((one) => one.contains(document.activeElement)) === place, at);
    }
    expect(await page.locator('[data-field] >> nth=0 >> [data-move="-1"]').getAttribute('aria-disabled')).toBe('true');
    await page.click('.settings-body [type=submit]');
    await until(page, 'save_contact_fields', 2);
    const { list } = (await asked(page, 'save_contact_fields'))[1]!;
    expect(list.map((one) => one.key)).toEqual(['nivel_2', 'interes', 'limite', 'cliente_desde', 'nivel', 'ano_de_ingreso']);
    expect(list[0]).toEqual({ key: 'nivel_2', label: 'Nivel', kind: 'choice', choices: ['Alto', 'Bajo, o medio'], required: false });
    expect(list[5]).toEqual({ key: 'ano_de_ingreso', label: 'Año de ingreso', kind: 'number', choices: [], required: true });
    await page.waitForSelector('.toast:has-text("Campos guardados")');
    expect(page.faults).toEqual([]);
  });

  test('a stored one goes after a question, a new one without; nothing is stored before Salvar', async () => {
    const page = await desk.window({ fields: true });
    await settings(page);
    await page.click('#settings-part h2 + .btn');
    await page.click('[data-field] >> nth=4 >> .hang');
    await page.waitForFunction(() => document.querySelectorAll('[data-field]').length === 4);
    await page.click('[data-field] >> nth=0 >> .hang');
    await page.click('.modal .btn:not(.hang)');
    await page.waitForSelector('.modal', { state: 'detached' });
    expect(await page.locator('[data-field]').count()).toBe(4);
    await page.click('[data-field] >> nth=0 >> .hang');
    await page.click('.modal .hang');
    await page.waitForFunction(() => document.querySelectorAll('[data-field]').length === 3);
    expect(await asked(page, 'save_contact_fields')).toEqual([]);
    await page.waitForSelector('.modal', { state: 'detached' });
    await page.click('.settings-body [type=submit]');
    await until(page, 'save_contact_fields');
    expect((await asked(page, 'save_contact_fields'))[0]?.list.map((one) => one.key)).toEqual(['limite', 'cliente_desde', 'nivel']);
    expect(page.faults).toEqual([]);
  });

  test('what another window stores is shown, unless something is being written here', async () => {
    const page = await desk.window({ fields: true });
    await settings(page);
    const other = (label: string) => page.evaluate((name) => window.agent.emit({ kind: 'contact_fields', value: { list: [{ key: 'otro', label: name, kind: 'text', choices: [], required: false }] } }), label);
    await other('Otro');
    await page.waitForFunction(() => document.querySelectorAll('[data-field]').length === 1);
    expect(await page.inputValue('[name=field-label-0]')).toBe('Otro');
    await page.fill('[name=field-label-0]', 'A medias');
    await other('Distinto');
    // The next event is there, so this one was taken.
    await page.evaluate(() => window.agent.emit({ kind: 'presence', value: { state: 'wrap_up', since_ms: Date.now() } }));
    await page.waitForSelector('.chip.wrap');
    expect(await page.inputValue('[name=field-label-0]')).toBe('A medias');
    expect(page.faults).toEqual([]);
  });
});
