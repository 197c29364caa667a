import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { Desk, MIDDLE, WIDE } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

for (const [name, size] of [['wide', WIDE], ['middle', MIDDLE]] as const) {
  test(`messages lie over no section of the rail and no button of the card, ${name}`, async () => {
    const page = await desk.window({ crm: 0 }, size);
    await page.click('.crow >> nth=6');
    for (const [times, code] of [[1, 'internal'], [2, 'not_found']] as const) {
      await page.evaluate((why) => window.agent.failing.set('open_external', why), code);
      await page.click('.pushes .torecord');
      await page.waitForFunction((wanted) => document.querySelectorAll('.toast').length === wanted, times);
    }
    const covered = await page.evaluate(() => {
      const toasts = [...document.querySelectorAll('.toast')].map((one) => one.getBoundingClientRect());
      const over = (one: Element) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return toasts.some((toast) => left < toast.right && right > toast.left && top < toast.bottom && bottom > toast.top);
      };
      return [...document.querySelectorAll('.nav a, .nav button, .bar button')].filter(over).map((one) => one.textContent?.trim());
    });
    expect(covered).toEqual([]);
  });
}

test('the outcome of a saved card looks as fixed as it is', async () => {
  const page = await desk.window({ crm: 0 });
  const look = () => page.locator('.pick [aria-checked=true]').first().evaluate((one) => {
    const { backgroundColor, boxShadow, borderTopColor } = getComputedStyle(one);
    return { backgroundColor, boxShadow, borderTopColor };
  });
  await page.click('.crow >> nth=2');
  await page.waitForSelector('.whois');
  await page.click('.pick button >> nth=0');
  await page.waitForSelector('.pick [aria-checked=true]:not([aria-disabled=true])');
  const open = await look();
  await page.click('.bar .pri');
  await page.waitForSelector('.pick [aria-checked=true][aria-disabled=true]');
  const done = await look();
  expect(done.boxShadow).toBe('none');
  expect(done.backgroundColor).not.toBe(open.backgroundColor);
  expect(done.borderTopColor).not.toBe(open.borderTopColor);
});
