import type { CardRow, Direction } from '../../bindings/api';
import { api } from '../../ipc';
import { Pager } from '../../stores/pager.svelte';
import { view } from '../../stores/view.svelte';

export type HistoryKind = 'all' | Direction | 'missed';

/** Filters and rows of «Historial»; they stay while other sections are shown. */
class HistoryStore {
  kind = $state<HistoryKind>('all');
  typed = $state('');
  text = $state('');
  pager = new Pager<CardRow>((after, limit) =>
    api('list_cards', {
      filter: this.kind === 'missed' ? 'missed' : 'history',
      direction: this.kind === 'incoming' || this.kind === 'outgoing' ? this.kind : null,
      contact: view.historyOf?.id ?? null,
      text: this.text,
      after,
      limit,
    }),
  );

  get filtered(): boolean {
    return this.kind !== 'all' || this.text !== '' || view.historyOf !== null;
  }

  apply(): void {
    this.text = this.typed.trim();
    void this.pager.restart();
  }

  choose(kind: HistoryKind): void {
    this.kind = kind;
    void this.pager.restart();
  }

  clear(): void {
    this.kind = 'all';
    this.typed = '';
    this.text = '';
    view.historyOf = null;
    void this.pager.restart();
  }
}

export const history = new HistoryStore();
