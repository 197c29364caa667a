import type { CallId, Draft, ErrorCode } from '../bindings/api';
import { api, ApiFailure } from '../ipc';
import { forms } from './forms.svelte';

/** At most this much typing can be lost: the timer runs from the first unsent key and is never put off. */
const THROTTLE_MS = 200;
const RETRY_MS = 2_000;

/** Edits count up over window sessions too: tenths of a second since 2026 fit 32 bits until 2039. */
let lastEdit = Math.floor((Date.now() - Date.UTC(2026, 0, 1)) / 100);

export const EMPTY: Draft = { contact: null, subject: '', comment: '', disposition: null, ticket: null };

/** What is written on one card, sent to the store while it is being typed. */
export class DraftEditor {
  readonly call: CallId;
  draft = $state.raw<Draft>(EMPTY);
  /** When the store last confirmed it, UTC. */
  savedAt = $state<number | null>(null);
  /** Why the last writing failed; the text stays here and is tried again. */
  failed = $state<ErrorCode | null>(null);
  /** Something is typed that the store has not confirmed. */
  dirty = $state(false);
  #edit = 0;
  #sent = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(call: CallId) {
    this.call = call;
  }

  /** Takes what the store has, unless something newer is being typed. */
  adopt(draft: Draft, savedAt: number | null): void {
    if (this.dirty) return;
    this.draft = draft;
    this.savedAt = savedAt;
  }

  change(part: Partial<Draft>): void {
    this.draft = { ...this.draft, ...part };
    this.dirty = true;
    this.#edit = ++lastEdit;
    this.#timer ??= setTimeout(() => this.flush(), THROTTLE_MS);
  }

  /** Sends what is not sent yet, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.dirty || this.#sent === this.#edit) return;
    const edit = (this.#sent = this.#edit);
    void this.#send(edit);
  }

  async #send(edit: number): Promise<void> {
    try {
      const { saved_at_ms } = await api('save_draft', { call: this.call, edit, draft: this.draft });
      this.savedAt = saved_at_ms;
      this.failed = null;
      if (edit === this.#edit) this.dirty = false;
    } catch (error) {
      this.failed = error instanceof ApiFailure ? error.code : 'internal';
      this.#sent = 0;
      this.#timer ??= setTimeout(() => this.flush(), RETRY_MS);
    }
  }

  /** Salvar has stored everything, or the card is gone. */
  settle(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.dirty = false;
    this.failed = null;
  }
}

class Drafts {
  #editors = new Map<CallId, DraftEditor>();

  of(call: CallId): DraftEditor {
    let editor = this.#editors.get(call);
    if (!editor) this.#editors.set(call, (editor = new DraftEditor(call)));
    return editor;
  }

  /** Forgets the editors that hold nothing unsent. */
  trim(keep: CallId[]): void {
    for (const [call, editor] of this.#editors) if (!editor.dirty && !keep.includes(call)) this.#editors.delete(call);
  }

  flushAll(): void {
    for (const editor of this.#editors.values()) editor.flush();
  }
}

export const drafts = new Drafts();

/** Flushes when the window goes away or to the background. */
export function guardDrafts(): void {
  const flush = () => {
    drafts.flushAll();
    forms.flushAll();
  };
  addEventListener('pagehide', flush);
  addEventListener('beforeunload', flush);
  addEventListener('blur', flush);
  document.addEventListener('visibilitychange', flush);
}
