import type { DispositionView } from '../../bindings/api';
import { isWords, t } from '../../locales/index.svelte';

/** Words of a built-in outcome, or the name that an administrator gave. */
export function dispositionWords(name: string): string {
  const key = `disposition.${name}`;
  return isWords(key) ? t(key) : name;
}

/** Name of an outcome to choose. */
export function dispositionName(one: DispositionView): string {
  return dispositionWords(one.builtin ?? one.name);
}
