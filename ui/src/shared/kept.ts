import { locale } from '../locales/index.svelte';

/** What was typed, in the form in which it is kept; what cannot be read stays as it is and is refused by the agent. */
export function kept(field: { kind: string }, typed: string): string {
  const text = typed.trim();
  if (field.kind === 'number') return text.replace(/^(-?\d+),(\d+)$/, '$1.$2');
  const day = field.kind === 'date' && locale.language === 'es' ? /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/.exec(text) : null;
  return day ? `${day[3]}-${day[2]?.padStart(2, '0')}-${day[1]?.padStart(2, '0')}` : text;
}
