import type { CardFilter, CardRow } from '../../bindings/api';
import { api } from '../../ipc';
import type { KeptPlace } from '../../shared/place';
import { dayHead, daysAgo } from '../../shared/format';
import { Pager } from '../../stores/pager.svelte';

/** A row of the list as drawn: a head for each day, and the calls. */
export type ListItem = { kind: 'day'; id: string; words: string } | { kind: 'call'; id: string; row: CardRow };

/** Filter and rows of «Llamadas»; they stay while other sections are shown. */
class CallListStore {
  readonly place: KeptPlace = { anchor: null };
  filter = $state<CardFilter>('all');
  pager = new Pager<CardRow>((after, limit) => api('list_cards', { filter: this.filter, direction: null, contact: null, text: '', after, skip: 0, limit }));

  choose(filter: CardFilter): void {
    this.filter = filter;
    this.place.anchor = null;
    void this.pager.restart();
    if (filter === 'missed') void api('mark_missed_seen', {}).catch(() => undefined);
  }
}

export const callList = new CallListStore();

/** Puts a head before the first call of each day. */
export function withDays(rows: CardRow[], now: number): ListItem[] {
  const items: ListItem[] = [];
  let last: number | null = null;
  for (const row of rows) {
    const ago = daysAgo(row.started_at_ms, now);
    if (ago !== last) items.push({ kind: 'day', id: `day-${ago}`, words: dayHead(row.started_at_ms, now) });
    last = ago;
    items.push({ kind: 'call', id: row.call, row });
  }
  return items;
}
