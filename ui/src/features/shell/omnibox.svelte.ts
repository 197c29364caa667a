import type { CardRow, ContactBrief, NumberCheck } from '../../bindings/api';
import { api } from '../../ipc';

export type OmniRow =
  | { kind: 'number'; id: string; check: NumberCheck }
  | { kind: 'person'; id: string; contact: ContactBrief }
  | { kind: 'record'; id: string; row: CardRow };

const DEBOUNCE_MS = 80;

/** Whether a text could be dialled: digits and signs, or an address of an exchange. */
export function looksDialable(text: string): boolean {
  return /^(\+?[\d\s().*#-]+|sips?:\S+|\S+@\S+\.\S+)$/.test(text.trim()) && /[\d*#]|@/.test(text);
}

/** What the omnibox finds while one types; late answers are dropped. */
export class OmniSearch {
  rows = $state.raw<OmniRow[]>([]);
  /** The text that `rows` answers. */
  answered = $state('');
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  find(text: string): void {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    if (text.trim() === '') {
      this.rows = [];
      this.answered = '';
      return;
    }
    this.#timer = setTimeout(() => void this.#ask(text.trim(), turn), DEBOUNCE_MS);
  }

  async #ask(text: string, turn: number): Promise<void> {
    const [check, people, records] = await Promise.all([
      looksDialable(text) ? api('check_number', { text }).catch(() => null) : null,
      api('search_contacts', { text, kind: null, after: null, skip: 0, limit: 5 }).catch(() => null),
      api('list_cards', { filter: 'history', direction: null, contact: null, text, after: null, skip: 0, limit: 3 }).catch(() => null),
    ]);
    if (turn !== this.#turn) return;
    const rows: OmniRow[] = [];
    if (check) rows.push({ kind: 'number', id: 'omni-number', check });
    for (const contact of people?.rows ?? []) rows.push({ kind: 'person', id: `omni-p-${contact.id}`, contact });
    for (const row of records?.rows ?? []) rows.push({ kind: 'record', id: `omni-r-${row.call}`, row });
    this.rows = rows;
    this.answered = text;
  }
}
