import type { ContactBrief, ContactKind } from '../../bindings/api';
import { api } from '../../ipc';
import { Sheet } from '../../stores/sheet.svelte';

/** Search and rows of «Contactos»; they stay while other sections are shown. */
class ContactListStore {
  /** What is typed in the field. */
  typed = $state('');
  /** What the rows answer. */
  text = $state('');
  kind = $state<ContactKind | null>(null);
  searching = $state(false);
  sheet = new Sheet<ContactBrief>((span) => api('search_contacts', { text: this.text, kind: this.kind, ...span }));

  /** Enter: applies the filter. */
  apply(): void {
    this.text = this.typed.trim();
    void this.sheet.restart();
  }

  /** Esc: the whole list again. */
  clear(): void {
    this.typed = '';
    this.searching = false;
    if (this.text !== '') this.apply();
  }

  choose(kind: ContactKind | null): void {
    this.kind = kind;
    void this.sheet.restart();
  }
}

export const contactList = new ContactListStore();
