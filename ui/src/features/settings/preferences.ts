import type { AccountView, Preferences, SaveAccount } from '../../bindings/api';
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

/** The account as it is, but for whether its calls are recorded. */
export function withRecording(line: AccountView, record: boolean): SaveAccount {
  const { id, label, display_name, user, domain, auth_user, transport, port, proxy, srtp, srtp_keys, rtcp_mux, ice, dtmf, codecs, auto_answer, voicemail } = line;
  return {
    // A line without a label shows its user in its place.
    id, label: label === user ? '' : label, display_name, user, domain, auth_user, password: null, transport, port, proxy, srtp, srtp_keys, rtcp_mux, ice, turn_password: null, dtmf, codecs, auto_answer,
    voicemail, certificates: null, publish: null, profile: null, record, own_codes: null,
  };
}
