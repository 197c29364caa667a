import type { ColleagueView } from '../bindings/api';
import { t } from '../locales/index.svelte';

const TELEPHONE = { free: 'ok', ringing: 'wait', busy: 'bad', unknown: '' } as const;
const PERSON = { available: 'ok', busy: 'bad', away: 'wait', closed: '' } as const;

/** A colleague's light, and the word that says the same. Who talks or is called does; else what they say of themselves counts. */
export function light({ state, presence }: ColleagueView): { dot: string; words: string } {
  if (!presence || state === 'ringing' || state === 'busy') return { dot: TELEPHONE[state], words: t(`colleagues.state.${state}`) };
  return { dot: PERSON[presence.reachable], words: t(`colleagues.reachable.${presence.reachable}`) };
}

/** Extension, and who calls whom where the exchange says it. */
export function colleagueNote({ target, state, presence, call }: ColleagueView): string {
  const place = /^\d{1,7}$/.test(target) ? t('colleagues.extension', { number: target }) : target;
  const who = call?.name ?? call?.number;
  if (!who) return presence?.note ? `${place} · ${presence.note}` : place;
  const told = state === 'ringing' ? t('colleagues.called_by', { who }) : call?.calls ? t('colleagues.calls', { who }) : t('colleagues.with', { who });
  // Whoever decides whether to take a call wants to know whose it is; for the rest there may be no room.
  return (state === 'ringing' ? [told, place] : [place, told]).join(' · ');
}

/** Initials of a name. */
export function initialsOf(name: string): string {
  return name.split(/\s+/).map((word) => word[0] ?? '').slice(0, 2).join('').toUpperCase();
}

/** Whether a colleague is meant by what is typed. */
export function isMeant(colleague: ColleagueView, typed: string): boolean {
  const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return plain(`${colleague.name} ${colleague.target}`).includes(plain(typed));
}
