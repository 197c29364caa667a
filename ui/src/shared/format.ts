import { locale, t } from '../locales/index.svelte';

const DAY_MS = 86_400_000;

const made = new Map<string, Intl.DateTimeFormat>();
const numbers = new Map<string, Intl.NumberFormat>();
const countries = new Map<string, Intl.DisplayNames>();
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale.tag + JSON.stringify(options);
  let one = made.get(key);
  if (!one) made.set(key, (one = new Intl.DateTimeFormat(locale.tag, options)));
  return one;
}

function twelve(): boolean {
  return locale.language === 'en';
}

/** `14:32:07`, or `2:32:07 PM` in English. */
export function clockTime(ms: number): string {
  return format({ hour: twelve() ? 'numeric' : '2-digit', minute: '2-digit', second: '2-digit', hour12: twelve() }).format(ms);
}

/** `14:32`. */
export function shortTime(ms: number): string {
  return format({ hour: twelve() ? 'numeric' : '2-digit', minute: '2-digit', hour12: twelve() }).format(ms);
}

/** Where its local day begins. */
export function midnight(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** Whole local days from `ms` to `now`. */
export function daysAgo(ms: number, now: number): number {
  return Math.round((midnight(now) - midnight(ms)) / DAY_MS);
}

/** `hoy`, `ayer`, `20 nov`, `20 nov 2025`. */
export function day(ms: number, now: number): string {
  const ago = daysAgo(ms, now);
  if (ago === 0) return t('time.today');
  if (ago === 1) return t('time.yesterday');
  const year = new Date(ms).getFullYear() !== new Date(now).getFullYear();
  return format({ day: 'numeric', month: 'short', ...(year && { year: 'numeric' }) }).format(ms).replace(/\./g, '');
}

/** `hoy 14:32`, `ayer 9:10`, `20 nov`. */
export function dayTime(ms: number, now: number): string {
  return daysAgo(ms, now) > 1 ? day(ms, now) : t('time.at', { day: day(ms, now), time: shortTime(ms) });
}

/** `hoy 14:32:07`, `20 nov 14:32:07`. */
export function dayClock(ms: number, now: number): string {
  return t('time.at', { day: day(ms, now), time: clockTime(ms) });
}

/** Head of a day in a list: `Hoy, dom 22 nov`. */
export function dayHead(ms: number, now: number): string {
  const date = format({ weekday: 'short', day: 'numeric', month: 'short' }).format(ms).replace(/[.]/g, '').replace(',', '');
  const ago = daysAgo(ms, now);
  if (ago === 0) return t('time.day_today', { date });
  if (ago === 1) return t('time.day_yesterday', { date });
  const year = new Date(ms).getFullYear() !== new Date(now).getFullYear();
  return year ? `${date} ${new Date(ms).getFullYear()}` : date;
}

/** `22-11-2026 14:32:07`, or the locale's own order with hyphens. */
export function stamp(ms: number): string {
  const date = format({ day: '2-digit', month: '2-digit', year: 'numeric' }).format(ms).replace(/\//g, '-');
  return `${date} ${clockTime(ms)}`;
}

/** A day without its hour: `31 de enero de 2027`. */
export function wholeDay(ms: number): string {
  return format({ dateStyle: 'long' }).format(ms);
}

/** In full, for tooltips. */
export function fullDate(ms: number): string {
  return format({ dateStyle: 'full', timeStyle: 'medium' }).format(ms);
}

/** A live timer: `04:37`, from one hour `1:04:37`. */
export function timer(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(total / 3600);
  const rest = `${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** `128 s`. */
export function secondsText(s: number): string {
  return t('time.seconds', { n: s });
}

/** `2 min 8 s`, or nothing under a minute. */
export function longDuration(s: number): string | null {
  if (s < 60) return null;
  const m = Math.floor(s / 60);
  if (m < 60) return t('time.minutes_seconds', { m, s: s % 60 });
  return t('time.hours_minutes_seconds', { h: Math.floor(m / 60), m: m % 60, s: s % 60 });
}

/** `23 h 50 min`, `38 min`. */
export function timeLeft(ms: number): string {
  const m = Math.max(0, Math.ceil(ms / 60_000));
  return m < 60 ? t('time.minutes', { n: m }) : t('time.hours_minutes', { h: Math.floor(m / 60), m: m % 60 });
}

/** A number as the language writes it. */
export function number(n: number, digits = 0): string {
  const key = `${locale.tag} ${digits}`;
  let one = numbers.get(key);
  if (!one) numbers.set(key, (one = new Intl.NumberFormat(locale.tag, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: 'always' })));
  return one.format(n);
}

/** Name of a country by its ISO code. */
export function country(code: string | null): string | null {
  if (!code) return null;
  try {
    let names = countries.get(locale.tag);
    if (!names) countries.set(locale.tag, (names = new Intl.DisplayNames(locale.tag, { type: 'region' })));
    return names.of(code) ?? null;
  } catch {
    return null;
  }
}
