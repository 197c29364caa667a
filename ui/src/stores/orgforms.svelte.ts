import type { ConnectionId, FilledForm, FurtherFields, OwnField, PushId, RecordField, RecordFormView, RecordKind } from '../bindings/api';
import { api } from '../ipc';
import { kept } from '../shared/kept';
import { agent } from './agent.svelte';

/** What is typed of an organisation's form. */
export interface TypedForm {
  record_type: string | null;
  values: Record<string, string>;
}

/** The same for several connections. */
export type TypedForms = Record<ConnectionId, TypedForm>;

/** What an earlier window wrote down; nothing if it is none. */
export function readTyped(read: unknown): TypedForms {
  const fits = (one: unknown): one is TypedForm => {
    const form = one as Partial<TypedForm> | null;
    return typeof form === 'object' && form !== null && typeof form.values === 'object' && (form.record_type === null || typeof form.record_type === 'string');
  };
  return typeof read === 'object' && read !== null ? Object.fromEntries(Object.entries(read).filter(([, one]) => fits(one))) : {};
}

/** What one organisation requires of a new record, and what is typed of it. */
export class OrgForm {
  readonly connection: ConnectionId;
  readonly #push: PushId | null;
  kind = $state<RecordKind>('contact');
  view = $state.raw<RecordFormView | null>(null);
  reading = $state(false);
  /** Fields that the agent did not take. */
  refused = $state<Record<string, 'required' | 'invalid'>>({});
  #record_type = $state<string | null>(null);
  #values = $state<Record<string, string>>({});
  #asked = 0;

  constructor(connection: ConnectionId, typed: TypedForm | undefined, push: PushId | null = null) {
    this.connection = connection;
    this.#push = push;
    this.#record_type = typed?.record_type ?? null;
    this.#values = { ...typed?.values };
  }

  /** Asks the agent; an earlier answer that comes late is not shown. */
  async read(kind: RecordKind): Promise<void> {
    const mine = ++this.#asked;
    this.kind = kind;
    this.reading = true;
    let told: RecordFormView | null = null;
    try {
      told = await api('describe_form', { connection: this.connection, kind, record_type: this.#record_type, push: this.#push });
    } catch {
      // Nobody knows what is required, as where the CRM does not answer.
    }
    if (mine !== this.#asked) return;
    this.reading = false;
    this.view = told ?? { record_types: [], record_type: null, fields: [], values: [], read_at_ms: null };
    // What the push holds counts until somebody types.
    for (const { key, value } of this.view.values) this.#values[key] ??= value;
  }

  chooseType(record_type: string): Promise<void> {
    this.#record_type = record_type;
    return this.read(this.kind);
  }

  get record_type(): string | null {
    return this.#record_type ?? this.view?.record_type ?? null;
  }

  /** Fields that nothing of ours fills. */
  get asked(): RecordField[] {
    return this.view?.fields.filter((field) => field.fed_by === null) ?? [];
  }

  get known(): boolean {
    return this.view !== null && this.view.read_at_ms !== null;
  }

  /** There is something to say. */
  get shown(): boolean {
    return this.view === null || !this.known || this.asked.length > 0 || this.view.record_types.length > 0;
  }

  requires(own: OwnField): boolean {
    return this.view?.fields.some((field) => field.required && field.fed_by === own) ?? false;
  }

  value(field: RecordField): string {
    const typed = this.#values[field.name] ?? field.default ?? '';
    const { takes } = field;
    // What another record type had to choose from may not be here.
    const value = takes.kind === 'choice' || takes.kind === 'choices' ? typed.split('\n').filter((one) => takes.choices.some((choice) => choice.value === one)).join('\n') : typed;
    return field.takes.kind === 'flag' && value === '' ? 'false' : value;
  }

  type(field: RecordField, value: string): void {
    this.#values[field.name] = value;
    this.refused = Object.fromEntries(Object.entries(this.refused).filter(([name]) => name !== field.name));
  }

  /** One of several values is chosen; they stand one a line. */
  has(field: RecordField, value: string): boolean {
    return this.value(field).split('\n').includes(value);
  }

  choose(field: RecordField, value: string, chosen: boolean): void {
    const others = this.value(field).split('\n').filter((one) => one !== '' && one !== value);
    this.type(field, (chosen ? [...others, value] : others).join('\n'));
  }

  get missing(): string[] {
    return this.asked.filter((field) => field.required && !this.value(field).trim()).map((field) => field.name);
  }

  /** Somebody typed or chose something. */
  get touched(): boolean {
    return this.#record_type !== null || Object.values(this.#values).some((value) => value !== '');
  }

  get typed(): TypedForm {
    return { record_type: this.#record_type, values: $state.snapshot(this.#values) };
  }

  /** What goes to the agent; nothing while nobody knows what is required. */
  get filled(): FilledForm | null {
    if (!this.view || !this.known) return null;
    const values = this.asked.map((field) => ({ key: field.name, value: kept(field.takes, this.value(field)) }));
    // Of the record type that the fields are of, though another may have been chosen a moment ago.
    return { record_type: this.view.record_type, values: values.filter(({ value }) => value !== '') };
  }
}

/** The connections in which a new person is created when a call with the person is saved. */
export function creators(): ConnectionId[] {
  const creates = agent.connections.list.filter(({ can, kind, state }) => can.people && kind !== 'ldap' && kind !== 'carddav' && state.state !== 'signed_out' && state.state !== 'signing_in');
  return creates.map((one) => one.id);
}

/** What all those require of a new person. */
export class OrgForms {
  list = $state.raw<OrgForm[]>([]);
  #left: TypedForms;

  constructor(left: TypedForms = {}) {
    this.#left = left;
  }

  /** Asks those that are to create somebody of this kind. */
  read(connections: ConnectionId[], kind: 'contact' | 'lead'): void {
    this.list = connections.map((id) => this.list.find((one) => one.connection === id) ?? new OrgForm(id, this.#left[id]));
    for (const form of this.list) if (form.view === null || form.kind !== kind) void form.read(kind);
  }

  get typed(): TypedForms {
    return { ...this.#left, ...Object.fromEntries(this.list.filter((form) => form.touched).map((form) => [form.connection, form.typed])) };
  }

  get touched(): boolean {
    return this.list.some((form) => form.touched);
  }

  get request(): FurtherFields[] {
    return this.list.flatMap((form) => (form.filled ? [{ connection: form.connection, form: form.filled }] : []));
  }

  /** Connections that require a field of ours. */
  requirers(own: OwnField): ConnectionId[] {
    return this.list.filter((form) => form.requires(own)).map((form) => form.connection);
  }

  /** Names of the inputs that miss something, in order. */
  get missing(): string[] {
    return this.list.flatMap((form) => form.missing.map((name) => `further.${form.connection}.${name}`));
  }

  /** Marks the field that the agent did not take; answers what of ours fills it, if anything does. */
  refuse(detail: string, why: 'required' | 'invalid'): OwnField | null {
    for (const form of this.list) {
      const prefix = `further.${form.connection}.`;
      const name = detail.startsWith(prefix) ? detail.slice(prefix.length) : null;
      const own = form.view?.fields.find((field) => field.name === name)?.fed_by ?? null;
      if (own) return own;
      if (name) form.refused[name] = why;
    }
    return null;
  }
}
