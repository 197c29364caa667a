import type { AccountId, ChatView } from '../bindings/api';
import { forms } from './forms.svelte';
import { view } from './view.svelte';

/** Where a chat is: one line, and an address as the agent writes it. */
export interface ChatPlace {
  account: AccountId;
  address: string;
}

export const placeOf = ({ account, address }: ChatPlace): string => `${account} ${address}`;

/** Which chat is open, and what is written in chats and not sent; that outlives the window. */
class Chats {
  open = $state.raw<ChatPlace | null>(null);
  /** Who is to be written to is being asked. */
  asking = $state(false);
  #drafts = $state.raw<Readonly<Record<string, string>>>({});

  show({ account, address }: ChatPlace): void {
    view.go('chats');
    this.open = { account, address };
    this.asking = false;
  }

  isOpen(chat: ChatView): boolean {
    return view.section === 'chats' && this.open !== null && placeOf(this.open) === placeOf(chat);
  }

  draft(place: ChatPlace): string {
    return this.#drafts[placeOf(place)] ?? '';
  }

  write(place: ChatPlace, text: string): void {
    const others = Object.entries(this.#drafts).filter(([of]) => of !== placeOf(place));
    this.#drafts = Object.fromEntries(text === '' ? others : [...others, [placeOf(place), text]]);
    const keeper = forms.of({ of: 'chats' });
    if (Object.keys(this.#drafts).length === 0) keeper.drop();
    else keeper.keep(JSON.stringify(this.#drafts));
  }

  /** Takes what an earlier window left; whether it can be read. */
  restore(text: string): boolean {
    try {
      const read: unknown = JSON.parse(text);
      if (typeof read !== 'object' || read === null || !Object.values(read).every((one) => typeof one === 'string')) return false;
      this.#drafts = { ...(read as Record<string, string>), ...this.#drafts };
      return true;
    } catch {
      return false;
    }
  }
}

export const chats = new Chats();
