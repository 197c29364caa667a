/** Connections to CRMs and what goes there, and how the agent answers for them. */
import type { Commands, ConnectionView, DescriptionView, ErrorCode, PushReason, PushRow, QueueView } from '../../src/bindings/api';
import { uuid } from './seed.ts';

type Name = 'list_descriptions' | 'read_description' | 'list_pushes' | 'retry_push' | 'give_up_push' | 'correct_push' | 'export_push' | 'save_push' | 'save_connection' | 'move_connection' | 'connect' | 'cancel_connect' | 'check_connection' | 'send_now' | 'use_call_results' | 'disconnect';
type Answers = { [N in Name]: (request: Commands[N]['request']) => Commands[N]['view'] };
type Refuse = (code: ErrorCode, detail?: string) => never;

const none = {};
const EMPTY: QueueView = { waiting: 0, stuck: 0, unknown: 0, last_sent_ms: null };
const UNABLE = { people: false, leads: false, tickets: false, logs_once: false };

const NAMES = { salesforce: 'Salesforce', zoho: 'Zoho CRM', hubspot: 'HubSpot', webhook: 'Webhook', ldap: 'LDAP', carddav: 'CardDAV' };
const ODOO: DescriptionView = { name: 'Odoo', verified: false, server: null, authority: null, settings: [{ name: 'database', label: 'Base de datos' }], sign_in: { by: 'key' } };
const OTHERS: DescriptionView[] = [
  { name: 'Dynamics 365', verified: false, server: null, authority: 'login.microsoftonline.com', settings: [{ name: 'tenant', label: 'Inquilino (tenant)' }], sign_in: { by: 'browser', secret: false } },
  { name: 'SuiteCRM 8', verified: false, server: null, authority: null, settings: [], sign_in: { by: 'program', secret: true } },
];

/** What the agent says of a file: a line that begins with «x» is wrong. */
function read(text: string): Commands['read_description']['view'] {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith('x'));
  if (at >= 0) return { result: 'wrong', flaw: { line: at + 1, key: 'sign_in.kind', what: 'key, bearer, basic, browser or program is meant' } };
  return { result: 'good', description: { name: 'Casa', verified: true, server: 'https://casa.example/', authority: null, settings: [], sign_in: { by: 'password' } } };
}

/** One that works, one that must sign in again, and one that asked for patience. */
export function someConnections(now: number): ConnectionView[] {
  const base = { has_secret: false, identity: null, token_ends_at_ms: null, failure: null, sending: false, queue: EMPTY, can: UNABLE, verified: false, copies: null, call_results: null, doubts: 0 };
  const login = { at: 'production' } as const;
  return [
    { ...base, id: uuid(), kind: 'salesforce', name: 'Salesforce', setup: { kind: 'salesforce', login, client_id: '3MVG9' }, state: { state: 'connected' }, identity: { user: 'Lucía Mora', organisation: 'Central Ejemplo' }, token_ends_at_ms: now + 5_400_000 },
    { ...base, id: uuid(), kind: 'salesforce', name: 'Ventas', setup: { kind: 'salesforce', login: { at: 'own', host: 'ventas.my.salesforce.com' }, client_id: '3MVG8' }, state: { state: 'sign_in_again' }, identity: { user: 'Lucía Mora', organisation: null }, failure: { fault: 'refused', code: 'invalid_grant' } },
    { ...base, id: uuid(), kind: 'webhook', name: 'Registro', setup: { kind: 'webhook', url: 'https://registro.central.example/llamadas' }, has_secret: true, state: { state: 'waiting', until_ms: now + 60_000, limit: false }, identity: { user: 'registro.central.example', organisation: null }, verified: true },
  ];
}

