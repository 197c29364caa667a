import type {
  AccountView, AudioView, CallCenters, CallId, CallView, ChatView, Colleagues, Connections, ContactFields, Counts, DataTag, DispositionView, ErrorCode, Event, EventBody, Headsets, LinkQuestion, Notice, PlaybackView, Preferences,
  PresenceView, RefuseReason, Snapshot, SupportChannel,
} from '../bindings/api';
import { api, ApiFailure, onEvent } from '../ipc';

/** Things that happen once and are not state. */
export interface Happenings {
  notice(notice: Notice): void;
  /** Somebody wrote. */
  message(chat: ChatView): void;
  linkRefused(reason: RefuseReason): void;
  showCall(call: CallId): void;
  /** The first snapshot is read; nothing is drawn of it yet. */
  begun(firstRun: boolean): void;
  /** A call changed; `before` is absent for a new one. */
  call(now: CallView, before: CallView | undefined): void;
}

const NO_COUNTS: Counts = { to_save: 0, missed: 0, to_send: 0, unread_chats: 0 };

/** The mirror of the headless agent: a snapshot, then every event in order. */
class AgentStore {
  ready = $state(false);
  /** Why the snapshot could not be read. */
  failed = $state.raw<ErrorCode | null>(null);
  version = $state('');
  accounts = $state.raw<AccountView[]>([]);
  calls = $state.raw<CallView[]>([]);
  presence = $state.raw<PresenceView>({ state: 'offline', since_ms: 0 });
  counts = $state.raw<Counts>(NO_COUNTS);
  audio = $state.raw<AudioView>({ roles: [] });
  headsets = $state.raw<Headsets>({ list: [], followed: false });
  dispositions = $state.raw<DispositionView[]>([]);
  preferences = $state.raw<Preferences | null>(null);
  callCenters = $state.raw<CallCenters>({ list: [] });
  contactFields = $state.raw<ContactFields>({ list: [] });
  connections = $state.raw<Connections>({ list: [] });
  colleagues = $state.raw<Colleagues>({ list: [] });
  support = $state.raw<SupportChannel[]>([]);
  faults = $state.raw<Notice[]>([]);
  linkQuestion = $state.raw<LinkQuestion | null>(null);
  /** Count up when stored data of that kind changed. */
  changed = $state<Record<DataTag, number>>({ cards: 0, contacts: 0, chats: 0, dispositions: 0, pushes: 0, recordings: 0 });
  /** The recording that plays, and since when by the window's own clock. */
  playback = $state.raw<(PlaybackView & { since: number }) | null>(null);

  #seq = -1;
  #waiting: Event[] = [];
  #refreshing = false;
  #tell: Partial<Happenings> = {};

  /** Secrets are in a file: the system has no keychain. */
  get weakSecrets(): boolean {
    return this.faults.some((fault) => fault.code === 'weak_secret_store');
  }

  async start(tell: Partial<Happenings>): Promise<void> {
    this.#tell = tell;
    try {
      await onEvent((event) => this.#take(event));
    } catch {
      this.failed = 'internal';
      return;
    }
    await this.refresh();
  }

  /** Reads everything afresh, then applies what came meanwhile. */
  async refresh(): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      const first = !this.ready;
      this.#draw(await api('snapshot', {}));
      if (!first) for (const tag of ['cards', 'contacts', 'chats', 'pushes', 'recordings'] as const) this.changed[tag]++;
    } catch (error) {
      this.failed = error instanceof ApiFailure ? error.code : 'internal';
    } finally {
      this.#refreshing = false;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) this.#take(event);
  }

