import type { PbxCode, PbxProfile } from '../../src/bindings/api.ts';

const codes: Partial<Record<PbxCode, string>> = {
  pickup: '**{extension}', pickup_group: '*8', park: '70', retrieve: '*85{slot}', voicemail: '*97', to_voicemail: '*{extension}',
  dnd_on: '*78', dnd_off: '*79', queue_pause: '*46', queue_unpause: '*46', record: '*1',
};

/** Two of the kinds of exchanges. */
export const PROFILES: PbxProfile[] = [
  { id: 'generic', name: '', codes: {} },
  { id: 'asterisk', name: 'Asterisk, FreePBX, Issabel', codes },
];

/** The codes of a profile, with an account's own in their place. */
export function codesOf(profile: string, own: Partial<Record<PbxCode, string>>): Partial<Record<PbxCode, string>> {
  const all = { ...PROFILES.find((one) => one.id === profile)?.codes, ...own };
  return Object.fromEntries(Object.entries(all).filter(([, keys]) => keys));
}
