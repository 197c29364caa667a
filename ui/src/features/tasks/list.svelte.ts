import type { CardFilter, CardRow } from '../../bindings/api';
import { api } from '../../ipc';
import type { KeptPlace } from '../../shared/place';
import { Pager } from '../../stores/pager.svelte';

/** Kinds of work that wait, the most urgent first. */
export const PARTS = ['to_save', 'to_return', 'follow_up', 'expired', 'dismissed'] as const satisfies readonly CardFilter[];
export type Part = (typeof PARTS)[number];

/** A row as drawn: the head of a part, a call, or the way to more of a part. */
export type TaskItem =
  | { kind: 'head'; id: string; part: Part; total: number; open: boolean }
  | { kind: 'call'; id: string; part: Part; row: CardRow }
  | { kind: 'more'; id: string; part: Part; left: number };

function rowsOf(part: Part): Pager<CardRow> {
  return new Pager<CardRow>((after, limit) => api('list_cards', { filter: part, direction: null, contact: null, text: '', after, skip: 0, limit }));
}

/** What waits in «Gestión»; it stays while other sections are shown. */
class TaskListStore {
  readonly place: KeptPlace = { anchor: null };
  readonly pagers: Record<Part, Pager<CardRow>> = {
    to_save: rowsOf('to_save'), to_return: rowsOf('to_return'), follow_up: rowsOf('follow_up'), expired: rowsOf('expired'), dismissed: rowsOf('dismissed'),
  };
  /** Parts of which only the head is shown. What was ignored is not work until somebody looks for it. */
  #closed = $state.raw<readonly Part[]>(['dismissed']);

  get items(): TaskItem[] {
    return PARTS.flatMap((part) => this.#part(part));
  }

  get loaded(): boolean {
    return PARTS.every((part) => this.pagers[part].loaded);
  }

  get slow(): boolean {
    return PARTS.some((part) => this.pagers[part].slow);
  }

  get stuck(): boolean {
    return PARTS.some((part) => this.pagers[part].stuck);
  }

  get failed(): boolean {
    return PARTS.some((part) => this.pagers[part].failed !== null);
  }

  /** Reads every part; `version` says which change this follows. */
  async reload(version?: number): Promise<void> {
    await Promise.all(PARTS.map((part) => this.pagers[part].reload(version)));
    // The last of the list is the first to leave it: all are read.
    const { to_save } = this.pagers;
    while (to_save.failed === null && to_save.rows.length < to_save.total) {
      const before = to_save.rows.length;
      await to_save.more();
      if (to_save.rows.length === before) return;
    }
  }

  toggle(part: Part): void {
    this.#closed = this.#closed.includes(part) ? this.#closed.filter((one) => one !== part) : [...this.#closed, part];
  }

  #part(part: Part): TaskItem[] {
    const { rows, total } = this.pagers[part];
    if (total === 0) return [];
    const open = !this.#closed.includes(part);
    const items: TaskItem[] = [{ kind: 'head', id: `part-${part}`, part, total, open }];
    if (!open) return items;
    const ordered = part === 'to_save' ? rows.toSorted((one, other) => (one.expires_at_ms ?? 0) - (other.expires_at_ms ?? 0)) : rows;
    items.push(...ordered.map((row): TaskItem => ({ kind: 'call', id: `${part}-${row.call}`, part, row })));
    if (rows.length < total) items.push({ kind: 'more', id: `more-${part}`, part, left: total - rows.length });
    return items;
  }
}

export const taskList = new TaskListStore();
