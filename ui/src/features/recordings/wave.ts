import type { RecordingView } from '../../bindings/api';

/** Size of the drawing in its own units: the agent above the middle, the other side below. */
export const WAVE = { width: 600, height: 56 } as const;
/** Bars that can be told apart. */
const BARS = 150;

/** Speeds to listen at, percent. */
export const SPEEDS = [75, 100, 125, 150, 200] as const;

/** How far the keys go, ms. */
export const STEP_MS = 5_000;

/** One bar for each stretch of time, both sides of the middle; quiet voices are drawn larger than they are, or they would not be seen. */
export function bars({ agent, other }: Pick<RecordingView, 'agent' | 'other'>): string {
  const columns = Math.max(agent.length, other.length);
  if (columns === 0) return '';
  const count = Math.min(BARS, columns);
  const middle = WAVE.height / 2;
  const reach = (of: number[], at: number) => Math.sqrt(Math.max(0, ...of.slice(Math.floor((at * columns) / count), Math.max(Math.floor(((at + 1) * columns) / count), Math.floor((at * columns) / count) + 1))) / 255) * (middle - 2);
  const round = (n: number) => Math.round(n * 10) / 10;
  return Array.from({ length: count }, (_, at) => {
    const x = round(((at + 0.5) * WAVE.width) / count);
    return `M${x} ${round(middle - 1 - reach(agent, at))}V${round(middle + 1 + reach(other, at))}`;
  }).join('');
}

/** Where what plays is now, ms. */
export function position(from_ms: number, since: number, speed_pct: number, now: number, length_ms: number): number {
  return Math.min(length_ms, from_ms + (Math.max(0, now - since) * speed_pct) / 100);
}
