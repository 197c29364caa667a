/* eslint-disable svelte/prefer-svelte-reactivity -- what is drawn is replaced as a whole; from the rest nothing is drawn */
import { untrack } from 'svelte';

import { ApiFailure } from '../ipc';
import type { ErrorCode } from '../bindings/api';

interface Page<T> {
  rows: T[];
  /** Where the next page begins. */
  next: string | null;
  total: number;
}

/** Which rows: those from `skip` behind the place `after` on, or behind the beginning. */
export interface Span {
  after: string | null;
  skip: number;
  limit: number;
}

const PAGE = 100;
/** Pages read before and behind those in view. */
const AHEAD = 2;
const SLOW_MS = 300;
const STUCK_MS = 8_000;

/**
 * A long list of which only the pages in view and those near them are kept, so that its memory does not grow with its length
 * and the scroll bar can go anywhere. A page is asked for by the mark where the one before it ended, or by counting from the
 * nearest mark that is known.
 */
export class Sheet<T extends object> {
  /** How many rows there are in all. */
  total = $state(0);
  /** The first answer has come. */
  loaded = $state(false);
  /** The first answer takes long: show the skeleton. */
  slow = $state(false);
  /** It takes so long that the agent may try again. */
  stuck = $state(false);
  failed = $state<ErrorCode | null>(null);
  /** The row at the top of the view when the list was left. */
  top = 0;
  #pages = $state.raw(new Map<number, T[]>());
  /** Where pages begin, by their number; the first needs none. */
  #marks = new Map<number, string>();
  /** Pages of an earlier reading; they stand until they are read again. */
  #old = new Set<number>();
  #reading: number | null = null;
  #view: [first: number, last: number] = [0, 0];
  /** Counts up when what is asked for changes; answers to an earlier question are dropped. */
  #turn = 0;
  #busy = false;
  #version: number | null = null;
  #ask: (span: Span) => Promise<Page<T>>;

  constructor(ask: (span: Span) => Promise<Page<T>>) {
    this.#ask = ask;
  }

  /** The row at a place; nothing if it is not read yet. */
  at(place: number): T | undefined {
    return this.#pages.get(Math.floor(place / PAGE))?.[place % PAGE];
  }

  /** Place of a row among those that are read, or -1. */
  placeOf(wanted: (row: T) => boolean): number {
    for (const [number, rows] of this.#pages) {
      const at = rows.findIndex(wanted);
      if (at >= 0) return number * PAGE + at;
    }
    return -1;
  }

  /** To be called where a list appears: nothing is called empty by an answer older than the last change, `version`. */
  appear(version: number): void {
    if (this.total === 0 && this.#version !== version) this.loaded = false;
  }

  /** The rows from `first` to `last` are in view: they are read, and those near them. */
  see(first: number, last: number): void {
    untrack(() => {
      this.#view = [Math.max(0, Math.floor(first / PAGE)), Math.max(0, Math.floor(last / PAGE))];
      if (!this.#busy) void this.#read();
    });
  }

  /** Reads a row that may be out of view, and answers it. */
  async reach(place: number): Promise<T | undefined> {
    const known = untrack(() => this.at(place));
    if (known) return known;
    try {
      await this.#page(Math.floor(place / PAGE), this.#turn);
    } catch {
      // The rows that stand stay; the next key tries again.
    }
    return untrack(() => this.at(place));
  }

  /** What is stored changed: the pages in view are read again. */
  reload(version?: number): Promise<void> {
    return untrack(() => {
      if (version !== undefined) this.#version = version;
      this.#marks = new Map();
      this.#old = new Set([...this.#pages.keys(), this.#view[0], ...(this.#reading === null ? [] : [this.#reading])]);
      return this.#busy ? Promise.resolve() : this.#read();
    });
  }

  /** Forgets what is shown and reads from the beginning. */
  restart(): Promise<void> {
    return untrack(() => {
      this.#turn++;
      this.#pages = new Map();
      this.#marks = new Map();
      this.#old.clear();
      this.#view = [0, 0];
      this.top = 0;
      this.total = 0;
      this.loaded = false;
      return this.#read();
    });
  }

  /** The next page to read: in view first, then near it. */
  #missing(): number | undefined {
    const [first, last] = this.#view;
    const end = this.loaded ? Math.max(0, Math.ceil(this.total / PAGE) - 1) : 0;
    const wanted = [first, last];
    for (let step = 1; step <= AHEAD; step++) wanted.push(last + step, first - step);
    return wanted.find((page) => page >= 0 && page <= end && (!this.#pages.has(page) || this.#old.has(page)));
  }

  /** Reads page after page until nothing in view or near it is missing; a view that changed meanwhile counts at once. */
  async #read(): Promise<void> {
    const turn = this.#turn;
    const slow = setTimeout(() => (this.slow = turn === this.#turn && !this.loaded), SLOW_MS);
    const stuck = setTimeout(() => (this.stuck = turn === this.#turn && !this.loaded), STUCK_MS);
    this.#busy = true;
    try {
      let page = this.loaded ? this.#missing() : 0;
      while (page !== undefined) {
        this.#reading = page;
        await this.#page(page, turn);
        if (turn !== this.#turn) return;
        this.#reading = null;
        page = this.#missing();
      }
      this.failed = null;
    } catch (error) {
      if (turn === this.#turn) this.failed = error instanceof ApiFailure ? error.code : 'internal';
    } finally {
      clearTimeout(slow);
      clearTimeout(stuck);
      if (turn === this.#turn) {
        this.#reading = null;
        this.#busy = false;
        this.slow = false;
        this.stuck = false;
      }
    }
  }

  async #page(number: number, turn: number): Promise<void> {
    const from = [...this.#marks.keys()].filter((page) => page <= number).reduce((best, page) => Math.max(best, page), 0);
    const marks = this.#marks;
    this.#old.delete(number);
    const { rows, next, total } = await this.#ask({ after: marks.get(from) ?? null, skip: (number - from) * PAGE, limit: PAGE });
    if (turn !== this.#turn) return;
    if (next !== null) marks.set(number + 1, next);
    const [first, last] = this.#view;
    const near = [...this.#pages].filter(([page]) => page >= first - AHEAD - 1 && page <= last + AHEAD + 1);
    this.#pages = new Map([...near, [number, rows]]);
    this.total = total;
    this.loaded = true;
  }
}
