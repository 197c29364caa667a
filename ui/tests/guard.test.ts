// The pop-up's guard against clicks that were meant for something else.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ClickGuard, GUARD_MS } from '../src/features/incoming/guard';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'], now: 100_000 }));
afterEach(() => vi.useRealTimers());

/** Whether a click with this time comes through now. */
function passes(guard: ClickGuard, timeStamp: number): boolean {
  let stopped = false;
  const event = { timeStamp, preventDefault: () => undefined, stopImmediatePropagation: () => (stopped = true) };
  guard.filter(event as unknown as MouseEvent);
  return !stopped;
}

test('a click counts from when it was made, not from when it is handled', () => {
  const guard = new ClickGuard();
  guard.arm();
  const armed = performance.now();
  vi.advanceTimersByTime(GUARD_MS + 50);
  expect(passes(guard, armed + 10)).toBe(false);
  expect(passes(guard, performance.now())).toBe(true);
});

test('a display server that counts from elsewhere does not keep a call from being answered', () => {
  const guard = new ClickGuard();
  guard.arm();
  const armed = performance.now();
  expect(passes(guard, armed - 4_294_967_296)).toBe(false);
  vi.advanceTimersByTime(GUARD_MS + 1);
  for (const strange of [armed - 4_294_967_296, armed - 60_000, armed + 1e9]) expect(passes(guard, strange), `${strange}`).toBe(true);
});
