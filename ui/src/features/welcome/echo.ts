import type { AccountView } from '../../bindings/api';
import { api } from '../../ipc';
import { say } from '../../shared/failure';
import { agent } from '../../stores/agent.svelte';
import { toasts } from '../../stores/toasts.svelte';
import { t } from '../../locales/index.svelte';

/** The user part under which the practice line answers with an echo. */
export const ECHO = 'echo';

/** Has the practice line, adding it if it is not there yet. */
export async function practiceLine(): Promise<AccountView> {
  return agent.accounts.find((account) => account.practice) ?? (await api('start_practice', {}));
}

/** Calls the echo of the practice line. */
export async function callEcho(): Promise<boolean> {
  try {
    const line = await practiceLine();
    const outcome = await api('dial', { target: ECHO, origin: 'keypad', account: line.id, contact: null, confirmed: true });
    if (outcome.outcome === 'refused') toasts.say(t(`dial.refused.${outcome.reason}`), 'bad');
    return outcome.outcome === 'started';
  } catch (error) {
    say(error);
    return false;
  }
}
