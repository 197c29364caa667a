import type { FormOf } from '../bindings/api';
import { api } from '../ipc';

/** At most this much typing can be lost: the timer runs from the first unsent key and is never put off. */
const THROTTLE_MS = 200;
const RETRY_MS = 2_000;

/** One form that is not finished: its text goes to the store as it is typed, and leaves it when it is done. */
export class FormKeeper {
  readonly form: FormOf;
  /** What the store shall have; null is nothing. */
  #wished: string | null;
  #stored: string | null;
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(form: FormOf, stored: string | null = null) {
    this.form = form;
    this.#wished = this.#stored = stored;
  }

  keep(text: string): void {
    if (text === this.#wished) return;
    this.#wished = text;
    this.#timer ??= setTimeout(() => this.flush(), THROTTLE_MS);
  }

  /** The form is saved or given up. */
  drop(): void {
    this.#wished = null;
    this.flush();
  }

  /** Sends what is not sent yet, now; one after the other, so that the last word is the last. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#busy && this.#wished !== this.#stored) void this.#send(this.#wished);
  }

  async #send(text: string | null): Promise<void> {
    this.#busy = true;
    try {
      if (text === null) await api('drop_form', { form: this.form });
      else await api('keep_form', { form: this.form, text });
      this.#stored = text;
    } catch {
      // What is on screen stays; that the disk is full or the books are locked is said by the agent itself.
      this.#timer ??= setTimeout(() => this.flush(), RETRY_MS);
    } finally {
      this.#busy = false;
      if (this.#timer === undefined) this.flush();
    }
  }
}

const nameOf = (form: FormOf): string => ('call' in form ? `${form.of}:${form.call}` : form.of);

class Forms {
  /** What an earlier window left is known, or cannot be. */
  restored = $state(false);
  #keepers = new Map<string, FormKeeper>();

  of(form: FormOf): FormKeeper {
    let keeper = this.#keepers.get(nameOf(form));
    if (!keeper) this.#keepers.set(nameOf(form), (keeper = new FormKeeper(form)));
    return keeper;
  }

  /** Reads what an earlier window left, and hands each to `take`; what it cannot read goes. */
  async restore(take: (form: FormOf, text: string) => boolean): Promise<void> {
    try {
      const { list } = await api('kept_forms', {});
      for (const { form, text } of list) {
        const keeper = new FormKeeper(form, text);
        this.#keepers.set(nameOf(form), keeper);
        if (!take(form, text)) keeper.drop();
      }
    } finally {
      // Where it cannot be read, forms open all the same.
      this.restored = true;
    }
  }

  flushAll(): void {
    for (const keeper of this.#keepers.values()) keeper.flush();
  }
}

export const forms = new Forms();
