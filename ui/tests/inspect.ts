/** What every view is looked at for, whatever its size, colours and language. */
import { mkdirSync } from 'node:fs';

import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { STATES, type State } from './states.ts';
import { AXE, Desk, type Watched } from './window.ts';

export type Theme = 'light' | 'dark';
export type Language = 'es' | 'en';
type Look = readonly [Theme, Language];

/** Every state is seen in light and dark, in Spanish and English; which goes with which alternates, so that all four are seen. */
export const LOOKS = (at: number): readonly Look[] => (at % 2 === 0 ? [['light', 'es'], ['dark', 'en']] : [['dark', 'es'], ['light', 'en']]);

const OUT = process.env['TIMBRE_SHOTS'] ?? 'test-results/views';

declare global {
  interface Window {
    axe?: { run(root: Document, options: { resultTypes: ['violations'] }): Promise<AxeResults> };
  }
}

/** A desk for the tests of one file. */
export function openDesk(): Desk {
  const desk = new Desk();
  mkdirSync(OUT, { recursive: true });
  beforeAll(() => desk.open());
  afterAll(() => desk.close());
  afterEach(() => desk.clear());
  return desk;
}

/** Waits for everything that moves and ends. */
export async function still(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ends = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
    await Promise.all(ends.map((one) => one.finished.catch(() => undefined)));
    await document.fonts.ready;
  });
}

/** All rules of axe, none switched off. The windows have no frames, so one run sees everything. */
async function accessible(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => window.axe !== undefined))) await page.addScriptTag({ url: AXE });
  return page.evaluate(async () => {
    const { violations } = await window.axe!.run(document, { resultTypes: ['violations'] });
    return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary?.replace(/\s+/g, ' ')}`));
  });
}

/** Nothing is wider than the window, no words are cut off without an ellipsis, and nothing lies on a key. */
async function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const out: string[] = [];
    if (document.documentElement.scrollWidth > innerWidth) out.push(`page is ${document.documentElement.scrollWidth} wide`);
    const apart = '.vh, .skip, .settings-list, [aria-hidden=true], .sprite, details:not([open]) > :not(summary)';
    const said = (element: Element) => `${element.tagName}.${element.getAttribute('class') ?? ''} «${element.textContent?.trim().slice(0, 40)}»`;

    /** What of a box can be seen through the boxes around it that clip; nothing if it is scrolled away. */
    function seen(element: Element, box: DOMRect): { left: number; right: number; top: number; bottom: number } | null {
      const part = { left: Math.max(0, box.left), right: Math.min(innerWidth, box.right), top: Math.max(0, box.top), bottom: Math.min(innerHeight, box.bottom) };
      for (let at = element.parentElement; at; at = at.parentElement) {
        if (getComputedStyle(at).overflowY === 'visible') continue;
        const around = at.getBoundingClientRect();
        Object.assign(part, { left: Math.max(part.left, around.left), right: Math.min(part.right, around.right), top: Math.max(part.top, around.top), bottom: Math.min(part.bottom, around.bottom) });
      }
      return part.right - part.left > 1 && part.bottom - part.top > 1 ? part : null;
    }

    function clipped(text: Text): void {
      const parent = text.parentElement;
      if (!parent || !text.data.trim() || parent.closest(`${apart}, script, style, select, textarea, option`)) return;
      const range = document.createRange();
      range.selectNodeContents(text);
      const box = range.getBoundingClientRect();
      if (box.width === 0) return;
      for (let at: Element | null = parent; at; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.textOverflow === 'ellipsis') return;
        const around = at.getBoundingClientRect();
        if (style.overflowX !== 'visible' && (box.right > around.right + 1.5 || box.left < around.left - 1.5)) return void out.push(`words are cut off: ${said(parent)} in ${at.tagName}.${at.className}`);
      }
      if (box.right > innerWidth + 1) out.push(`words leave the window: ${said(parent)}`);
    }

    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) clipped(walker.currentNode as Text);

    const modal = document.querySelector('.modal');
    for (const element of document.querySelectorAll<HTMLElement>('button,a,input,select,textarea,label,h1,h2,h3,.tag,.chip')) {
      const box = element.getBoundingClientRect();
      if (element.closest(apart) || box.width === 0 || (modal && !modal.contains(element))) continue;
      if (box.right > innerWidth + 1 || box.left < -1) out.push(`${said(element)} from ${Math.round(box.left)} to ${Math.round(box.right)}`);
      const part = seen(element, box);
      if (!part) continue;
      const hit = document.elementFromPoint((part.left + part.right) / 2, (part.top + part.bottom) / 2);
      const meant = hit && (element.contains(hit) || hit.contains(element) || hit.closest('.pop, .menu, .combo-list, .newer, .thead, label') !== null);
      // A message may lie on the content for its six seconds, never on what a call or its card needs.
      const message = hit?.closest('.toast') !== null && !element.closest('#call, .incoming, #card, .exp, .live-cols');
      if (!meant && !message) out.push(`${hit ? said(hit) : 'nothing'} lies on ${said(element)}`);
    }
    return out;
  });
}

export async function dress(page: Page, theme: Theme, locale: Language): Promise<void> {
  await page.evaluate(([colours, language]) => {
    const preferences = { ...window.agent.snapshot.preferences, theme: colours as 'light', locale: language as string };
    window.agent.emit({ kind: 'preferences', value: preferences });
  }, [theme, locale] as const);
  await page.waitForFunction(([colours, language]) => document.documentElement.dataset['theme'] === colours && document.documentElement.lang === language, [theme, locale] as const);
  await still(page);
}

/** Takes the picture, and answers what is wrong in it. */
export async function inspect(page: Page, name: string): Promise<string[]> {
  await still(page);
  await page.screenshot({ path: `${OUT}/${name}.png` });
  return [...(await accessible(page)), ...(await overflow(page))];
}

/** Opens a state as a person reaches it. */
export async function reach(desk: Desk, state: State, size: { width: number; height: number }): Promise<Watched> {
  const page = await desk.window(state.scenario, size);
  await state.reach?.(page);
  await page.waitForSelector(state.shows);
  return page;
}

/** One test for every state, in the looks for its place in the list. */
export function inspectAll(desk: Desk, size: string, viewport: { width: number; height: number }, looks: (at: number) => readonly Look[]): void {
  test.each(STATES.map((state, at) => [state.name, state, at] as const))('%s', async (name, state, at) => {
    const page = await reach(desk, state, viewport);
    const found: string[] = [];
    for (const [theme, locale] of looks(at)) {
      await dress(page, theme, locale);
      for (const words of await inspect(page, `${name}-${size}-${theme}-${locale}`)) found.push(`${theme} ${locale}: ${words}`);
    }
    expect([...found, ...page.faults]).toEqual([]);
  });
}

/** Makes every word on the screen longer by as much as other languages need (35 %), and answers what no longer fits. */
export async function lengthened(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode as Text;
      const words = text.data.trim();
      const fixed = text.parentElement?.closest('kbd, time, [role=timer], .tnum, script, style, .sprite, textarea, .av, .badge, .count');
      if (/\p{L}{3}/u.test(words) && !fixed) text.data += ` ${'mn'.repeat(Math.ceil((words.length * 0.35) / 2))}`;
    }
  });
  return overflow(page);
}

/** One of the states by its name. */
export function stateOf(name: string): State {
  const found = STATES.find((one) => one.name === name);
  if (!found) throw new Error(`no state ${name}`);
  return found;
}
