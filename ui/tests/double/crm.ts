/** A CRM behind the agent in memory: one connection, its people, and what is on its way there. */
import type { CardPush, CardRow, ConnectionView, ContactView, PushRow, RecordRef, RemotePerson } from '../../src/bindings/api';
import { uuid } from './seed.ts';

const CONNECTION = '0192a000-0000-7000-8000-00000000c001';

export const SALESFORCE: ConnectionView = {
  id: CONNECTION, kind: 'salesforce', name: 'Salesforce', setup: { kind: 'salesforce', login: { at: 'production' }, client_id: 'app' }, has_secret: false, state: { state: 'connected' },
  identity: { user: 'lucia@central.example', organisation: 'Central' }, token_ends_at_ms: null, failure: null, sending: false, queue: { waiting: 1, stuck: 1, unknown: 0, last_sent_ms: null },
  can: { people: true, leads: true, tickets: true, logs_once: true }, verified: false, copies: null, call_results: null, doubts: 1,
};

export function record(kind: RecordRef['kind'], id: string): RecordRef {
  return { connection: CONNECTION, kind, id };
}

export const KNOWN: RemotePerson[] = [
  { record: record('contact', '003A'), name: 'Ximena Duarte', company: 'Textiles Andinos', phones: ['+57 310 555 0163'], email: null, contact: null },
  { record: record('lead', '00QB'), name: 'Óscar Peña', company: null, phones: ['+57 310 555 0163'], email: 'oscar@textiles.example', contact: null },
];

/** What a saved row of the list shows of its way to the CRM. */
export function pushesOf(row: CardRow): CardPush[] {
  const push = (state: CardPush['state'], reason: CardPush['reason'], sent: RecordRef | null): CardPush[] => [{ push: uuid(), connection: CONNECTION, state, reason, about: 'entry', record: sent }];
  switch (row.sync) {
    case 'waiting': return push('waiting', { reason: 'not_reached' }, null);
    case 'sent': return push('sent', null, record('activity', '00TA'));
    case 'stuck': return push('stuck', { reason: 'invalid', code: 'FIELD_INTEGRITY_EXCEPTION', fields: ['Subject'] }, null);
    case 'this_computer': return push('unknown', { reason: 'lost' }, null);
    default: return [];
  }
}

/** Gives rows and people what a connected CRM gives them. */
export function connectCrm(rows: CardRow[], people: ContactView[]): void {
  for (const row of rows) if (row.state === 'saved') row.pushes = pushesOf(row);
  for (const one of people.slice(3, 4)) one.records = [record('contact', '003M')];
  // Changed in both places.
  for (const one of people.slice(4, 5)) {
    one.records = [record('contact', '003N')];
    one.edits = [{ connection: CONNECTION, waiting: false, refused: null, clashes: [{ field: 'last_name', here: one.last_name, there: 'Rojas' }, { field: 'email', here: one.brief.email ?? '', there: '' }] }];
  }
}

/** The rows of the queue that these cards tell of. */
export function queueOf(rows: CardRow[]): PushRow[] {
  const open = rows.flatMap((row) => row.pushes.filter((push) => push.state !== 'sent').map((push) => ({ row, push })));
  return open.map(({ row: { call, direction, party, contact, started_at_ms }, push }) => ({ push, call, direction, party, name: contact?.name ?? null, subject: '', started_at_ms, attempts: 1, next_at_ms: null }));
}
