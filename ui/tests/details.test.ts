import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { axis, draw, GRAPH } from '../src/features/calls/details.ts';
import { asked, until } from './asked.ts';
import { call, go, talk } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

const point = (at_ms: number, mos: number | null, loss_pct = 0) => ({ at_ms, mos, loss_pct, jitter_ms: 3, rtt_ms: null });

describe('the graph', () => {
  test('points stand between the axes, and the line is broken where nothing was measured', () => {
    const { lines, dots } = draw('mos', [point(0, 4.5), point(5000, 1), point(10_000, null), point(15_000, 4.5)], axis('mos', []));
    const floor = GRAPH.height - GRAPH.bottom;
    expect(lines).toEqual([`${GRAPH.left},${GRAPH.top} ${String(Math.round((GRAPH.left + (GRAPH.width - GRAPH.left - GRAPH.right) / 3) * 10) / 10)},${floor}`]);
    expect(dots).toEqual([{ x: GRAPH.width - GRAPH.right, y: GRAPH.top }]);
    expect(draw('loss', [point(7, 4, 2)], axis('loss', [2])).dots).toEqual([{ x: GRAPH.left, y: (GRAPH.top + floor) / 2 }]);
    expect(draw('delay', [point(0, 4), point(5, 4)], axis('delay', [])).lines).toEqual([]);
  });

  test('axes hold what is drawn and make no noise of little', () => {
    expect(axis('loss', [0, 0.1])).toEqual({ low: 0, high: 4 });
    expect(axis('loss', [33])).toEqual({ low: 0, high: 40 });
    expect(axis('jitter', [612])).toEqual({ low: 0, high: 1000 });
    expect(axis('mos', [4.4])).toEqual({ low: 1, high: 4.5 });
  });
});

test('details of an ended call open from Historial by keys: graph, table and signalling', async () => {
  const page = await desk.window();
  await go(page, 'history');
  await page.waitForSelector('.history-grid .trow[aria-selected]');
  await page.focus('.history-grid');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const open = page.getByRole('button', { name: 'Detalles técnicos' });
  await open.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Detalles técnicos' });
  await dialog.waitFor();
  const [{ call: id } = { call: '' }] = await asked(page, 'call_details');
  expect(id).not.toBe('');
  const pictures = await dialog.locator('svg[role=img]').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
  expect(pictures).toHaveLength(4);
  expect(pictures[0]).toMatch(/^MOS: de \d.+ a \d.+, entre 3,1 y 4,3, al final 4,3\.$/);
  expect(await dialog.locator('.rung').count()).toBe(10);
  expect(await dialog.locator('.rung >> nth=2').textContent()).toContain('Recibido 407 INVITE');
  expect(await dialog.locator('.rung.bad').count()).toBe(0);

  await dialog.getByRole('radio', { name: 'Gráfico' }).focus();
  await page.keyboard.press('ArrowRight');
  await dialog.locator('table.figures tbody tr >> nth=7').waitFor();
  expect(await dialog.locator('table.figures tbody tr >> nth=7').textContent()).toContain('3,1');
  expect(await dialog.locator('table.figures tbody tr >> nth=0').textContent()).toContain('—');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await open.evaluate((one) => one === document.activeElement)).toBe(true);
  expect(page.faults).toEqual([]);
});

test('details of a live call follow it, and stand still when it is over', async () => {
  const page = await desk.window();
  await call(page, 'outgoing', '+506 8555 0117');
  await talk(page);
  await page.click('.live .q .link');
  await page.waitForSelector('.details:has-text("En curso")');
  const before = (await asked(page, 'call_details')).length;
  await page.evaluate(() => window.agent.update((window as unknown as { call: string }).call, { quality: { mos: 2.2, loss_pct: 9, jitter_ms: 40, rtt_ms: 90 } }));
  await until(page, 'call_details', before + 1);
  expect(page.faults).toEqual([]);
});

test('what was not kept says so', async () => {
  const page = await desk.window();
  await page.evaluate(() => window.agent.failing.set('call_details', 'not_found'));
  await page.click('.crow >> nth=2');
  await page.click('.dhead .link:has-text("Detalles técnicos")');
  await page.waitForSelector('.details:has-text("No se guardaron detalles de esta llamada")');
  expect(await page.locator('.rung').count()).toBe(0);
});