  #draw(all: Snapshot): void {
    this.#seq = all.seq;
    this.version = all.version;
    this.accounts = all.accounts;
    this.calls = all.calls;
    this.presence = all.presence;
    this.counts = all.counts;
    this.audio = all.audio;
    this.headsets = all.headsets;
    this.dispositions = all.dispositions;
    this.preferences = all.preferences;
    this.callCenters = all.call_centers;
    this.contactFields = all.contact_fields;
    this.connections = all.connections;
    this.colleagues = all.colleagues;
    this.support = all.support;
    this.faults = all.faults;
    this.linkQuestion = all.link_question;
    this.failed = null;
    if (!this.ready) this.#tell.begun?.(all.first_run);
    this.ready = true;
  }

  #take(event: Event): void {
    if (this.#refreshing || !this.ready) {
      this.#waiting.push(event);
      return;
    }
    if (event.seq <= this.#seq) return;
    if (event.seq !== this.#seq + 1) {
      void this.refresh();
      return;
    }
    this.#seq = event.seq;
    this.#apply(event.body);
  }

  #apply(body: EventBody): void {
    switch (body.kind) {
      case 'call':
        return this.#call(body.value);
      case 'call_gone':
        this.calls = this.calls.filter((call) => call.id !== body.value);
        return;
      case 'account':
        this.accounts = replaced(this.accounts, body.value);
        return;
      case 'account_gone':
        this.accounts = this.accounts.filter((account) => account.id !== body.value);
        return;
      case 'presence':
        this.presence = body.value;
        return;
      case 'counts':
        this.counts = body.value;
        return;
      case 'audio':
        this.audio = body.value;
        return;
      case 'headsets':
        this.headsets = body.value;
        return;
      case 'preferences':
        this.preferences = body.value;
        return;
      case 'call_centers':
        this.callCenters = body.value;
        return;
      case 'contact_fields':
        this.contactFields = body.value;
        return;
      case 'colleagues':
        this.colleagues = body.value;
        return;
      case 'colleague':
        this.colleagues = { list: this.colleagues.list.map((one) => (one.id === body.value.id ? body.value : one)) };
        return;
      case 'connections':
        this.connections = body.value;
        return;
      case 'playback':
        this.playback = body.value && { ...body.value, since: performance.now() };
        return;
      case 'changed':
        this.changed[body.value]++;
        if (body.value === 'dispositions') void this.refresh();
        return;
      case 'message_received':
        return this.#tell.message?.(body.value);
      case 'notice':
        return this.#tell.notice?.(body.value);
      case 'faults':
        this.faults = body.value;
        return;
      case 'link_question':
        this.linkQuestion = body.value;
        return;
      case 'link_refused':
        return this.#tell.linkRefused?.(body.value);
      case 'show_call':
        return this.#tell.showCall?.(body.value);
    }
  }

  #call(call: CallView): void {
    const before = this.calls.find((other) => other.id === call.id);
    this.calls = replaced(this.calls, call);
    this.#tell.call?.(call, before);
  }

  /** Calls that ring here, oldest first. */
  get ringing(): CallView[] {
    return this.calls.filter((call) => call.state === 'ringing_local');
  }

  /** The call that the agent is in: the one not held, else the last held. */
  get current(): CallView | undefined {
    const live = this.calls.filter((call) => call.state !== 'ringing_local' && call.state !== 'ended');
    return live.findLast((call) => call.held_at_ms === null) ?? live.at(-1);
  }

  /** Calls on hold beside the current one. */
  get held(): CallView[] {
    const current = this.current;
    const together = (call: CallView) => call.id === current?.id || (call.conference && current?.conference === true);
    return this.calls.filter((call) => call.held_at_ms !== null && !together(call) && call.state !== 'ended');
  }

  call(id: CallId): CallView | undefined {
    return this.calls.find((call) => call.id === id);
  }

  /** The line used when nothing else decides. */
  get line(): AccountView | undefined {
    return this.accounts.find((account) => account.default) ?? this.accounts[0];
  }
}

function replaced<T extends { id: string }>(all: T[], one: T): T[] {
  const known = all.some((other) => other.id === one.id);
  return known ? all.map((other) => (other.id === one.id ? one : other)) : [...all, one];
}

export const agent = new AgentStore();
