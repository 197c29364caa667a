import type { CallId, Draft } from '../../bindings/api';

/** Corrections of calls that a CRM refused, as far as they are typed. */
export const corrections = new Map<CallId, Draft>();

/** What an earlier window wrote down of one. */
export function readCorrection(text: string): Draft | null {
  const optional = (value: unknown) => value === null || typeof value === 'string';
  try {
    const read = JSON.parse(text) as Partial<Draft> | null;
    const fits = read && typeof read.subject === 'string' && typeof read.comment === 'string' && optional(read.contact) && optional(read.disposition);
    return fits ? ({ ...read, ticket: read.ticket ?? null } as Draft) : null;
  } catch {
    return null;
  }
}
