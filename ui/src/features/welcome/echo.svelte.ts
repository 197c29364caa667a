import type { AccountId, AccountView } from '../../bindings/api';
import { api } from '../../ipc';
import { t } from '../../locales/index.svelte';
import { say } from '../../shared/failure';
import { agent } from '../../stores/agent.svelte';
import { toasts } from '../../stores/toasts.svelte';

/** A line on loopback registers in milliseconds; after this the call is tried anyway and says why it fails. */
const REGISTER_MS = 5_000;

/** Has the practice line, adding it if it is not there yet. */
async function practiceLine(): Promise<AccountView> {
  return agent.accounts.find((account) => account.practice) ?? (await api('start_practice', {}));
}

/** Waits until a line is registered. */
function registered(id: AccountId): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(() => finish(), REGISTER_MS);
    const stop = $effect.root(() => {
      $effect(() => {
        if (agent.accounts.some((account) => account.id === id && account.registration.state === 'registered')) finish();
      });
    });
    function finish() {
      clearTimeout(timer);
      done();
      queueMicrotask(() => stop());
    }
  });
}

/** Calls the echo of the practice line; answers whether it rings. */
export async function callEcho(): Promise<boolean> {
  try {
    const line = await practiceLine();
    await registered(line.id);
    const outcome = await api('dial', { target: line.echo ?? '', origin: 'keypad', account: line.id, contact: null, confirmed: true });
    if (outcome.outcome === 'refused') toasts.say(t(`dial.refused.${outcome.reason}`), 'bad');
    return outcome.outcome === 'started';
  } catch (error) {
    say(error);
    return false;
  }
}
