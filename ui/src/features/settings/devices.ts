import type { AudioRole, NoticeCode } from '../../bindings/api';
import { agent } from '../../stores/agent.svelte';

const FAULTS: Record<AudioRole, readonly NoticeCode[]> = { microphone: ['microphone_gone', 'no_microphone'], speaker: ['speaker_gone', 'no_speaker'], ringer: ['no_speaker'] };

/** Whether something is wrong with a device; nothing is with one that nobody has looked at yet. */
export function isFaulty(role: AudioRole): boolean {
  return agent.faults.some((fault) => FAULTS[role].includes(fault.code));
}
