import type { ConnectionKind, ConnectionSetup, ConnectionView, DescriptionView, SalesforceLogin, ZohoCentre } from '../../bindings/api';
import { t } from '../../locales/index.svelte';

export const KINDS: ConnectionKind[] = ['salesforce', 'zoho', 'hubspot', 'rest', 'webhook', 'ldap', 'carddav'];
export const CENTRES: ZohoCentre[] = ['us', 'eu', 'in', 'au', 'jp', 'sa', 'cn', 'ca'];
/** The choice of a file of one's own among those that come with the program. */
export const OWN = '';

/** What is written in the form, of every kind at once: who changes the kind and back finds it again. */
export interface CrmEntries {
  kind: ConnectionKind;
  name: string;
  /** How one signs in to Salesforce. */
  way: 'browser' | 'password';
  at: SalesforceLogin['at'];
  host: string;
  centre: ZohoCentre;
  by: 'token' | 'browser';
  /** A file that comes with the program, or {@link OWN}. */
  file: string;
  text: string;
  address: string;
  settings: Record<string, string>;
  user: string;
  client_id: string;
  url: string;
  base: string;
  authority: string;
  secret: string;
}

/** The form of a connection, or of a new one. Its secret is never read. */
export function entriesOf(old: ConnectionView | null): CrmEntries {
  const entries: CrmEntries = { kind: old?.kind ?? 'salesforce', name: old?.name ?? '', way: 'browser', at: 'production', host: '', centre: 'us', by: 'token', file: 'odoo', text: '', address: '', settings: {}, user: '', client_id: '', url: '', base: '', authority: '', secret: '' };
  const setup = old?.setup;
  switch (setup?.kind) {
    case 'salesforce':
      return { ...entries, at: setup.login.at, host: setup.login.at === 'own' ? setup.login.host : '', client_id: setup.client_id };
    case 'salesforce_password':
      return { ...entries, way: 'password', at: setup.login.at, host: setup.login.at === 'own' ? setup.login.host : '', user: setup.user };
    case 'zoho':
      return { ...entries, centre: setup.centre, client_id: setup.client_id };
    case 'hubspot':
      return { ...entries, by: setup.sign_in.by, client_id: setup.sign_in.by === 'browser' ? setup.sign_in.client_id : '' };
    case 'rest': {
      const { file, address, settings, user, client_id } = setup;
      const filled = Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
      return { ...entries, file: file.from === 'shipped' ? file.name : OWN, text: file.from === 'own' ? file.text : '', address: address ?? '', settings: filled, user: user ?? '', client_id: client_id ?? '' };
    }
    case 'webhook':
      return { ...entries, url: setup.url };
    case 'ldap':
      return { ...entries, address: setup.address, user: setup.user ?? '', base: setup.base ?? '', authority: setup.authority ?? '' };
    case 'carddav':
      return { ...entries, address: setup.address, user: setup.user };
    default:
      return entries;
  }
}

/** What the agent is told. `asks` is what the chosen description asks for. */
export function setupOf(entries: CrmEntries, asks: DescriptionView | null, old: ConnectionView | null): ConnectionSetup {
  const client_id = entries.client_id.trim();
  const before = old?.setup;
  switch (entries.kind) {
    case 'webhook':
      return { kind: 'webhook', url: entries.url.trim() };
    case 'ldap': {
      const some = (text: string) => text.trim() || null;
      return { kind: 'ldap', address: entries.address.trim(), user: some(entries.user), base: some(entries.base), authority: some(entries.authority) };
    }
    case 'carddav':
      return { kind: 'carddav', address: entries.address.trim(), user: entries.user.trim() };
    case 'zoho':
      return { kind: 'zoho', centre: entries.centre, client_id, local: before?.kind === 'zoho' ? before.local : null };
    case 'hubspot':
      return { kind: 'hubspot', sign_in: entries.by === 'browser' ? { by: 'browser', client_id } : { by: 'token' }, local: before?.kind === 'hubspot' ? before.local : null };
    case 'rest': {
      const some = (asked: boolean, text: string) => (asked ? text.trim() : null);
      const settings = Object.fromEntries((asks?.settings ?? []).map(({ name }) => [name, (entries.settings[name] ?? '').trim()]));
      return {
        kind: 'rest', settings, file: entries.file === OWN ? { from: 'own', text: entries.text } : { from: 'shipped', name: entries.file },
        address: some(asks?.server === null, entries.address), user: some(asks?.sign_in.by === 'password', entries.user), client_id: some(wantsClient(asks), client_id),
      };
    }
    default: {
      const login: SalesforceLogin = entries.at === 'own' ? { at: 'own', host: entries.host.trim() } : { at: entries.at };
      return entries.way === 'password' ? { kind: 'salesforce_password', login, user: entries.user.trim() } : { kind: 'salesforce', client_id, login };
    }
  }
}

