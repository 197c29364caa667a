import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { until } from './asked.ts';
import { go } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

describe('what is to be done', () => {
  test('unsaved calls stand by their time left, a missed one until somebody spoke with the number, and each goes when it is done', async () => {
    const page = await desk.window();
    await go(page, 'tasks');
    await page.waitForSelector('.taskhead');
    const part = (name: string) => page.locator('.tasks').evaluate((list, wanted) => {
      const rows = [...list.querySelectorAll('.task')];
      const from = rows.findIndex((row) => row.querySelector('.taskhead')?.textContent?.includes(wanted));
      const after = rows.slice(from + 1);
      const end = after.findIndex((row) => row.querySelector('.taskhead'));
      return from < 0 ? [] : after.slice(0, end < 0 ? undefined : end).map((row) => row.querySelector('.nm')?.textContent ?? '');
    }, name);
    expect(await part('Por salvar')).toEqual(['Karla Artavia Rojas', 'Tomás Benavides', '+57 310 555 0163', 'Daniel Rojas Peña', '3 contactos posibles']);
    expect(await part('devolver')).toEqual(['Marcela Quesada Ulate', '+506 6055 5031']);
    expect(await part('más tarde')).toEqual(['Rebeca Solano Arce']);
    expect(await part('Ignoradas')).toEqual([]);

    await page.click('.task:has-text("Karla") .crow');
    await page.waitForSelector('.whois');
    await page.press('textarea', 'Control+Enter');
    await page.waitForSelector('.task:has-text("Karla")', { state: 'detached' });
    await page.evaluate(() => {
      const id = window.agent.begin('outgoing', '+506 8555 0117');
      window.agent.talk(id);
      window.agent.end(id);
    });
    await go(page, 'tasks');
    await page.waitForFunction(() => document.querySelectorAll('.task .nm').length > 0 && [...document.querySelectorAll('.task')].filter((row) => row.textContent?.includes('Marcela')).length === 1);
    expect(await part('devolver')).toEqual(['+506 6055 5031']);
    expect(page.faults).toEqual([]);
  });

  test('an ignored call comes back long after its ten seconds', async () => {
    const page = await desk.window();
    await page.keyboard.press('g');
    await page.keyboard.press('g');
    await page.click('.taskhead button:has-text("Ignoradas")');
    await page.click('[aria-label^="Restaurar la llamada"]');
    await until(page, 'undo_dismiss');
    await page.waitForSelector('.taskhead button:has-text("Ignoradas")', { state: 'detached' });
    await page.waitForSelector('.toast:has-text("otra vez por salvar")');
    expect(page.faults).toEqual([]);
  });

  test('the keys move through the list and act on its rows', async () => {
    const page = await desk.window();
    await go(page, 'tasks');
    await page.focus('.taskhead button >> nth=0');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.taskrow[data-sel]:has-text("Karla")');
    await page.focus('.taskrow[data-sel] .crow');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('x');
    await until(page, 'dismiss_card');
    await page.waitForSelector('.task:has-text("Tomás")', { state: 'detached' });
    expect(page.faults).toEqual([]);
  });
});
