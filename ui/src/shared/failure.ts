import { ApiFailure } from '../ipc';
import { t } from '../locales/index.svelte';
import { toasts } from '../stores/toasts.svelte';
import type { ErrorCode } from '../bindings/api';

/** Code of whatever was thrown. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof ApiFailure ? error.code : 'internal';
}

/** Words for a failure. */
export function words(code: ErrorCode): string {
  return t(`error.${code}`);
}

/** Says a failure at the bottom of the window. */
export function say(error: unknown): void {
  toasts.say(words(codeOf(error)), 'bad');
}

/** Runs a command whose failure is only said. */
export async function tell<T>(command: Promise<T>): Promise<T | null> {
  try {
    return await command;
  } catch (error) {
    say(error);
    return null;
  }
}
