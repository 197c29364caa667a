import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';

import { dress, inspect, lengthened, openDesk, reach, stateOf } from '../inspect.ts';
import { call, talk } from '../states.ts';
import { DOCK, MIDDLE, NARROW, WIDE } from '../window.ts';

const desk = openDesk();

describe('between', () => {
  test.each([['middle', MIDDLE], ['narrow', NARROW]] as const)('%s', async (size, viewport) => {
    for (const name of ['calls', 'card-several', 'call-active', 'contact', 'history-record', 'settings-audio', 'incoming', 'welcome']) {
      const page = await reach(desk, stateOf(name), viewport);
      expect([...(await inspect(page, `${name}-${size}-light-es`)), ...page.faults], name).toEqual([]);
    }
  });

  test('connections to CRMs in the narrowest wide window', async () => {
    const found: string[] = [];
    for (const name of ['crm-many', 'crm-many-middle', 'crm-reasons', 'crm-password']) {
      const page = await reach(desk, stateOf(name), { width: 1040, height: 800 });
      for (const words of [...(await inspect(page, `${name}-1040-light-es`)), ...page.faults]) found.push(`${name}: ${words}`);
    }
    expect(found).toEqual([]);
  });

  test.each([['wide', WIDE], ['dock', DOCK]] as const)('words a third longer, %s', async (_, viewport) => {
    const found: string[] = [];
    for (const name of ['calls', 'card-several', 'card-one', 'call-active', 'contact', 'contact-form', 'history', 'settings-accounts', 'settings-audio', 'incoming', 'welcome']) {
      const page = await reach(desk, stateOf(name), viewport);
      for (const words of await lengthened(page)) found.push(`${name}: ${words}`);
    }
    expect(found).toEqual([]);
  });

  test.each([['wide', WIDE], ['dock', DOCK]] as const)('people with very long names, %s', async (size, viewport) => {
    const found: string[] = [];
    for (const name of ['calls', 'card-several', 'call-active', 'contacts', 'contact', 'history', 'omnibox', 'incoming']) {
      const state = stateOf(name);
      const longer = name === 'contact' ? (page: Page) => page.click('nav a[href="#contacts"]').then(() => page.click('.contacts-grid .trow[aria-selected] >> nth=3 >> .m')) : state.reach;
      const page = await reach(desk, { ...state, ...(longer && { reach: longer }), scenario: { ...state.scenario, name: 'Maximiliana de los Ángeles Donaudampfschifffahrtsgesellschaft' } }, viewport);
      for (const words of [...(await inspect(page, `${name}-${size}-long`)), ...page.faults]) found.push(`${name}: ${words}`);
    }
    expect(found).toEqual([]);
  });

  test('zoom 200 %', async () => {
    const found: string[] = [];
    for (const name of ['calls', 'card-several', 'call-active', 'contact', 'contact-form', 'history', 'settings-audio', 'incoming', 'welcome']) {
      const page = await reach(desk, stateOf(name), { width: WIDE.width / 2, height: WIDE.height / 2 });
      for (const words of [...(await inspect(page, `${name}-zoom-200`)), ...page.faults]) found.push(`${name}: ${words}`);
    }
    expect(found).toEqual([]);
  });

  test('text at 150 %', async () => {
    for (const name of ['card-several', 'call-active', 'contacts', 'settings-accounts']) {
      const state = stateOf(name);
      const page = await reach(desk, { ...state, scenario: { ...state.scenario, textSize: 150 } }, WIDE);
      expect([...(await inspect(page, `${name}-150-light-es`)), ...page.faults], name).toEqual([]);
    }
  });
});

/** Parts of the «who» block that stand beyond its edges. */
function beyond(page: Page): Promise<string[]> {
  return page.evaluate(() => [...document.querySelectorAll('.who')].flatMap((block) => {
    const edge = block.getBoundingClientRect();
    // What stands in a line that ends in an ellipsis is cut there.
    const parts = [...block.querySelectorAll('*')].filter((one) => !one.closest('.vh') && !one.parentElement?.closest('.el'));
    const out = parts.filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width > 0 && (box.right > edge.right + 0.5 || box.left < edge.left - 0.5);
    });
    return out.map((one) => `${one.tagName}.${one.getAttribute('class') ?? ''} «${one.textContent?.trim().slice(0, 30)}» to ${Math.round(one.getBoundingClientRect().right)} of ${Math.round(edge.right)}`);
  }));
}

