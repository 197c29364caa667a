import { untrack } from 'svelte';

import { ApiFailure } from '../ipc';
import type { ErrorCode } from '../bindings/api';

interface Page<T> {
  rows: T[];
  next: string | null;
  total: number;
}

const PAGE = 100;
const SLOW_MS = 300;
const STUCK_MS = 8_000;

/** A list read page by page with a key; answers that come too late are dropped. */
export class Pager<T> {
  rows = $state.raw<T[]>([]);
  total = $state(0);
  /** The first answer has come. */
  loaded = $state(false);
  /** The first answer takes long: show the skeleton. */
  slow = $state(false);
  /** It takes so long that the agent may try again. */
  stuck = $state(false);
  failed = $state<ErrorCode | null>(null);
  #next: string | null = null;
  #turn = 0;
  #busy = false;
  #ask: (after: string | null, limit: number) => Promise<Page<T>>;

  constructor(ask: (after: string | null, limit: number) => Promise<Page<T>>) {
    this.#ask = ask;
  }

  /** Reads from the beginning, as many rows as are shown now. An effect that calls it does not depend on the rows. */
  reload(): Promise<void> {
    return untrack(() => this.#reload());
  }

  async #reload(): Promise<void> {
    const turn = ++this.#turn;
    const slow = setTimeout(() => (this.slow = turn === this.#turn && !this.loaded), SLOW_MS);
    const stuck = setTimeout(() => (this.stuck = turn === this.#turn && !this.loaded), STUCK_MS);
    this.#busy = true;
    try {
      const wanted = Math.max(PAGE, this.rows.length);
      let page = await this.#ask(null, Math.min(wanted, 2 * PAGE));
      const rows = page.rows;
      while (turn === this.#turn && page.next !== null && rows.length < wanted) {
        page = await this.#ask(page.next, 2 * PAGE);
        rows.push(...page.rows);
      }
      if (turn !== this.#turn) return;
      this.rows = rows;
      this.total = page.total;
      this.#next = page.next;
      this.failed = null;
      this.loaded = true;
    } catch (error) {
      if (turn === this.#turn) this.failed = error instanceof ApiFailure ? error.code : 'internal';
    } finally {
      clearTimeout(slow);
      clearTimeout(stuck);
      if (turn === this.#turn) {
        this.#busy = false;
        this.slow = false;
        this.stuck = false;
      }
    }
  }

  /** Forgets what is shown and reads from the beginning. */
  restart(): Promise<void> {
    this.#turn++;
    this.rows = [];
    this.#next = null;
    this.loaded = false;
    return this.reload();
  }

  /** Reads the next page, if there is one. */
  more(): Promise<void> {
    return untrack(() => this.#more());
  }

  async #more(): Promise<void> {
    if (this.#busy || this.#next === null) return;
    const turn = this.#turn;
    this.#busy = true;
    try {
      const page = await this.#ask(this.#next, PAGE);
      if (turn !== this.#turn) return;
      this.rows = [...this.rows, ...page.rows];
      this.total = page.total;
      this.#next = page.next;
    } catch {
      // The rows that stand stay; scrolling asks again.
    } finally {
      if (turn === this.#turn) this.#busy = false;
    }
  }
}
