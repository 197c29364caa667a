/** An agent in memory, for tests of the window only: it answers every command as the real one is specified to. */
import type {
  AccountView, ApiError, CallView, CardRow, CardView, Commands, ConnectionView, ContactView, Draft, ErrorCode, Event, EventBody, FormOf, KeptForm, MatchView, MessageView, RecordFormView, RemotePerson, RemoteSearch, Snapshot, Ticket,
} from '../../src/bindings/api';
import { chatAnswers, settle, someThreads, type Thread, write } from './chats.ts';
import { answers, everyPush, type Held, manyConnections, someConnections, somePushes } from './connections.ts';
import { COLLEAGUES, colleagueAnswers } from './colleagues.ts';
import { connectCrm, KNOWN, queueOf, SALESFORCE } from './crm.ts';
import { checkFields, FIELDS, takeValues, VALUES } from './custom.ts';
import { network } from './network.ts';
import { recordings } from './recordings.ts';
import { detailsOf } from './details.ts';
import { describeForm } from './orgforms.ts';
import { codesOf, PROFILES } from './pbx.ts';
import { REPORT } from './report.ts';
import { ACCOUNT, calls, e164, line, people, uuid } from './seed.ts';

type Handlers = { [N in keyof Commands]: (request: Commands[N]['request']) => Commands[N]['view'] | Promise<Commands[N]['view']> };

export interface Scenario {
  locale: 'es' | 'en';
  theme: 'light' | 'dark';
  /** Nothing stored. */
  empty?: boolean;
  firstRun?: boolean;
  contacts?: number;
  moreCalls?: number;
  /** The default line is refused. */
  lineDown?: boolean;
  /** Standing faults. */
  faults?: Snapshot['faults'];
  textSize?: number;
  /** Neither the system nor a person has said the country. */
  nowhere?: boolean;
  /** Forms that an earlier window left. */
  forms?: KeptForm[];
  /** They are not told until the test lets them go. */
  formsLate?: boolean;
  /** The state cannot be read. */
  unreadable?: ErrorCode;
  /** No device was looked at yet. */
  unlooked?: boolean;
  /** Headsets that are plugged in. */
  headsets?: Snapshot['headsets'];
  /** More outcomes than fit on chips. */
  manyDispositions?: boolean;
  /** The company has fields of its own. */
  fields?: boolean;
  /** There are colleagues, one of each state. */
  colleagues?: boolean;
  /** Somebody wrote, and was written to. */
  chats?: boolean;
  /** A CRM is connected: how many of its people have any number that is asked for. */
  crm?: number;
  /** The company has CRMs, and rows that go to the first. */
  connections?: boolean | 'many';
  /** What an earlier window left of correcting the first of these rows. */
  correction?: Draft;
  /** Every person is called this. */
  name?: string;
}

const none = {};
/** Not the one of the real practice line: the window has it from the agent. */
const ECHO = '777';
const MORE = ['not_satisfied', 'resolved', 'no_answer', 'voicemail', 'not_interested', 'sale'];
const DISPOSITIONS = ['interested', 'satisfied', 'needs_support', 'call_back', 'wrong_number', 'do_not_call_again'];

export class FakeAgent {
  seq = 1;
  now: number;
  accounts: AccountView[] = [];
  calls: CallView[] = [];
  /** What anybody has open in the CRM. */
  tickets: Ticket[] = [];
  people: ContactView[] = [];
  threads: Thread[] = [];
  rows: CardRow[] = [];
  drafts = new Map<string, { draft: Draft; at: number; edit: number }>();
  forms: KeptForm[];
  /** People of the CRM. */
  known: RemotePerson[];
  /** In the place of what the organisation requires. */
  orgForm: RecordFormView | null = null;
  /** Commands as they came. */
  asked: { name: string; request: unknown; at: number }[] = [];
  /** Commands that fail until this is cleared. */
  failing = new Map<string, ErrorCode>();
  /** What their failures are about. */
  details = new Map<string, string>();
  /** Commands that never answer until released. */
  stalled = new Map<string, (() => void)[]>();
  /** Commands that were done, and whose answers are on their way until released. */
  late = new Map<string, (() => void)[]>();
  snapshot: Snapshot;
  held!: Held;
  #listen: (event: Event) => void = () => undefined;