/** A company with twelve, in every state, one with a name as long as names can be. */
export function manyConnections(now: number): ConnectionView[] {
  const [salesforce, again, webhook] = someConnections(now) as [ConnectionView, ConnectionView, ConnectionView];
  const fresh = { id: '', identity: null, token_ends_at_ms: null, failure: null };
  const own = (at: number): Partial<ConnectionView> => ({ name: `Zoho ${at}`, kind: 'zoho', setup: { kind: 'zoho', centre: 'eu', client_id: 'x', local: null } });
  const several: Partial<ConnectionView>[] = [
    { name: 'Cooperativa de Productores de Café de la Zona de los Santos', queue: { waiting: 12, stuck: 3, unknown: 1, last_sent_ms: null }, sending: true },
    { ...fresh, ...own(1), state: { state: 'signed_out' } },
    { ...fresh, ...own(2), state: { state: 'signing_in' } },
    { ...own(3), state: { state: 'not_reached', retry_at_ms: now + 30_000 }, queue: { waiting: 2, stuck: 0, unknown: 0, last_sent_ms: null } },
    { ...own(4), state: { state: 'waiting', until_ms: now + 3_600_000, limit: true }, failure: { fault: 'limit' } },
    { ...fresh, ...own(5), state: { state: 'signed_out' }, failure: { fault: 'timed_out', strangers: 0 } },
    { ...fresh, kind: 'salesforce', name: 'Salesforce de prueba', setup: { kind: 'salesforce_password', login: { at: 'sandbox' }, user: 'ana@central.example' }, state: { state: 'sign_in_again' }, failure: { fault: 'sign_in' } },
    { token_ends_at_ms: null, kind: 'ldap', name: 'LDAP', setup: { kind: 'ldap', address: 'ldaps://directorio.central.example', user: null, base: null, authority: null }, verified: true },
    { token_ends_at_ms: null, kind: 'carddav', name: 'CardDAV', setup: { kind: 'carddav', address: 'https://libretas.central.example', user: 'ana' }, verified: true, copies: { people: 1200, full: false, complete_at_ms: now - 60_000, copying: false, fault: null } },
  ];
  return [salesforce, ...several.map((one) => ({ ...salesforce, ...one, id: uuid() })), again, webhook];
}

/** Why a push can be stuck or wait. */
const REASONS: PushReason[] = [
  { reason: 'invalid', code: 'STRING_TOO_LONG', fields: ['Subject', 'Description'] }, { reason: 'duplicate' }, { reason: 'ambiguous' }, { reason: 'not_found' },
  { reason: 'forbidden', code: 'INSUFFICIENT_ACCESS' }, { reason: 'not_offered' }, { reason: 'not_understood' },
];
const DELAYS: PushReason[] = [{ reason: 'sign_in' }, { reason: 'limit' }, { reason: 'busy' }, { reason: 'not_reached' }];

/** A row for each reason. */
export function everyPush(connection: string, now: number, call: string): PushRow[] {
  const [one] = somePushes(connection, now, [call, call, call]) as [PushRow];
  const row = (state: PushRow['push']['state'], reason: PushReason): PushRow => ({ ...one, push: { ...one.push, push: uuid(), state, reason }, next_at_ms: state === 'stuck' ? null : now + 30_000 });
  return [...REASONS.map((reason) => row('stuck', reason)), row('unknown', { reason: 'lost' }), ...DELAYS.map((reason) => row('waiting', reason))];
}

/** Rows for a connection, of these calls: stuck, unknown, waiting. */
export function somePushes(connection: string, now: number, calls: string[]): PushRow[] {
  const row = (at: number, name: string | null, subject: string, push: Pick<PushRow['push'], 'state' | 'reason'>, attempts: number, next: number | null): PushRow => ({
    push: { push: uuid(), connection, record: null, about: 'entry', ...push }, call: calls[at]!, direction: at % 2 ? 'outgoing' : 'incoming', party: { number: `+506 8555 01${20 + at}`, e164: `+506855501${20 + at}`, country: 'CR', network_name: null },
    name, subject, started_at_ms: now - 3_600_000 * (4 - at), attempts, next_at_ms: next,
  });
  return [
    row(0, 'Marcela Quesada', 'Cambio de plan', { state: 'stuck', reason: { reason: 'invalid', code: 'STRING_TOO_LONG', fields: ['Subject', 'Description'] } }, 1, null),
    row(1, null, '', { state: 'unknown', reason: { reason: 'lost' } }, 2, now + 30_000),
    row(2, 'Óscar Restrepo', 'Soporte', { state: 'waiting', reason: null }, 0, null),
  ];
}

/** What the agent holds of them. */
export interface Held {
  pushes: PushRow[];
  list(): ConnectionView[];
  put(list: ConnectionView[]): void;
  changed(): void;
}

