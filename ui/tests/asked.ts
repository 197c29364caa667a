import type { Page } from 'playwright-core';

import type { Commands } from '../src/bindings/api';

/** Requests of one command, as they came. */
export async function asked<N extends keyof Commands>(page: Page, name: N): Promise<Commands[N]['request'][]> {
  return (await page.evaluate((wanted) => window.agent.asked.filter((one) => one.name === wanted).map((one) => one.request), name)) as Commands[N]['request'][];
}

/** Waits until a command was asked so often. */
export async function until(page: Page, name: keyof Commands, times = 1): Promise<void> {
  await page.waitForFunction(([wanted, count]) => window.agent.asked.filter((one) => one.name === wanted).length >= Number(count), [name, times] as const);
}
