export type Flaw = { kind: 'length'; want: number; have: number } | { kind: 'signs'; want: number };

/**
 * What is unusual about a credential that should have `want` digits, or nothing.
 * It is a hint before sending, not a wall: other exchanges give other forms.
 */
export function flaw(want: number | null, text: string): Flaw | null {
  if (want === null || text === '') return null;
  if (!/^\d+$/.test(text)) return { kind: 'signs', want };
  return text.length === want ? null : { kind: 'length', want, have: text.length };
}
