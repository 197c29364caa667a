import { locale } from './locales/index.svelte';
import type { Preferences } from './bindings/api';

const dark = matchMedia('(prefers-color-scheme: dark)');

/** Follows language, colours and text size; call again whenever preferences change. Done when the words are there. */
export function dress(preferences: Preferences | null): Promise<void> {
  const theme = preferences?.theme ?? 'system';
  const root = document.documentElement;
  root.dataset['theme'] = theme === 'dark' || (theme === 'system' && dark.matches) ? 'dark' : 'light';
  root.style.fontSize = `${preferences?.text_size_pct ?? 100}%`;
  return locale.choose(preferences?.locale ?? null);
}

/** Calls back when the system's colours change. */
export function onSystemTheme(then: () => void): void {
  dark.addEventListener('change', then);
}
