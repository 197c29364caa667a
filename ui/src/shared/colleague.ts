import type { ColleagueView } from '../bindings/api';
import { t } from '../locales/index.svelte';

/** The look of a colleague's light; the word beside it says the same. */
export const light = { free: 'ok', ringing: 'wait', busy: 'bad', unknown: '' } as const;

/** Extension, and who calls whom where the exchange says it. */
export function colleagueNote({ target, state, call }: ColleagueView): string {
  const place = /^\d{1,7}$/.test(target) ? t('colleagues.extension', { number: target }) : target;
  const who = call?.name ?? call?.number;
  if (!who) return place;
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
