import type { CardRow, Direction } from '../../bindings/api';
import { api } from '../../ipc';
import { Sheet } from '../../stores/sheet.svelte';
import { view } from '../../stores/view.svelte';

export type HistoryKind = 'all' | Direction | 'missed';

/** Filters and rows of «Historial»; they stay while other sections are shown. */
class HistoryStore {
  kind = $state<HistoryKind>('all');
  typed = $state('');
  text = $state('');
  sheet = new Sheet<CardRow>((span) =>
    api('list_cards', {
      filter: this.kind === 'missed' ? 'missed' : 'history',
      direction: this.kind === 'incoming' || this.kind === 'outgoing' ? this.kind : null,
      contact: view.historyOf?.id ?? null,
      text: this.text,
      ...span,
    }),
  );

  get filtered(): boolean {
    return this.kind !== 'all' || this.text !== '' || view.historyOf !== null;
  }

  apply(): void {
    this.text = this.typed.trim();
    void this.sheet.restart();
  }

  choose(kind: HistoryKind): void {
    this.kind = kind;
    void this.sheet.restart();
  }

  clear(): void {
    this.kind = 'all';
    this.typed = '';
    this.text = '';
    view.historyOf = null;
    void this.sheet.restart();
  }
}

export const history = new HistoryStore();