  constructor(scenario: Scenario) {
    this.now = Date.now();
    this.forms = scenario.forms ?? [];
    if (scenario.formsLate) this.stalled.set('kept_forms', []);
    this.known = KNOWN.slice(0, scenario.crm ?? 0);
    if (scenario.unreadable) this.failing.set('snapshot', scenario.unreadable);
    if (!scenario.empty && !scenario.firstRun) {
      this.people = people(this.now, scenario.contacts ?? 17);
      const { name } = scenario;
      if (name !== undefined) for (const one of this.people) Object.assign(one, { first_name: name, last_name: name, company: name, brief: Object.assign(one.brief, { name: `${name} ${name}`, company: name }) });
      if (scenario.fields && this.people[3]) this.people[3].custom = VALUES;
      this.rows = calls(this.now, this.people, scenario.moreCalls ?? 0);
      if (scenario.chats) this.threads = someThreads(this);
      if (scenario.crm !== undefined) connectCrm(this.rows, this.people);
    }
    if (!scenario.firstRun) this.accounts.push(this.account(scenario.lineDown ?? false));
    const device = (name: string, isDefault: boolean) => ({ id: name.toLowerCase(), name, default: isDefault });
    const devices = [device('Jabra Evolve2 65', true), device('Altavoces del equipo', false)];
    this.snapshot = {
      seq: this.seq, version: '0.1.0', first_run: scenario.firstRun ?? false, accounts: this.accounts, calls: [],
      presence: { state: scenario.lineDown ? 'offline' : 'available', since_ms: this.now - 5_050_000 }, counts: this.counts(),
      audio: { roles: (['microphone', 'speaker', 'ringer'] as const).map((role) => ({ role, devices: scenario.unlooked ? [] : devices, chosen: null, used: scenario.unlooked ? null : role === 'ringer' ? devices[1]!.id : devices[0]!.id, volume_pct: 70 })) },
      headsets: scenario.headsets ?? { list: [], followed: true },
      dispositions: [...DISPOSITIONS, ...(scenario.manyDispositions ? MORE : [])].map((name, at) => ({ id: uuid(), name, builtin: name, needs_no_contact: name === 'wrong_number', do_not_call: at === 5 })),
      preferences: { locale: scenario.locale, theme: scenario.theme, country: scenario.nowhere ? '' : 'CR', ask_before_dialing: false, front_on_answer: true, vip_passes: true, text_size_pct: scenario.textSize ?? 100, user_digits: 7, password_digits: 6, keep_history_months: null },
      call_centers: { list: [{ name: 'Soporte técnico', color: '#2f7d5b', numbers: ['+506 4000 1234', '16'] }, { name: 'Ventas Costa Rica', color: '#2b6cb0', numbers: ['+506 4000 5678'] }] },
      contact_fields: { list: scenario.fields ? FIELDS : [] },
      connections: { list: scenario.crm === undefined ? [] : [SALESFORCE] },
      colleagues: { list: scenario.colleagues ? COLLEAGUES : [] },
      support: [{ kind: 'email', label: 'Soporte', target: 'mailto:soporte@central.example' }, { kind: 'phone', label: 'Costa Rica', target: '+506 4000 0000' }, { kind: 'web', label: 'Portal', target: 'https://ayuda.central.example' }],
      faults: scenario.faults ?? [], link_question: null,
    };
    if (scenario.crm !== undefined) this.held.pushes = queueOf(this.rows);
    if (scenario.connections === 'many') {
      const list = manyConnections(this.now);
      this.held.pushes = everyPush(list[1]!.id, this.now, this.rows[0]!.call);
      this.snapshot.connections = { list };
    } else if (scenario.connections) {
      const list = someConnections(this.now);
      this.held.pushes = somePushes(list[0]!.id, this.now, this.rows.map((row) => row.call));
      const form = { of: 'correction', call: this.held.pushes[0]!.call } as const;
      if (scenario.correction) this.forms = [{ form, text: JSON.stringify(scenario.correction), saved_at_ms: this.now }];
      this.snapshot.connections = { list: list.map((one, at) => (at === 0 ? { ...one, queue: { waiting: 1, stuck: 1, unknown: 1, last_sent_ms: null } } : one)) };
    }
  }

