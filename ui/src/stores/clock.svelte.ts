import { createSubscriber } from 'svelte/reactivity';

/** A clock that ticks only while somebody reads it. */
class Clock {
  #subscribe: () => void;

  constructor(every_ms: number) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, every_ms);
      return () => clearInterval(timer);
    });
  }

  /** UTC milliseconds. */
  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

export const seconds = new Clock(1000);
export const minutes = new Clock(30_000);