function wantsClient(asks: DescriptionView | null): boolean {
  return asks?.sign_in.by === 'browser' || asks?.sign_in.by === 'program';
}

/** What the secret is called; nothing where there is none. */
export function secretWords({ kind, by, way, user }: CrmEntries, asks: DescriptionView | null): string | null {
  if (kind === 'salesforce') return way === 'password' ? t('connection.secret.with_token') : null;
  // Who asks as nobody in particular has no password.
  if (kind === 'ldap') return user.trim() === '' ? null : t('connection.secret.password');
  if (kind === 'carddav') return t('connection.secret.password');
  if (kind === 'webhook') return t('connection.secret');
  if (kind === 'hubspot') return t(by === 'token' ? 'connection.secret.token' : 'connection.secret.client');
  if (kind !== 'rest' || !asks) return null;
  const { sign_in } = asks;
  if ('secret' in sign_in) return sign_in.secret ? t('connection.secret.client') : null;
  return t(sign_in.by === 'key' ? 'connection.secret.key' : 'connection.secret.password');
}

/** Whether a client's public name is asked for. */
export function hasClient({ kind, by, way }: CrmEntries, asks: DescriptionView | null): boolean {
  return (kind === 'salesforce' && way === 'browser') || kind === 'zoho' || (kind === 'hubspot' && by === 'browser') || (kind === 'rest' && wantsClient(asks));
}

/** Somebody signs in with the browser, which then comes back to this computer. */
export function usesBrowser(entries: CrmEntries, asks: DescriptionView | null): boolean {
  return hasClient(entries, asks) && !(entries.kind === 'rest' && asks?.sign_in.by === 'program');
}

/** A secret is kept for what the form says: it goes to no other place than the one that it was given for. */
export function secretStays(entries: CrmEntries, asks: DescriptionView | null, old: ConnectionView | null): boolean {
  if (!old?.has_secret) return false;
  return entries.kind === 'webhook' || same(setupOf(entries, asks, old), old.setup);
}

function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return left.length === right.length && left.every(([key, value]) => same(value, (b as Record<string, unknown>)[key]));
}

/** What is missing or has a wrong form, by field. */
export function errorsOf(entries: CrmEntries, asks: DescriptionView | null, old: ConnectionView | null): Record<string, string> {
  const errors: Record<string, string> = {};
  const need = (field: string, text: string) => text.trim() === '' && (errors[field] = t('form.error_required'));
  const needAddress = (field: string, text: string) => /^https?:\/\/\S+$/i.test(text.trim()) || (errors[field] = t('connection.error_url'));
  if (entries.kind === 'salesforce' && entries.at === 'own') need('host', entries.host);
  if (entries.kind === 'salesforce' && entries.way === 'password') need('user', entries.user);
  if (entries.kind === 'webhook') needAddress('url', entries.url);
  if (entries.kind === 'carddav') {
    needAddress('address', entries.address);
    need('user', entries.user);
  }
  if (entries.kind === 'ldap' && !/^ldaps?:\/\/\S+$/i.test(entries.address.trim())) errors['address'] = t('connection.error_ldap');
  if (entries.kind === 'ldap' && entries.authority.trim() !== '' && !entries.authority.includes('-----BEGIN CERTIFICATE-----')) errors['authority'] = t('connection.error_authority');
  if (entries.kind === 'rest') {
    if (!asks) errors['file'] = t('connection.error_file');
    if (asks?.server === null) needAddress('address', entries.address);
    for (const { name } of asks?.settings ?? []) need(`setting.${name}`, entries.settings[name] ?? '');
    if (asks?.sign_in.by === 'password') need('user', entries.user);
  }
  if (hasClient(entries, asks)) need('client_id', entries.client_id);
  if (secretWords(entries, asks) && !secretStays(entries, asks, old)) need('secret', entries.secret);
  return errors;
}