describe('the «who» block of a call stays within its card', () => {
  test.each([1040, 1180, 1280])('%i wide', async (width) => {
    const page = await desk.window({}, { width, height: 760 });
    const found: string[] = [];
    const look = async (name: string) => {
      for (const locale of ['es', 'en'] as const) {
        await dress(page, 'light', locale);
        for (const words of await beyond(page)) found.push(`${name} ${locale}: ${words}`);
      }
    };
    await call(page, 'incoming', '+506 2555 0142');
    await talk(page);
    await page.waitForSelector('.who [role=radio]');
    await look('several');
    await page.click('.who .find');
    await page.waitForSelector('.whosearch');
    await page.fill('.whosearch input', 'restrepo');
    await page.waitForSelector('.found [role=option]');
    await look('found');
    await page.fill('.whosearch input', 'zzz');
    await page.waitForSelector('.noresult');
    await look('nobody');
    await page.click('.whosearch .tools .ghost');
    await page.waitForSelector('.quick');
    await look('new');
    await page.evaluate(() => window.agent.end((window as unknown as { call: string }).call));
    await call(page, 'incoming', '+506 8555 0117');
    await talk(page);
    await page.waitForSelector('.whois dl');
    await look('one');
    expect(found).toEqual([]);
  });
});

test.each([['wide', WIDE], ['dock', DOCK]] as const)('the books cannot be opened, %s', async (size, viewport) => {
  const page = await desk.window({ unreadable: 'database_newer' }, viewport);
  await page.waitForSelector('.alone .btn');
  expect([...(await inspect(page, `failed-${size}`)), ...page.faults]).toEqual([]);
});

const POPUPS: [name: string, height: number, reach: (page: Page) => Promise<unknown>, shows: string][] = [
  ['known', 260, (page) => ring(page, '+506 8555 0117'), '[role=alertdialog]'],
  ['unknown', 260, (page) => ring(page, '+57 310 555 0163'), '[role=alertdialog]'],
  ['second', 260, async (page) => {
    await ring(page, '+506 2555 0142');
    await page.evaluate(() => window.agent.talk(window.agent.calls[0]!.id));
    await ring(page, '+506 8555 0117');
  }, '[role=alertdialog]'],
  ['bar', 144, async (page) => {
    await ring(page, '+506 8555 0117');
    await page.evaluate(() => window.agent.talk(window.agent.calls[0]!.id));
  }, '.barkeys'],
  ['low', 200, (page) => ring(page, '+506 8555 0117'), '[role=alertdialog]'],
  ['remote', 260, (page) => ring(page, '+57 310 555 0163', true), '.popwho .tag'],
  ['remote-searching', 200, (page) => ring(page, '+57 310 555 0163'), '.popsaid:not(:empty)'],
];

function ring(page: Page, number: string, found = false): Promise<unknown> {
  return page.evaluate(([to, answered]) => {
    const id = window.agent.begin('incoming', to);
    if (answered) window.agent.found(id);
  }, [number, found] as const);
}

describe('pop-up', () => {
  test.each(POPUPS)('%s', async (name, height, reach, shows) => {
    const page = await desk.window(name.startsWith('remote') ? { crm: 1 } : {}, { width: 400, height }, { page: 'incoming.html' });
    await page.waitForFunction(() => document.documentElement.lang === 'es' && window.agent.asked.some((one) => one.name === 'snapshot'));
    await reach(page);
    await page.waitForSelector(shows);
    const found: string[] = [];
    for (const [theme, locale] of [['light', 'es'], ['dark', 'es'], ['light', 'en']] as const) {
      await dress(page, theme, locale);
      for (const words of await inspect(page, `popup-${name}-${theme}-${locale}`)) found.push(`${theme} ${locale}: ${words}`);
      const tall = await page.evaluate(() => document.documentElement.scrollHeight > innerHeight || [...document.querySelectorAll('button')].some((one) => one.getBoundingClientRect().bottom > innerHeight));
      if (tall) found.push(`${theme} ${locale}: does not fit`);
    }
    expect([...found, ...page.faults]).toEqual([]);
  });
});

test('motion stands still when the system asks for it', async () => {
  const page = await desk.window({}, WIDE, { still: true });
  await call(page, 'incoming', '+506 8555 0117');
  await talk(page);
  await page.waitForSelector('.lane .meter');
  expect(await page.locator('.lane .wave').count()).toBe(0);
  expect(page.faults).toEqual([]);
});