  account(down: boolean): AccountView {
    return {
      id: ACCOUNT, label: '8572370', display_name: 'Lucía Mora', user: '8572370', domain: 'pbx.timbre.example', auth_user: null, transport: 'tls', port: null, proxy: null, srtp: 'required', srtp_keys: 'sdes', rtcp_mux: false, dtmf: 'auto', ice: { on: false, stun: null, turn: null, turn_user: null },
      codecs: ['opus', 'g722', 'pcma', 'pcmu'], has_password: true, practice: false, default: true, echo: null, auto_answer: false, voicemail: null, publish: false, record: false, certificates: { authority: null, own: null, key: null }, profile: 'generic', own_codes: {}, codes: {}, mailbox: null,
      registration: down ? { state: 'failed', cause: 'timeout', sip_code: 408, retry_at_ms: this.now + 12_000 } : { state: 'registered', confirmed_at_ms: this.now - 20_000, expires_s: 300 },
    };
  }

  listen(take: (event: Event) => void): void {
    this.#listen = take;
  }

  emit(body: EventBody): void {
    this.#listen({ seq: ++this.seq, body });
  }

  /** Loses an event on the way: the next one shows a gap. */
  lose(): void {
    this.seq++;
  }

  counts(): Snapshot['counts'] {
    return {
      to_save: this.rows.filter((row) => row.state === 'unsaved').length,
      missed: this.rows.filter((row) => row.missed).length,
      to_send: this.rows.filter((row) => row.sync === 'waiting').length,
      unread_chats: this.threads.filter((one) => one.chat.unread > 0).length,
    };
  }

  connections(list: ConnectionView[]): void {
    this.snapshot.connections = { list };
    this.emit({ kind: 'connections', value: { list } });
  }

