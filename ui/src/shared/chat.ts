import type { AccountId, ChatView, ContactBrief } from '../bindings/api';
import { api } from '../ipc';
import { t } from '../locales/index.svelte';
import { agent } from '../stores/agent.svelte';
import { chats } from '../stores/chats.svelte';
import { initialsOf } from './colleague';
import { tell } from './failure';

/** The person, if it can be only one. */
export function personOf({ matches }: Pick<ChatView, 'matches'>): ContactBrief | null {
  return matches.state === 'one' ? matches.contact : null;
}

/** Nobody can be answered who hides who they are (RFC 3323). */
export function isHidden({ address }: ChatView): boolean {
  return /^(sip:)?(anonymous)?(@.*)?$/i.test(address);
}

/** Who it is: a colleague of that exchange, a person, what the network says, or the number. */
export function nameOf(chat: ChatView): string {
  if (isHidden(chat)) return t('chats.unknown');
  const colleague = agent.colleagues.list.find((one) => one.target === chat.address && one.account === chat.account);
  if (colleague) return colleague.name;
  if (chat.matches.state === 'several') return t('calls.possible', { n: chat.matches.contacts.length });
  return personOf(chat)?.name ?? chat.network_name ?? chat.display;
}

export function initials(chat: ChatView): string | null {
  const name = nameOf(chat);
  const person = personOf(chat);
  if (person?.name === name) return person.initials;
  return name === chat.display || isHidden(chat) || chat.matches.state === 'several' ? null : initialsOf(name);
}

/** Opens the chat with an address, over this line or the default one. */
export async function startChat(to: string, account: AccountId | null = null): Promise<void> {
  const chat = await tell(api('find_chat', { account, to }));
  if (chat) chats.show(chat);
}

/** A text on one line. */
export function inLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 200);
}
