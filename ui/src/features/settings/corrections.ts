import type { CallId, Draft } from '../../bindings/api';
import { readTyped, type TypedForms } from '../../stores/orgforms.svelte';

/** What is typed of a correction, besides the text what the organisations asked for. */
export interface Correction extends Draft {
  further: TypedForms;
}

/** Corrections of calls that a CRM refused, as far as they are typed. */
export const corrections = new Map<CallId, Correction>();

/** What an earlier window wrote down of one. */
export function readCorrection(text: string): Correction | null {
  const optional = (value: unknown) => value === null || typeof value === 'string';
  try {
    const read = JSON.parse(text) as Partial<Correction> | null;
    const fits = read && typeof read.subject === 'string' && typeof read.comment === 'string' && optional(read.contact) && optional(read.disposition);
    return fits ? ({ ...read, ticket: read.ticket ?? null, further: readTyped(read.further) } as Correction) : null;
  } catch {
    return null;
  }
}
