import type { IconName } from '../../shared/icons';

export type Band = 'excellent' | 'good' | 'fair' | 'poor';

/** Band of a mean opinion score (design, part 5). */
export function band(mos: number): Band {
  if (mos >= 4.0) return 'excellent';
  if (mos >= 3.6) return 'good';
  return mos >= 3.1 ? 'fair' : 'poor';
}

/** Whether the agent should hear about it. */
export function unstable(mos: number): boolean {
  return mos < 3.6;
}

export const BARS = {
  excellent: 'cell-signal-full-fill',
  good: 'cell-signal-high-fill',
  fair: 'cell-signal-medium-fill',
  poor: 'cell-signal-low-fill',
} as const satisfies Record<Band, IconName>;
