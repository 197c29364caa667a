import { t } from '../locales/index.svelte';
import { toasts } from '../stores/toasts.svelte';

/** Copies and says so. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toasts.say(t('common.copied', { what: text }));
  } catch {
    toasts.say(t('common.not_copied'), 'bad');
  }
}
