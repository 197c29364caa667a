import type { ContactBrief, ContactKind } from '../../bindings/api';
import { api } from '../../ipc';
import { Pager } from '../../stores/pager.svelte';

/** Search and rows of «Contactos»; they stay while other sections are shown. */
class ContactListStore {
  /** What is typed in the field. */
  typed = $state('');
  /** What the rows answer. */
  text = $state('');
  kind = $state<ContactKind | null>(null);
  searching = $state(false);
  pager = new Pager<ContactBrief>((after, limit) => api('search_contacts', { text: this.text, kind: this.kind, after, limit }));

  /** Enter: applies the filter. */
  apply(): void {
    this.text = this.typed.trim();
    void this.pager.restart();
  }

  /** Esc: the whole list again. */
  clear(): void {
    this.typed = '';
    this.searching = false;
    if (this.text !== '') this.apply();
  }

  choose(kind: ContactKind | null): void {
    this.kind = kind;
    void this.pager.restart();
  }
}

export const contactList = new ContactListStore();
