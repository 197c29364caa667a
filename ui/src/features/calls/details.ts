import type { SoundPoint } from '../../bindings/api';

/** What is drawn of the figures. */
export const FIGURES = ['mos', 'loss', 'jitter', 'delay'] as const;
export type Figure = (typeof FIGURES)[number];

/** Digits behind the point that mean something. */
export const DIGITS: Record<Figure, number> = { mos: 1, loss: 1, jitter: 0, delay: 0 };

const OF: Record<Figure, (point: SoundPoint) => number | null> = {
  mos: (point) => point.mos,
  loss: (point) => point.loss_pct,
  jitter: (point) => point.jitter_ms,
  delay: (point) => point.rtt_ms,
};

export function figure(of: Figure, point: SoundPoint): number | null {
  return OF[of](point);
}

export interface Axis {
  low: number;
  high: number;
}

/** Round ends that hold all values. The score has its own; the others begin at zero and do not make noise of little. */
export function axis(of: Figure, values: number[]): Axis {
  if (of === 'mos') return { low: 1, high: 4.5 };
  const most = Math.max(of === 'loss' ? 4 : 40, ...values);
  const step = 10 ** Math.floor(Math.log10(most));
  const high = [1, 2, 4, 5, 10].map((n) => n * step).find((n) => n >= most) ?? most;
  return { low: 0, high };
}

/** Size of a graph in its own units. */
export const GRAPH = { width: 280, height: 84, left: 30, right: 6, top: 6, bottom: 16 } as const;

export interface Drawn {
  /** Pieces of the line: it is broken where there is no figure. */
  lines: string[];
  /** Figures that stand alone. */
  dots: { x: number; y: number }[];
}

/** Places of all points: time to the right, from the first to the last. */
export function draw(of: Figure, points: SoundPoint[], { low, high }: Axis): Drawn {
  const [first, last] = [points[0]?.at_ms ?? 0, points.at(-1)?.at_ms ?? 0];
  const { width, height, left, right, top, bottom } = GRAPH;
  const x = (ms: number) => (last === first ? left : left + ((ms - first) / (last - first)) * (width - left - right));
  const y = (value: number) => height - bottom - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (height - top - bottom);
  const round = (n: number) => Math.round(n * 10) / 10;
  const pieces: { x: number; y: number }[][] = [[]];
  for (const point of points) {
    const value = figure(of, point);
    if (value === null) pieces.push([]);
    else pieces.at(-1)?.push({ x: round(x(point.at_ms)), y: round(y(value)) });
  }
  return {
    lines: pieces.filter((piece) => piece.length > 1).map((piece) => piece.map((at) => `${at.x},${at.y}`).join(' ')),
    dots: pieces.filter((piece) => piece.length === 1).flat(),
  };
}
