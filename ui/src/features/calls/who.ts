import type { CallId, CardView, ContactBrief, ContactId, Draft } from '../../bindings/api';
import { readTyped, type TypedForms } from '../../stores/orgforms.svelte';

/** Whom the call is assigned to: the agent's choice, or the one contact that has the number. */
export function assigned(card: CardView, draft: Draft): ContactId | null {
  if (draft.contact) return draft.contact;
  if (card.row.contact) return card.row.contact.id;
  return card.matches.state === 'one' ? card.matches.contact.id : null;
}

/** The number of the other side as a person may keep it: E.164, or what came if it has digits. */
export function keepable(card: CardView): string | null {
  const { e164, number } = card.row.party;
  if (e164) return e164;
  return /\d/.test(number) && !number.includes('@') ? number.replace(/^ext\.\s*/i, '') : null;
}

/** Whether this person is known to have the number of the call. */
export function hasNumber(card: CardView, contact: ContactBrief): boolean {
  if (card.matches.state === 'one') return card.matches.contact.id === contact.id;
  return card.matches.state === 'several' && card.matches.contacts.some((one) => one.id === contact.id);
}

/** What is typed in the form for a new person, kept per call. */
export interface QuickForm {
  kind: 'contact' | 'lead';
  first_name: string;
  last_name: string;
  email: string;
  phone: string;
  mobile: string;
  company: string;
  /** What connected CRMs require besides. */
  further: TypedForms;
}

export const quickForms = new Map<CallId, QuickForm>();

/** What an earlier window wrote down of it. */
export function readQuickForm(text: string): QuickForm | null {
  const fields = ['first_name', 'last_name', 'email', 'phone', 'mobile', 'company'] as const;
  try {
    const read = JSON.parse(text) as Partial<QuickForm> | null;
    const fits = read && (read.kind === 'contact' || read.kind === 'lead') && fields.every((field) => typeof read[field] === 'string');
    return fits ? ({ ...read, further: readTyped(read.further) } as QuickForm) : null;
  } catch {
    return null;
  }
}
