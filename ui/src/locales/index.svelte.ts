import { fill, parse, type Values } from '../shared/icu';
import type { es } from './es';

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

type Messages = Record<Key, string>;

/** A page keeps the words of the languages that it has shown, no others: they are a tenth of its script. */
const LOAD: Record<Language, () => Promise<Messages>> = {
  es: async () => (await import('./es')).es,
  en: async () => (await import('./en')).en,
};
const TAGS: Record<Language, string> = { es: 'es-CR', en: 'en-US' };
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- a cache: nothing is drawn from it
const parsed = new Map<string, ReturnType<typeof parse>>();

class Locale {
  /** The language in use. */
  language = $state<Language>('es');
  #messages = $state.raw<Messages>({} as Messages);
  #wished: Language | undefined;

  /** BCP 47 tag for `Intl`. */
  get tag(): string {
    return TAGS[this.language];
  }

  /** Whether there is a sentence of that key. */
  has(key: string): key is Key {
    return key in this.#messages;
  }

  /** The sentence of a key, with the places of its values. */
  sentence(key: Key): string {
    return this.#messages[key];
  }

  /** Follows the preference, or the system when there is none. Done when the words are there: nothing is drawn before. */
  async choose(wished: string | null): Promise<void> {
    const tag = (wished ?? navigator.language).toLowerCase();
    const language = LANGUAGES.find((language) => tag.startsWith(language)) ?? 'es';
    if (this.#wished === language) return;
    this.#wished = language;
    const messages = await LOAD[language]();
    // Another was chosen meanwhile.
    if (this.#wished !== language) return;
    this.#messages = messages;
    this.language = language;
    document.documentElement.lang = language;
  }
}

export const locale = new Locale();

function render(key: Key, values: Values): string {
  const text = locale.sentence(key);
  let pieces = parsed.get(text);
  if (!pieces) parsed.set(text, (pieces = parse(text)));
  return fill(pieces, values, locale.tag);
}

/** Whether a key made of what another wrote has words; they take no values. */
export function isWords(key: string): key is Words {
  return locale.has(key);
}

/** Words of the current language. */
export function t<K extends Key>(key: K, ...[values]: Given<K>): string {
  return render(key, (values ?? {}) as Values);
}
