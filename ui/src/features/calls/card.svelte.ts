import { untrack } from 'svelte';

import type { CallId, CallView, CardView, ErrorCode } from '../../bindings/api';
import { api } from '../../ipc';
import { codeOf } from '../../shared/failure';
import { agent } from '../../stores/agent.svelte';
import { drafts, EMPTY } from '../../stores/drafts.svelte';

/** One open card, read again whenever cards change. */
export class OpenCard {
  card = $state.raw<CardView | null>(null);
  failed = $state<ErrorCode | null>(null);
  #turn = 0;

  /** Takes a view that a command answered. It may be older than what was read meanwhile, so it is read once more. */
  take(card: CardView): void {
    this.#show(card);
    void this.load(card.row.call);
  }

  #show(card: CardView): void {
    this.#turn++;
    this.card = card;
    this.failed = null;
    drafts.of(card.row.call).adopt(card.draft, card.draft_saved_at_ms);
  }

  async load(call: CallId): Promise<void> {
    const turn = ++this.#turn;
    if (this.card?.row.call !== call) this.card = null;
    try {
      const card = await api('card', { call });
      if (turn === this.#turn) this.#show(card);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.failed = codeOf(error);
      if (this.failed === 'not_found') this.card = null;
    }
  }

  clear(): void {
    this.#turn++;
    this.card = null;
    this.failed = null;
  }
}

/** Follows the card that `id` names; to be called while a component is made. */
export function followCard(id: () => CallId | null): OpenCard {
  const open = new OpenCard();
  $effect(() => {
    const call = id();
    void agent.changed.cards;
    void (call && agent.call(call)?.matches);
    untrack(() => (call ? void open.load(call) : open.clear()));
  });
  return open;
}

/** What is known of a live call's card before the store has answered, so that one can write from the first second. */
export function cardOf(call: CallView): CardView {
  return {
    row: {
      call: call.id, direction: call.direction, missed: false, party: call.party, line: call.line, own_number: '', contact: call.contact,
      possible_contacts: call.matches.state === 'several' ? call.matches.contacts.length : 0, started_at_ms: call.started_at_ms, duration_s: 0, state: 'live',
      has_draft: false, expires_at_ms: null, sync: 'none', pushes: [], end: null, disposition: null, recorded: false, demo: call.demo,
    },
    matches: call.matches, contact: null, draft: EMPTY, draft_saved_at_ms: null, save_blocked: 'call_live', recent: [],
  };
}
