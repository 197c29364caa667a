import { fill, parse, type Values } from '../shared/icu';
import { en } from './en';
import { es } from './es';

/** Keys of the words. */
export type Key = keyof typeof es;

/** Languages that are complete. */
export const LANGUAGES = ['es', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

type Name<S extends string> = S extends `${infer N},${string}` ? N : S;
type Args<S extends string> = S extends `${string}{${infer A}}${infer Rest}`
  ? (Name<A> extends `${string}${'#' | ' '}${string}` ? never : Name<A>) | Args<Rest>
  : never;
type ValuesOf<K extends Key> = { [N in Args<(typeof es)[K]>]: string | number };
type Given<K extends Key> = [Args<(typeof es)[K]>] extends [never] ? [] : [values: ValuesOf<K>];

/** Keys of words that take no values. */
export type Words = { [K in Key]: [Args<(typeof es)[K]>] extends [never] ? K : never }[Key];

const MESSAGES: Record<Language, Record<Key, string>> = { es, en };
const TAGS: Record<Language, string> = { es: 'es-CR', en: 'en-US' };
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- a cache: nothing is drawn from it
const parsed = new Map<string, ReturnType<typeof parse>>();

class Locale {
  /** The language in use. */
  language = $state<Language>('es');

  /** BCP 47 tag for `Intl`. */
  get tag(): string {
    return TAGS[this.language];
  }

  /** Follows the preference, or the system when there is none. */
  choose(wished: string | null): void {
    const tag = wished ?? navigator.language;
    this.language = LANGUAGES.find((language) => tag.toLowerCase().startsWith(language)) ?? 'es';
    document.documentElement.lang = this.language;
  }
}

export const locale = new Locale();

function render(key: Key, values: Values): string {
  const text = MESSAGES[locale.language][key];
  let pieces = parsed.get(text);
  if (!pieces) parsed.set(text, (pieces = parse(text)));
  return fill(pieces, values, locale.tag);
}

/** Words of the current language. */
export function t<K extends Key>(key: K, ...[values]: Given<K>): string {
  return render(key, (values ?? {}) as Values);
}
