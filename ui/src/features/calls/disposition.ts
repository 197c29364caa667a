import type { DispositionView } from '../../bindings/api';
import { es } from '../../locales/es';
import { t, type Words } from '../../locales/index.svelte';

/** Words of a built-in outcome, or the name that an administrator gave. */
export function dispositionWords(name: string): string {
  const key = `disposition.${name}`;
  return key in es ? t(key as Words) : name;
}

/** Name of an outcome to choose. */
export function dispositionName(one: DispositionView): string {
  return dispositionWords(one.builtin ?? one.name);
}
