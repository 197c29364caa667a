import type { CardRow, ContactBrief, NumberCheck, RemotePerson } from '../../bindings/api';
import { api } from '../../ipc';
import { RemoteText } from '../../shared/remotetext.svelte.ts';

export type OmniRow =
  | { kind: 'number'; id: string; check: NumberCheck }
  | { kind: 'person'; id: string; contact: ContactBrief }
  | { kind: 'record'; id: string; row: CardRow }
  | { kind: 'remote'; id: string; person: RemotePerson };

const DEBOUNCE_MS = 80;

/** What the omnibox finds while one types; late answers are dropped. */
export class OmniSearch {
  rows = $state.raw<OmniRow[]>([]);
  /** The text that `rows` answers. */
  answered = $state('');
  /** The text if it can be dialled as it is. */
  dialable = $state<string | null>(null);
  /** Who the CRMs know by the same text; a row of theirs moves none of the others. */
  remote = new RemoteText();
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  find(text: string): void {
    clearTimeout(this.#timer);
    this.remote.find(text);
    const turn = ++this.#turn;
    if (text.trim() === '') {
      this.rows = [];
      this.answered = '';
      this.dialable = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#ask(text.trim(), turn), DEBOUNCE_MS);
  }

  /** The rows from here, and below them those of the CRMs. */
  get all(): OmniRow[] {
    if (this.remote.text !== this.answered) return this.rows;
    const here = this.rows.flatMap((row) => (row.kind === 'person' ? [row.contact.id] : []));
    return [...this.rows, ...this.remote.besides(here).map((person, at) => ({ kind: 'remote' as const, id: `omni-c-${at}`, person }))];
  }

  /** Asks what the text is as a number; nothing if that cannot be known. */
  async #check(text: string, turn: number): Promise<NumberCheck | null> {
    const check = await api('check_number', { text }).catch(() => null);
    if (turn === this.#turn) this.dialable = check?.dialable ? text : null;
    return check;
  }

  async #ask(text: string, turn: number): Promise<void> {
    const [check, people, records] = await Promise.all([
      this.#check(text, turn),
      api('search_contacts', { text, kind: null, after: null, skip: 0, limit: 5 }).catch(() => null),
      api('list_cards', { filter: 'history', direction: null, contact: null, text, after: null, skip: 0, limit: 3 }).catch(() => null),
    ]);
    if (turn !== this.#turn) return;
    const rows: OmniRow[] = [];
    if (check?.dialable) rows.push({ kind: 'number', id: 'omni-number', check });
    for (const contact of people?.rows ?? []) rows.push({ kind: 'person', id: `omni-p-${contact.id}`, contact });
    for (const row of records?.rows ?? []) rows.push({ kind: 'record', id: `omni-r-${row.call}`, row });
    this.rows = rows;
    this.answered = text;
  }
}
