import type { CredentialRule } from '../../stores/wishes.svelte';

/** How many digits an exchange gives out for user and password. */
const DIGITS = { user: 7, password: 6 } as const;

export type Flaw = { kind: 'length'; want: number; have: number } | { kind: 'signs'; want: number };

/**
 * What is unusual about a credential under the chosen rule, or nothing.
 * It is a hint before sending, not a wall: other exchanges give other forms.
 */
export function flaw(rule: CredentialRule, field: keyof typeof DIGITS, text: string): Flaw | null {
  if (rule === 'free' || text === '') return null;
  const want = DIGITS[field];
  if (!/^\d+$/.test(text)) return { kind: 'signs', want };
  return text.length === want ? null : { kind: 'length', want, have: text.length };
}
