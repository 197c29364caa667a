import { createSubscriber } from 'svelte/reactivity';

const SECOND_MS = 1_000;

/** Who wants to be told of every second. */
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
const told = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

function wait(): void {
  timer = told.size > 0 && !document.hidden ? setTimeout(tick, SECOND_MS - (Date.now() % SECOND_MS)) : undefined;
}

function tick(): void {
  for (const tell of told) tell();
  wait();
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(timer);
  timer = undefined;
  // What stood still while nobody could see it is put right at once.
  if (!document.hidden) tick();
});

/**
 * Tells of every second, from where it begins, until the answer is called. One timer serves all, and there is none while
 * nobody asks or the document is hidden.
 */
export function everySecond(tell: () => void): () => void {
  told.add(tell);
  if (timer === undefined) wait();
  return () => {
    told.delete(tell);
    if (told.size > 0) return;
    clearTimeout(timer);
    timer = undefined;
  };
}

/** A clock that ticks only while somebody reads it. */
class Clock {
  #subscribe: () => void;

  constructor(start: (update: () => void) => () => void) {
    this.#subscribe = createSubscriber(start);
  }

  /** UTC milliseconds. */
  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

/** For what changes with a second and is on the screen in a call or in an open menu only; what stands there idle uses {@link everySecond}. */
export const seconds = new Clock(everySecond);
export const minutes = new Clock((update) => {
  const timer = setInterval(update, 60 * SECOND_MS);
  return () => clearInterval(timer);
});
