import type { CallId, CallView, CardPush, ConnectionId, ContactId, ContactView, PushReason, RecordRef, RemoteMatches, RemotePerson } from '../bindings/api';
import { api } from '../ipc';
import { locale, t } from '../locales/index.svelte';
import { agent } from '../stores/agent.svelte';
import { toasts } from '../stores/toasts.svelte';
import { tell } from './failure';
import type { IconName } from './icons';

/** What the connection is called; nothing if it is gone. */
export function sourceOf(connection: ConnectionId): string | null {
  return agent.connections.list.find((one) => one.id === connection)?.name ?? null;
}

/** The connection has pages of its records; a phone book has none. */
export function hasPages(connection: ConnectionId): boolean {
  return agent.connections.list.some((one) => one.id === connection && one.kind !== 'ldap' && one.kind !== 'carddav');
}

/** Names of connections, as a list in words. */
export function listed(connections: Iterable<ConnectionId>): string {
  const names = [...new Set(connections)].flatMap((one) => sourceOf(one) ?? []);
  return new Intl.ListFormat(locale.tag, { type: 'conjunction' }).format(names);
}

/** CRMs with people where somebody is signed in. */
export function asked(): ConnectionId[] {
  return agent.connections.list.filter((one) => one.can.people && one.state.state !== 'signed_out' && one.state.state !== 'signing_in' && one.state.state !== 'sign_in_again').map((one) => one.id);
}

/** CRMs with tickets where somebody is signed in. */
export function ticketsAsked(): ConnectionId[] {
  return asked().filter((one) => agent.connections.list.some(({ id, can }) => id === one && can.tickets));
}

/** Who of the CRMs is offered: all but those who stand among the local answers already. */
export function offered(remote: RemoteMatches | null, matches: CallView['matches'], contact: ContactId | null): RemotePerson[] {
  const local = matches.state === 'several' ? matches.contacts.map((one) => one.id) : matches.state === 'one' ? [matches.contact.id] : [];
  return (remote?.people ?? []).filter((one) => one.contact === null || (one.contact !== contact && !local.includes(one.contact)));
}

/** Names of the CRMs of these people in which somebody here is known, too; nothing if in none. */
export function sourcesOf(people: RemotePerson[], contact: ContactId): string | null {
  return listed(people.filter((one) => one.contact === contact).map((one) => one.record.connection)) || null;
}

/** Both name the same record. */
export function sameRecord(a: RecordRef, b: RecordRef): boolean {
  return a.connection === b.connection && a.kind === b.kind && a.id === b.id;
}

/** The only one whom a CRM knows by the number of a call, when nobody is known here; shown with its source, never assigned. */
export function onlyRemote(call: CallView): RemotePerson | undefined {
  if (call.contact || call.matches.state !== 'none' || call.remote?.search === 'searching') return undefined;
  const people = offered(call.remote, call.matches, null);
  return people.length === 1 ? people[0] : undefined;
}

/** How far the CRMs have answered, in words; nothing once all have. */
export function searchWords(remote: RemoteMatches): string | null {
  const waited = asked().filter((one) => !remote.failed.includes(one) && !remote.people.some((person) => person.record.connection === one));
  const names = listed(waited);
  if (names && remote.search === 'searching') return t('remote.searching', { names });
  if (names && remote.search === 'late') return t('remote.late', { names });
  return null;
}

/** Which CRMs did not answer, in words. */
export function failedWords(remote: RemoteMatches): string | null {
  const names = listed(remote.failed);
  return names ? t('remote.failed', { names }) : null;
}

/** Nobody there has the number, in words: of those that did answer. */
export function nobodyWords(remote: RemoteMatches): string | null {
  const names = listed(asked().filter((one) => !remote.failed.includes(one)));
  return names && remote.search === 'done' ? t('remote.none', { names }) : null;
}

/** How many people are offered, in words. */
export function countWords(people: RemotePerson[]): string {
  return t('remote.several', { n: people.length, names: listed(people.map((one) => one.record.connection)) });
}

/** What stands below the name of somebody of a CRM. */
export function personNote({ company, phones, email }: RemotePerson): string {
  return [company, phones[0] ?? email].filter(Boolean).join(' · ');
}

/** Somebody of a CRM becomes a contact here; nothing if not, which is said. */
export async function take({ record }: RemotePerson, call: CallId | null): Promise<ContactView | null> {
  const taken = await tell(api('take_remote', { record, call }));
  if (taken) toasts.say(t(call ? 'remote.taken' : 'remote.added', { name: taken.brief.name, source: sourceOf(record.connection) ?? t('push.gone') }));
  return taken;
}

/** Icon and colour of each state of a push. */
export const PUSH_LOOKS: Record<CardPush['state'], { icon: IconName; colour: string }> = {
  waiting: { icon: 'cloud-arrow-up', colour: '' },
  unknown: { icon: 'question', colour: 'c-warn' },
  sent: { icon: 'cloud-check', colour: 'c-in' },
  stuck: { icon: 'cloud-warning', colour: 'c-miss' },
};

const WORST: CardPush['state'][] = ['stuck', 'unknown', 'waiting', 'sent'];

/** Of several pushes the one that is worst off. */
export function worst(pushes: CardPush[]): CardPush | undefined {
  return pushes.toSorted((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state))[0];
}

/** Where a push stands, in words. */
export function pushWords(push: CardPush): string {
  return t(`push.${push.state}`, { source: sourceOf(push.connection) ?? t('push.gone') });
}

/** The same with the reason. */
export function pushReason(push: CardPush): string {
  const { reason } = push;
  if (!reason || push.state === 'sent') return pushWords(push);
  return t('push.why', { words: pushWords(push), reason: reasonWords(reason) });
}

/** Why a CRM did not do it, in words. */
export function reasonWords(reason: PushReason): string {
  const words = t(`push.reason.${reason.reason}`);
  const detail = reason.reason === 'invalid' ? reason.fields.join(', ') || reason.code : reason.reason === 'forbidden' ? reason.code : '';
  return detail ? t('push.detail', { reason: words, detail }) : words;
}
