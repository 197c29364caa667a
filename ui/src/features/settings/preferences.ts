import type { Preferences } from '../../bindings/api';
import { api } from '../../ipc';
import { say } from '../../shared/failure';
import { agent } from '../../stores/agent.svelte';

/** Changes a preference at once; what was before comes back if it cannot be stored. */
export async function prefer(part: Partial<Preferences>): Promise<void> {
  const before = agent.preferences;
  if (!before) return;
  agent.preferences = { ...before, ...part };
  try {
    agent.preferences = await api('save_preferences', { ...before, ...part });
  } catch (error) {
    agent.preferences = before;
    say(error);
  }
}