  /** Changes a connection. */
  connection(id: string, change: Partial<ConnectionView>): void {
    this.connections(this.snapshot.connections.list.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  #connectionAnswers(): ReturnType<typeof answers> {
    const held: Held = {
      pushes: [],
      list: () => this.snapshot.connections.list,
      put: (list) => this.connections(list),
      changed: () => this.emit({ kind: 'changed', value: 'pushes' }),
    };
    this.held = held;
    return answers(held, refuse);
  }

  changedChats(): void {
    this.emit({ kind: 'changed', value: 'chats' });
    this.emit({ kind: 'counts', value: this.counts() });
  }

  /** Somebody writes. */
  write(address: string, text: string): void {
    write(this, address, text);
  }

  /** What became of the messages that are on their way. */
  settle(state: MessageView['state']): void {
    settle(this, state);
  }

  changedCards(): void {
    this.emit({ kind: 'changed', value: 'cards' });
    this.emit({ kind: 'counts', value: this.counts() });
  }

  /** A call begins; answers its id. */
  begin(direction: CallView['direction'], number: string, center = 'Soporte técnico', extra: Partial<CallView> = {}): string {
    const matches = this.matches(number);
    const shown = this.people.flatMap((one) => one.channels).find((channel) => channel.e164 !== null && channel.e164 === e164(number))?.display ?? number;
    const call: CallView = {
      id: uuid(), direction, state: direction === 'incoming' ? 'ringing_local' : 'dialing', party: { number: shown, e164: e164(number), country: number.startsWith('+57') ? 'CO' : 'CR', network_name: null },
      line: line(center), matches, remote: null, contact: matches.state === 'one' ? matches.contact : null, started_at_ms: Date.now() - 6_000, answered_at_ms: null, held_at_ms: null, held_by_remote: false, muted: false, recording: null,
      security: { encrypted_to_exchange: true, srtp: true }, codec: 'Opus 48 kHz', quality: null, demo: false, from_link: false, answers_itself: false, transfer: null, consults_for: null, conference: false, sent_to: null, end: null, ...extra,
    };
    if (this.snapshot.connections.list.some((one) => one.can.people)) call.remote ??= { search: 'searching', people: [], failed: [] };
    this.calls.push(call);
    this.rows.unshift({
      call: call.id, direction, missed: false, party: call.party, line: call.line, own_number: '8572370', contact: call.contact, possible_contacts: matches.state === 'several' ? matches.contacts.length : 0,
      started_at_ms: call.started_at_ms, duration_s: 0, state: 'live', has_draft: false, expires_at_ms: null, sync: 'none', pushes: [], end: null, disposition: null, recorded: false, demo: false,
    });
    this.emit({ kind: 'call', value: call });
    this.changedCards();
    return call.id;
  }

  /** The CRMs have answered about a call. */
  found(id: string, search: RemoteSearch = 'done'): void {
    this.update(id, { remote: { search, people: this.known, failed: [] } });
  }

  update(id: string, part: Partial<CallView>): void {
    const call = this.calls.find((one) => one.id === id);
    if (!call) return;
    Object.assign(call, part);
    this.emit({ kind: 'call', value: { ...call } });
  }

  /** The call talks, as if for some time. */
  talk(id: string, for_ms = 277_000): void {
    this.update(id, { state: 'talking', answered_at_ms: Date.now() - for_ms, quality: { mos: 4.3, loss_pct: 0.2, jitter_ms: 8, rtt_ms: 38 } });
    this.emit({ kind: 'presence', value: { state: 'on_call', since_ms: Date.now() - for_ms } });
  }

  end(id: string, cause: NonNullable<CallView['end']>['cause'] = 'normal', sip_code: number | null = null): void {
    const call = this.calls.find((one) => one.id === id);
    const row = this.rows.find((one) => one.call === id);
    if (!call || !row) return;
    const answered = call.answered_at_ms;
    this.update(id, { state: 'ended', end: { cause, sip_code, by: 'remote' } });
    this.calls = this.calls.filter((one) => one.id !== id);
    Object.assign(row, {
      state: answered ? 'unsaved' : 'not_needed', missed: !answered && call.direction === 'incoming', duration_s: answered ? Math.round((Date.now() - answered) / 1000) : 0,
      expires_at_ms: answered ? Date.now() + 86_400_000 : null, end: { cause, sip_code, by: 'remote' },
    });
    this.emit({ kind: 'call_gone', value: id });
    this.emit({ kind: 'presence', value: { state: 'available', since_ms: Date.now() } });
    this.changedCards();
  }

  matches(number: string): MatchView {
    const found = this.people.filter((one) => one.channels.some((channel) => channel.display === number || (channel.e164 !== null && channel.e164 === e164(number)))).map((one) => one.brief);
    if (found.length === 0) return { state: 'none' };
    return found.length === 1 ? { state: 'one', contact: found[0]! } : { state: 'several', contacts: found };
  }

  row(call: string): CardRow {
    return this.rows.find((row) => row.call === call) ?? refuse('not_found');
  }

  /** Somebody spoke with that number later. */
  reachedSince(row: CardRow): boolean {
    return this.rows.some((other) => other.started_at_ms > row.started_at_ms && other.party.number === row.party.number && other.duration_s > 0);
  }

  replace(person: ContactView): ContactView {
    this.people = this.people.map((one) => (one.brief.id === person.brief.id ? person : one));
    this.emit({ kind: 'changed', value: 'contacts' });
    return person;
  }

  person(id: string): ContactView {
    return this.people.find((one) => one.brief.id === id) ?? refuse('not_found');
  }

  card(call: string): CardView {
    const row = this.row(call);
    const kept = this.drafts.get(call);
    const matches = this.matches(row.party.number);
    return structuredClone({
      row, matches, contact: row.contact ? this.person(row.contact.id) : matches.state === 'one' ? this.person(matches.contact.id) : null,
      draft: kept?.draft ?? { contact: null, subject: '', comment: '', disposition: null, ticket: null }, draft_saved_at_ms: kept?.at ?? null,
      save_blocked: null, recent: this.rows.filter((other) => other.call !== call && other.party.number === row.party.number),
    });
  }

  #made(request: Commands['save_contact']['request']): ContactView {
    if (!request.last_name) refuse('required', 'last_name');
    const id = request.id ?? uuid();
    const phone = request.channels.find((one) => one.kind === 'phone' || one.kind === 'mobile');
    const old = this.people.find((one) => one.brief.id === id);
    const made: ContactView = {
      brief: {
        ...(old?.brief ?? { last_call_at_ms: null, last_disposition: null, do_not_call: false, demo: false }), id, kind: request.kind, name: `${request.first_name} ${request.last_name}`.trim(),
        initials: (request.first_name[0] ?? '') + (request.last_name[0] ?? ''), company: request.company || null, vip: request.vip, phone: phone?.display ?? null, email: request.channels.find((one) => one.kind === 'email')?.display ?? null,
      },
      first_name: request.first_name, last_name: request.last_name, company: request.company, document_kind: request.document_kind, document_number: request.document_number,
      channels: request.channels.map((one) => ({ ...one, id: one.id ?? uuid(), e164: e164(one.raw) })), addresses: request.addresses.map((one) => ({ ...one, id: one.id ?? uuid() })), custom: request.custom ? takeValues(this.snapshot.contact_fields.list, old?.custom ?? [], request.custom, refuse) : (old?.custom ?? []), records: old?.records ?? [], edits: old?.edits ?? [], rev: (old?.rev ?? 0) + 1,
    };
    this.people = old ? this.people.map((one) => (one === old ? made : one)) : [made, ...this.people];
    if (request.for_call) this.row(request.for_call).contact = made.brief;
    this.emit({ kind: 'changed', value: 'contacts' });
    return made;
  }