export function answers(held: Held, refuse: Refuse): Answers {
  const find = (id: string) => held.list().find((one) => one.id === id) ?? refuse('not_found', 'connection');
  const change = (id: string, part: Partial<ConnectionView>) => {
    const old = find(id);
    held.put(held.list().map((one) => (one === old ? { ...old, ...part } : one)));
  };
  const recount = (id: string) => {
    const count = (state: string) => held.pushes.filter(({ push }) => push.connection === id && push.state === state).length;
    change(id, { queue: { waiting: count('waiting'), stuck: count('stuck'), unknown: count('unknown'), last_sent_ms: null } });
    held.changed();
  };
  const row = (push: string) => held.pushes.find((one) => one.push.push === push) ?? refuse('not_found');
  return {
    list_descriptions: () => ({ list: [{ file: 'dynamics', description: OTHERS[0]! }, { file: 'odoo', description: ODOO }, { file: 'suitecrm', description: OTHERS[1]! }] }),
    read_description: ({ text }) => read(text),
    save_connection: (request) => {
      const old = request.id === null ? null : find(request.id);
      const { setup } = request;
      const name = request.name || (setup.kind === 'salesforce_password' ? NAMES.salesforce : setup.kind !== 'rest' ? NAMES[setup.kind] : setup.file.from === 'own' ? 'Casa' : ODOO.name);
      const kind = setup.kind === 'salesforce_password' ? 'salesforce' : setup.kind;
      const fresh: ConnectionView = { id: uuid(), kind, name, setup: request.setup, has_secret: false, state: { state: 'signed_out' }, identity: null, token_ends_at_ms: null, failure: null, sending: false, queue: EMPTY, can: UNABLE, verified: request.setup.kind === 'webhook', copies: null, call_results: null, doubts: 0 };
      const made = { ...(old ?? fresh), name, setup: request.setup, has_secret: request.secret !== null || (old?.has_secret ?? false) };
      held.put(old ? held.list().map((one) => (one === old ? made : one)) : [...held.list(), made]);
      return made;
    },
    move_connection: ({ connection, place }) => {
      const one = find(connection);
      const others = held.list().filter((other) => other !== one);
      held.put([...others.slice(0, place), one, ...others.slice(place)]);
      return none;
    },
    connect: ({ connection }) => (change(connection, { state: { state: 'signing_in' }, failure: null }), none),
    cancel_connect: ({ connection }) => (change(connection, { state: { state: 'signed_out' } }), none),
    check_connection: ({ connection }) => {
      const { identity, failure, state } = find(connection);
      const fault = failure ?? (state.state === 'signed_out' || !identity ? ({ fault: 'sign_in' } as const) : null);
      if (fault || !identity) return { result: 'failed', fault: fault ?? { fault: 'sign_in' } };
      return { result: 'correct', identity };
    },
    send_now: ({ connection }) => (find(connection).state.state === 'signed_out' ? refuse('wrong_state', 'signed_out') : none),
    use_call_results: ({ connection, on }) => (change(connection, { call_results: on }), none),
    disconnect: ({ connection, confirmed, forget }) => {
      const { queue, name } = find(connection);
      if (queue.waiting + queue.stuck + queue.unknown > 0 && !confirmed) refuse('conflict', 'waiting');
      held.pushes = held.pushes.filter(({ push }) => push.connection !== connection);
      if (forget) held.put(held.list().filter((one) => one.id !== connection));
      else change(connection, { state: { state: 'signed_out' }, identity: null, token_ends_at_ms: null, failure: null, queue: EMPTY });
      held.changed();
      // As a vendor that has no way of ending a sign-in.
      return { revoked: name === 'Ventas' ? false : null };
    },
    list_pushes: ({ connection, state, limit }) => ({ rows: held.pushes.filter(({ push }) => push.connection === connection && (state === null ? push.state !== 'sent' : push.state === state)).slice(0, limit) }),
    retry_push: ({ push }) => {
      const one = row(push);
      if (one.push.state !== 'stuck' && one.push.state !== 'waiting') refuse('wrong_state');
      one.push = { ...one.push, state: 'waiting', reason: null };
      recount(one.push.connection);
      return none;
    },
    give_up_push: ({ push }) => {
      const one = row(push);
      held.pushes = held.pushes.filter((other) => other !== one);
      recount(one.push.connection);
      return none;
    },
    correct_push: ({ push, draft }) => {
      const one = row(push);
      if (one.push.state !== 'stuck') refuse('wrong_state');
      one.push = { ...one.push, state: 'waiting', reason: null };
      one.subject = draft.subject;
      recount(one.push.connection);
      return none;
    },
    save_push: ({ push }) => ({ path: `/home/agente/Descargas/timbre-call-${row(push).call.slice(0, 8)}.csv` }),
    export_push: ({ push }) => ({ csv: `number,subject\r\n"${row(push).party.number}","${row(push).subject}"\r\n` }),
  };
}
