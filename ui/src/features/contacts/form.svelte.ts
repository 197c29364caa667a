import type { AddressView, CallId, ChannelKind, ChannelView, ContactKind, ContactView, OwnField, SaveContact } from '../../bindings/api';
import { agent } from '../../stores/agent.svelte';
import { OrgForms, readTyped, type TypedForms } from '../../stores/orgforms.svelte';
import { values } from './custom';

export function emptyAddress(): AddressView {
  return {
    id: null, street: '', number: '', complement: '', district: '', city: '', region: '', postal_code: '',
    country: agent.preferences?.country ?? '', reference: '',
  };
}

/** Fields that can be wrong; of «Campos personalizados» by their place. */
export type FormField = 'first_name' | 'last_name' | 'company' | 'channels' | `custom.${number}`;

/** Fields of one line of text. */
const TYPED = ['first_name', 'last_name', 'company', 'document_kind', 'document_number', 'pending'] as const;

/** A form as it is kept. */
interface Written extends Record<(typeof TYPED)[number], string> {
  id: string | null;
  rev: number | null;
  forCall: CallId | null;
  kind: ContactKind;
  vip: boolean;
  withAddress: boolean;
  channels: ChannelView[];
  address: AddressView;
  addresses: AddressView[];
  custom: Record<string, string>;
  further?: TypedForms;
}

/** What is typed in the contact form; it outlives a change of section. */
export class ContactForm {
  readonly id: string | null;
  readonly rev: number | null;
  readonly forCall: CallId | null;
  kind = $state<ContactKind>('contact');
  first_name = $state('');
  last_name = $state('');
  company = $state('');
  document_kind = $state('');
  document_number = $state('');
  vip = $state(false);
  channels = $state<ChannelView[]>([]);
  /** What is typed and not yet added. */
  pending = $state('');
  withAddress = $state(false);
  address = $state<AddressView>(emptyAddress());
  /** What is typed in «Campos personalizados», by key. */
  custom = $state<Record<string, string>>({});
  /** What connected CRMs require of a new person besides. */
  readonly orgs: OrgForms;
  #addresses: AddressView[] = [];
  /** As it was opened: what is not changed need not be kept. */
  readonly #untouched: string;

  constructor(person: ContactView | null, forCall: CallId | null = null, left: Written | null = null) {
    this.id = left ? left.id : (person?.brief.id ?? null);
    this.rev = left ? left.rev : (person?.rev ?? null);
    this.forCall = left ? left.forCall : forCall;
    this.orgs = new OrgForms(readTyped(left?.further));
    if (left) this.#take(left);
    else if (person) this.#show(person);
    this.#untouched = left ? '' : this.text;
  }

  /** What an earlier window wrote down of it. */
  static read(text: string): ContactForm | null {
    try {
      const left = JSON.parse(text) as Written | null;
      const whole = left !== null && TYPED.every((field) => typeof left[field] === 'string') && Array.isArray(left.channels) && Array.isArray(left.addresses);
      return whole ? new ContactForm(null, null, left) : null;
    } catch {
      return null;
    }
  }

  /** All that is typed, to be read again by {@link read}. */
  get text(): string {
    const { id, rev, forCall, kind, first_name, last_name, company, document_kind, document_number, vip, pending, withAddress } = this;
    const [channels, address, custom] = [$state.snapshot(this.channels), $state.snapshot(this.address), $state.snapshot(this.custom)];
    return JSON.stringify({ id, rev, forCall, kind, first_name, last_name, company, document_kind, document_number, vip, pending, withAddress, channels, address, custom, addresses: this.#addresses, further: this.orgs.typed } satisfies Written);
  }

  get touched(): boolean {
    return this.text !== this.#untouched;
  }

  #take(left: Written): void {
    for (const field of TYPED) this[field] = left[field];
    this.kind = left.kind === 'lead' ? 'lead' : 'contact';
    this.vip = left.vip === true;
    this.withAddress = left.withAddress === true;
    this.channels = left.channels;
    this.address = { ...emptyAddress(), ...left.address };
    this.custom = left.custom;
    this.#addresses = left.addresses;
  }

  #show(person: ContactView): void {
    this.kind = person.brief.kind;
    this.first_name = person.first_name;
    this.last_name = person.last_name;
    this.company = person.company;
    this.document_kind = person.document_kind ?? '';
    this.document_number = person.document_number ?? '';
    this.vip = person.brief.vip;
    this.channels = [...person.channels];
    this.custom = Object.fromEntries(person.custom.map(({ key, value }) => [key, value]));
    this.#addresses = person.addresses;
  }

  /** Required fields that are empty, in the order of the form. */
  get missing(): FormField[] {
    const empty: FormField[] = [];
    if ((this.kind === 'contact' || this.needs('first_name')) && !this.first_name.trim()) empty.push('first_name');
    if (!this.last_name.trim()) empty.push('last_name');
    if ((this.kind === 'lead' || this.needs('company')) && !this.company.trim()) empty.push('company');
    if (this.channels.length === 0 || this.lacking.length > 0) empty.push('channels');
    agent.contactFields.list.forEach((field, at) => {
      if (field.required && !this.custom[field.key]?.trim()) empty.push(`custom.${at}`);
    });
    return empty;
  }

  /** A connected CRM requires it. */
  needs(own: OwnField): boolean {
    return this.orgs.requirers(own).length > 0;
  }

  /** Ways to reach the person that a connected CRM requires and that are not there. */
  get lacking(): ('phone' | 'mobile' | 'email')[] {
    const count = (kinds: ChannelKind[]) => this.channels.filter((one) => kinds.includes(one.kind)).length;
    const phones = count(['phone', 'mobile']);
    const there = { phone: phones > 0, mobile: phones > 1, email: count(['email']) > 0 };
    return (['phone', 'mobile', 'email'] as const).filter((own) => this.needs(own) && !there[own]);
  }

  request(): SaveContact {
    const fields = agent.contactFields.list;
    return {
      id: this.id, rev: this.rev, kind: this.kind, first_name: this.first_name.trim(), last_name: this.last_name.trim(), company: this.company.trim(),
      document_kind: this.document_kind || null, document_number: this.document_number.trim() || null, vip: this.vip,
      channels: $state.snapshot(this.channels), for_call: this.forCall,
      addresses: this.withAddress ? [...this.#addresses, $state.snapshot(this.address)] : this.#addresses,
      ...(fields.length > 0 && { custom: values(fields, this.custom) }),
      ...(this.orgs.request.length > 0 && { further: this.orgs.request }),
    };
  }
}

class OpenForm {
  /** The form that is open in «Contactos», if any. */
  current = $state.raw<ContactForm | null>(null);
}

export const openForm = new OpenForm();
