import type { AddressView, CallId, ChannelView, ContactKind, ContactView, SaveContact } from '../../bindings/api';
import { agent } from '../../stores/agent.svelte';
import { values } from './custom';

export function emptyAddress(): AddressView {
  return {
    id: null, street: '', number: '', complement: '', district: '', city: '', region: '', postal_code: '',
    country: agent.preferences?.country ?? '', reference: '',
  };
}

/** Fields that can be wrong; of «Campos personalizados» by their place. */
export type FormField = 'first_name' | 'last_name' | 'company' | 'channels' | `custom.${number}`;

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
  #addresses: AddressView[] = [];

  constructor(person: ContactView | null, forCall: CallId | null = null) {
    this.id = person?.brief.id ?? null;
    this.rev = person?.rev ?? null;
    this.forCall = forCall;
    if (!person) return;
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
    if (this.kind === 'contact' && !this.first_name.trim()) empty.push('first_name');
    if (!this.last_name.trim()) empty.push('last_name');
    if (this.kind === 'lead' && !this.company.trim()) empty.push('company');
    if (this.channels.length === 0) empty.push('channels');
    agent.contactFields.list.forEach((field, at) => {
      if (field.required && !this.custom[field.key]?.trim()) empty.push(`custom.${at}`);
    });
    return empty;
  }

  request(): SaveContact {
    const fields = agent.contactFields.list;
    return {
      id: this.id, rev: this.rev, kind: this.kind, first_name: this.first_name.trim(), last_name: this.last_name.trim(), company: this.company.trim(),
      document_kind: this.document_kind || null, document_number: this.document_number.trim() || null, vip: this.vip,
      channels: $state.snapshot(this.channels), for_call: this.forCall,
      addresses: this.withAddress ? [...this.#addresses, $state.snapshot(this.address)] : this.#addresses,
      ...(fields.length > 0 && { custom: values(fields, this.custom) }),
    };
  }
}

class OpenForm {
  /** The form that is open in «Contactos», if any. */
  current = $state.raw<ContactForm | null>(null);
}

export const openForm = new OpenForm();
