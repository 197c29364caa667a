import type { CallId, CallView, ContactId, DialOutcome, Nothing } from '../bindings/api';
import { api } from '../ipc';
import { t } from '../locales/index.svelte';
import { tell } from '../shared/failure';
import { agent } from './agent.svelte';
import { toasts } from './toasts.svelte';
import { view } from './view.svelte';

/** What the agent does with live calls; a double press is harmless. */
export const callkeys = {
  answer(call: CallView): void {
    void tell(api('answer', { call: call.id }));
    view.openCard(call.id);
    view.listInCall = false;
  },
  decline(call: CallView): void {
    void tell(api('decline', { call: call.id }));
  },
  /** Ends the conversation: in a conference with everybody. */
  hangUp(call: CallView): void {
    const all = call.conference ? agent.calls.filter((one) => one.conference && one.state !== 'ended') : [call];
    for (const one of all) void tell(api('hang_up', { call: one.id }));
  },
  /** Whoever waits joins the call; if nobody does, somebody is chosen to be called. */
  add(call: CallView): void {
    const waiting = agent.held.find((one) => one.state === 'talking');
    if (waiting) void tell(api('conference', { call: call.id, with: waiting.id }));
    else if (!call.consults_for) view.choose('add');
  },
  mute(call: CallView): void {
    void tell(api('mute', { call: call.id, muted: !call.muted }));
  },
  /** Records the call here, or ends that. */
  record(call: CallView): void {
    void tell(api('record_call', { call: call.id, on: call.recording === null }));
  },
  /** For what must not be recorded, such as the numbers of a card. */
  pauseRecording(call: CallView): void {
    if (call.recording) void tell(api('pause_recording', { call: call.id, paused: call.recording !== 'paused' }));
  },
  hold(call: CallView): void {
    void tell(api(call.held_at_ms === null ? 'hold' : 'resume', { call: call.id }));
  },
  /** The other sides of two calls are joined. */
  join(call: CallId, to: CallId): Promise<Nothing> {
    return api('join_calls', { call, with: to });
  },
  /** Goes where the other side sends us, or stays. */
  answerTransfer(call: CallView, follow: boolean): void {
    void tell(api('answer_transfer', { call: call.id, follow }));
  },
  /** Somebody is called about a call; what is no number is said. */
  async consult(call: CallView, to: string, contact: ContactId | null): Promise<DialOutcome | undefined> {
    const outcome = await api('consult', { call: call.id, to, contact });
    if (outcome.outcome !== 'refused') return outcome;
    toasts.say(t(`dial.refused.${outcome.reason}`), 'bad');
    return undefined;
  },
  /** The call on hold comes back; the agent holds the other. */
  swap(): void {
    const held = agent.held[0];
    if (held) void tell(api('resume', { call: held.id }));
  },
};