  async answer<N extends keyof Commands>(name: N, request: Commands[N]['request']): Promise<Commands[N]['view']> {
    this.asked.push({ name, request: structuredClone(request), at: performance.now() });
    const waiting = this.stalled.get(name);
    if (waiting) await new Promise<void>((go) => waiting.push(go));
    const code = this.failing.get(name);
    if (code) refuse(code, this.details.get(name));
    const view = structuredClone(await this.#handlers[name](request));
    const late = this.late.get(name);
    if (late) await new Promise<void>((go) => late.push(go));
    return view;
  }

  #handlers: Handlers = {
    ...recordings(this),
    snapshot: () => ({ ...this.snapshot, seq: this.seq, accounts: this.accounts, calls: this.calls, counts: this.counts() }),
    dial: ({ target, origin, account, confirmed }) => {
      if (this.snapshot.preferences.ask_before_dialing && !confirmed) return { outcome: 'ask', reason: 'always', number: target, country: 'CR' };
      if (!/\d/.test(target)) return { outcome: 'refused', reason: 'no_number' };
      return { outcome: 'started', call: this.begin('outgoing', target, 'Ventas Costa Rica', { from_link: origin === 'link', demo: target === ECHO, line: { ...line('Ventas Costa Rica'), account: account ?? ACCOUNT } }) };
    },
    answer: ({ call }) => {
      for (const other of this.calls) if (other.state === 'talking' && other.held_at_ms === null) this.update(other.id, { held_at_ms: Date.now() });
      this.talk(call, 0);
      return none;
    },
    decline: ({ call }) => (this.end(call, 'declined', 603), none),
    hang_up: ({ call }) => (this.end(call), none),
    hold: ({ call }) => (this.update(call, { held_at_ms: Date.now() }), none),
    resume: ({ call }) => {
      for (const other of this.calls) if (other.id !== call && other.state === 'talking' && other.held_at_ms === null) this.update(other.id, { held_at_ms: Date.now() });
      this.update(call, { held_at_ms: null });
      return none;
    },
    mute: ({ call, muted }) => (this.update(call, { muted }), none),
    send_dtmf: () => none,
    list_pbx_profiles: () => ({ list: PROFILES }),
    dial_code: ({ account, code }) => ({ outcome: 'started', call: this.begin('outgoing', this.accounts.find((one) => one.id === account)?.codes[code] ?? '') }),
    call_code: ({ call, code }) => (code === 'record' ? none : (this.update(call, { transfer: { state: 'asked' } }), none)),
    transfer: ({ call }) => (this.update(call, { transfer: { state: 'asked' } }), none),
    consult: ({ call, to }) => {
      this.update(call, { held_at_ms: Date.now() });
      return { outcome: 'started', call: this.begin('outgoing', to, 'Ventas Costa Rica', { consults_for: call }) };
    },
    join_calls: ({ call, with: to }) => (this.end(call), this.end(to), none),
    conference: ({ call, with: other }) => ([call, other].forEach((one) => this.update(one, { conference: true, held_at_ms: null })), none),
    split_conference: ({ call }) => {
      for (const one of this.calls.filter((each) => each.conference)) this.update(one.id, { conference: false, held_at_ms: one.id === call ? null : Date.now() });
      return none;
    },
    answer_transfer: ({ call }) => (this.update(call, { sent_to: null }), none),
    drop_link_question: () => (this.emit({ kind: 'link_question', value: null }), none),
    show_call: () => none,
    list_cards: ({ filter, direction, contact, text, after, skip, limit }) => {
      const wanted = this.rows.filter((row) => {
        if (filter === 'all' && (row.state === 'dismissed' || row.state === 'expired')) return false;
        if (filter === 'to_save' && row.state !== 'unsaved') return false;
        if (filter === 'missed' && !row.missed) return false;
        if (filter === 'to_return' && (!row.missed || this.reachedSince(row))) return false;
        if (filter === 'follow_up' && (row.state !== 'saved' || row.disposition !== 'call_back' || this.reachedSince(row))) return false;
        if ((filter === 'expired' || filter === 'dismissed') && row.state !== filter) return false;
        if (direction && row.direction !== direction) return false;
        if (contact && row.contact?.id !== contact) return false;
        const digits = text.replace(/\D/g, '');
        return !text || (row.contact?.name ?? '').toLowerCase().includes(text.toLowerCase()) || (digits !== '' && row.party.number.replace(/\D/g, '').includes(digits));
      });
      const from = Number(after ?? 0) + skip;
      return { rows: wanted.slice(from, from + limit), next: from + limit < wanted.length ? String(from + limit) : null, total: wanted.length };
    },
    card: ({ call }) => this.card(call),
    save_draft: ({ call, edit, draft }) => {
      const kept = this.drafts.get(call);
      if (kept && kept.edit > edit) return { saved_at_ms: kept.at };
      const row = this.row(call);
      this.drafts.set(call, { draft, at: Date.now(), edit });
      row.has_draft = true;
      row.contact = draft.contact ? this.person(draft.contact).brief : row.contact;
      this.changedCards();
      return { saved_at_ms: Date.now() };
    },
    save_card: ({ call, draft }) => {
      const row = this.row(call);
      const chosen = this.snapshot.dispositions.find((one) => one.id === draft.disposition);
      if (!draft.contact && !chosen?.needs_no_contact) refuse('required', 'contact');
      Object.assign(row, { state: 'saved', sync: 'this_computer', has_draft: false, expires_at_ms: null, contact: draft.contact ? this.person(draft.contact).brief : null, disposition: chosen?.name ?? null });
      this.drafts.set(call, { draft, at: Date.now(), edit: Infinity });
      this.changedCards();
      return this.card(call);
    },
    dismiss_card: ({ call }) => (Object.assign(this.row(call), { state: 'dismissed' }), this.changedCards(), none),
    undo_dismiss: ({ call }) => (Object.assign(this.row(call), { state: 'unsaved' }), this.changedCards(), this.card(call)),
    mark_missed_seen: () => none,
    search_contacts: ({ text, kind, for_call, after, skip, limit }) => {
      const plain = (value: string) => value.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
      const digits = text.replace(/\D/g, '');
      const found = this.people.filter((one) => {
        if (kind && one.brief.kind !== kind) return false;
        if (for_call && one.brief.demo !== this.row(for_call).demo) return false;
        if (!text) return true;
        const hay = plain([one.brief.name, one.company, one.brief.email ?? '', ...one.addresses.map((place) => place.city)].join(' '));
        return hay.includes(plain(text)) || (digits.length >= 2 && one.channels.some((channel) => channel.raw.replace(/\D/g, '').includes(digits)));
      });
      const from = Number(after ?? 0) + skip;
      return { rows: found.slice(from, from + limit).map((one) => one.brief), next: from + limit < found.length ? String(from + limit) : null, total: found.length };
    },
    contact: ({ contact }) => this.person(contact),
    save_contact: (request) => this.#made(request),
    erase_contact: ({ contact }) => {
      this.people = this.people.filter((one) => one.brief.id !== contact);
      const calls = this.rows.filter((row) => row.contact?.id === contact);
      for (const row of calls) Object.assign(row, { contact: null, party: { ...row.party, number: '', e164: null } });
      this.emit({ kind: 'changed', value: 'contacts' });
      return { calls: calls.length, unsent: 1, sent: 0 };
    },
    describe_form: (request) => this.orgForm ?? describeForm(request, this.now),
    kept_forms: () => ({ list: this.forms }),
    keep_form: ({ form, text }) => {
      this.forms = [...this.forms.filter((one) => !sameForm(one.form, form)), { form, text, saved_at_ms: Date.now() }];
      return none;
    },
    drop_form: ({ form }) => {
      this.forms = this.forms.filter((one) => !sameForm(one.form, form));
      return none;
    },
    decide_clashes: ({ contact, choices }) => {
      const old = this.person(contact);
      const edits = old.edits.map((one) => ({ ...one, clashes: one.clashes.filter((clash) => !choices.some((choice) => choice.field === clash.field)) })).filter((one) => one.clashes.length > 0);
      return this.replace({ ...old, edits });
    },
    retry_edits: ({ contact }) => this.replace({ ...this.person(contact), edits: [] }),
    people_in_doubt: () => {
      const rows = this.people.filter((one) => one.edits.length > 0).map((one) => one.brief);
      return { rows, next: null, total: rows.length };
    },
    add_number: ({ contact, number }) => {
      const one = this.person(contact);
      one.channels.push({ id: uuid(), kind: 'phone', raw: number, display: number, e164: e164(number), extension: null });
      this.emit({ kind: 'changed', value: 'contacts' });
      return one;
    },
    add_address: ({ contact, address }) => {
      const one = this.person(contact);
      one.addresses.push({ ...address, id: uuid() });
      this.emit({ kind: 'changed', value: 'contacts' });
      return one;
    },
    check_number: ({ text }) => {
      const digits = text.replace(/\D/g, '');
      const other = /^\S+@\S+\.\S+$/.test(text) ? 'email' : /^@\w+$/.test(text) ? 'social' : null;
      if (other || digits === '') return { display: text, e164: null, country: null, extension: null, missing_digits: null, dialable: other === 'email' || /^[*#]+$/.test(text), channel: other };
      if (digits.length <= 4) return { display: `ext. ${digits}`, e164: null, country: null, extension: digits, missing_digits: null, dialable: true, channel: 'phone' };
      const full = digits.length >= 8;
      return { display: text.startsWith('+') ? text : `+506 ${text}`, e164: full ? (text.startsWith('+') ? `+${digits}` : `+506${digits}`) : null, country: 'CR', extension: null, channel: 'phone', missing_digits: full ? null : 8 - digits.length, dialable: true };
    },
    save_account: (request) => {
      const [profile, own] = [request.profile ?? 'generic', request.own_codes ?? {}];
      const made: AccountView = { ...this.account(false), ...request, publish: request.publish ?? false, record: request.record ?? false, certificates: request.certificates ?? { authority: null, own: null, key: null }, profile, own_codes: own, codes: codesOf(profile, own), id: request.id ?? uuid(), label: request.label || request.user, has_password: true, registration: { state: 'registering' } };
      this.accounts = [...this.accounts.filter((one) => one.id !== made.id), made];
      this.emit({ kind: 'account', value: made });
      return made;
    },
    remove_account: ({ account }) => {
      this.accounts = this.accounts.filter((one) => one.id !== account);
      this.emit({ kind: 'account_gone', value: account });
      return none;
    },
    default_account: () => none,
    register_now: () => none,
    audio: () => this.snapshot.audio,
    choose_device: ({ role, device, volume_pct }) => {
      for (const one of this.snapshot.audio.roles) if (one.role === role) Object.assign(one, { chosen: device, used: device ?? one.used, volume_pct: volume_pct ?? one.volume_pct });
      return this.snapshot.audio;
    },
    test_ringer: () => none,
    test_headset_lamp: () => none,
    headset_report: () => ({ text: 'timbre-headset 1\nmade = 2026-11-24T10:00:00Z\n\n[headset]\nname = Jabra Evolve2 65\nvendor = 0b0e\n', file_name: 'timbre-headset-20261124-100000.txt' }),
    watch_levels: () => none,
    start_practice: () => {
      const made: AccountView = { ...this.account(false), id: uuid(), label: 'Práctica', display_name: '', user: 'agente', domain: '127.0.0.1', transport: 'udp', srtp: 'off', practice: true, echo: ECHO, default: this.accounts.length === 0 };
      this.accounts = [...this.accounts, made];
      this.emit({ kind: 'account', value: made });
      return made;
    },
    end_practice: () => {
      for (const one of this.accounts.filter((account) => account.practice)) this.emit({ kind: 'account_gone', value: one.id });
      this.accounts = this.accounts.filter((one) => !one.practice);
      return none;
    },
    practice_call_me: () => none,
    save_preferences: (request) => (this.snapshot.preferences = request),
    save_call_centers: (request) => {
      this.snapshot.call_centers = request;
      this.emit({ kind: 'call_centers', value: request });
      return request;
    },
    save_contact_fields: (request) => {
      checkFields(request, refuse);
      this.snapshot.contact_fields = request;
      this.emit({ kind: 'contact_fields', value: request });
      return request;
    },
    ...network(),
    ...colleagueAnswers(this, refuse),
    ...chatAnswers(this, refuse),
    ...this.#connectionAnswers(),
    find_remote: (request) => ({ search: 'done', people: this.known.filter((one) => request.by === 'number' || one.name.toLowerCase().includes(request.text.toLowerCase())), failed: [] }),
    find_tickets: () => ({ list: this.tickets, failed: [] }),
    take_remote: ({ record, call }) => {
      const { name, company, phones } = this.known.find((one) => one.record.id === record.id) ?? refuse('not_found', 'record');
      const [first_name = '', ...last] = name.split(' ');
      const made = this.#made({
        id: null, kind: record.kind === 'lead' ? 'lead' : 'contact', first_name, last_name: last.join(' '), company: company ?? '', document_kind: null, document_number: null, vip: false, addresses: [], rev: null, for_call: call,
        channels: phones.map((raw) => ({ id: null, kind: 'phone', raw, display: raw, e164: null, extension: null })),
      });
      made.records = [record];
      return made;
    },
    set_do_not_disturb: ({ on }) => (this.emit({ kind: 'presence', value: { state: on ? 'do_not_disturb' : 'available', since_ms: Date.now() } }), none),
    open_external: () => none,
    call_details: ({ call }) => detailsOf(call, this.rows.find((row) => row.call === call)?.started_at_ms ?? this.now, this.calls.some((live) => live.id === call)),
    make_report: () => REPORT,
    save_report: () => ({ path: `/home/agente/Descargas/${REPORT.file_name}` }),
  };
}

const sameForm = (a: FormOf, b: FormOf) => JSON.stringify(a) === JSON.stringify(b);

/** Fails a command. */
export function refuse(code: ErrorCode, detail: string | null = null): never {
  throw { code, detail } satisfies ApiError;
}
