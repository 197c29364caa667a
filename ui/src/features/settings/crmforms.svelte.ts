import { SvelteSet } from 'svelte/reactivity';

import type { ConnectionView } from '../../bindings/api';
import { type CrmEntries, entriesOf } from './crmsetup';

/** The form of a connection that is not there yet. */
export const NEW = 'new';

interface Typed {
  entries: CrmEntries;
  /** How it began. */
  untouched: string;
}

/**
 * Forms of connections, with what is typed in them: opening a form closes no other, and a call or another section takes nothing away.
 * They end with the window, because of the passwords in them.
 */
class CrmForms {
  #open = new SvelteSet<string>();
  #typed = new Map<string, Typed>();

  isOpen(key: string): boolean {
    return this.#open.has(key);
  }

  show(key: string, on: boolean): void {
    if (on) this.#open.add(key);
    else this.#open.delete(key);
  }

  /** What is typed for a connection, or for a new one. */
  of(connection: ConnectionView | null): Typed {
    const key = connection?.id ?? NEW;
    let typed = this.#typed.get(key);
    if (!typed) {
      const entries = $state(entriesOf(connection));
      this.#typed.set(key, (typed = { entries, untouched: JSON.stringify(entries) }));
    }
    return typed;
  }

  /** It is saved or given up. */
  done(key: string): void {
    this.#open.delete(key);
    this.#typed.delete(key);
  }
}

export const crmForms = new CrmForms();
