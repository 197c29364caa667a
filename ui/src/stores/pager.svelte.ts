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

/** A list read page by page with a key, from its beginning on. */
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
  /** Counts up when what is asked for changes; answers to an earlier question are dropped. */
  #turn = 0;
  #busy = false;
  /** What is stored changed while it was being read: it is read once more. */
  #again = false;
  #version: number | null = null;
  #ask: (after: string | null, limit: number) => Promise<Page<T>>;

  constructor(ask: (after: string | null, limit: number) => Promise<Page<T>>) {
    this.#ask = ask;
  }

  /** To be called where a list appears: nothing is called empty by an answer older than the last change, `version`. */
  appear(version: number): void {
    if (this.rows.length === 0 && this.#version !== version) this.loaded = false;
  }

  /**
   * Reads from the beginning, as many rows as are shown now; `version` says which change this follows: what it brought is not read twice.
   * While one reading is under way another only follows it, so that changes without a pause cannot starve the list.
   * An effect that calls it does not depend on the rows.
   */
  reload(version?: number): Promise<void> {
    return untrack(() => {
      const known = version !== undefined && version === this.#version && this.loaded && this.failed === null;
      if (known && !this.#busy) return Promise.resolve();
      if (version !== undefined) this.#version = version;
      if (!this.#busy) return this.#reload();
      this.#again = true;
      return Promise.resolve();
    });
  }

  async #reload(): Promise<void> {
    const turn = this.#turn;
    const slow = setTimeout(() => (this.slow = turn === this.#turn && !this.loaded), SLOW_MS);
    const stuck = setTimeout(() => (this.stuck = turn === this.#turn && !this.loaded), STUCK_MS);
    this.#busy = true;
    this.#again = false;
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
        this.slow = false;
        this.stuck = false;
        this.#free();
      }
    }
  }

  #free(): void {
    this.#busy = false;
    if (this.#again) void this.#reload();
  }

  /** Forgets what is shown and reads from the beginning. */
  restart(): Promise<void> {
    return untrack(() => {
      this.#turn++;
      this.rows = [];
      this.#next = null;
      this.loaded = false;
      return this.#reload();
    });
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
      if (turn === this.#turn) this.#free();
    }
  }
}
