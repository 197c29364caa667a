/** A small part of ICU MessageFormat: `{name}` and `{n, plural, =0 {…} one {…} other {…}}` with `#`. */

type Piece = string | { name: string } | { name: string; branches: Map<string, Piece[]> } | { hash: true };

const numbers = new Map<string, Intl.NumberFormat>();
const rules = new Map<string, Intl.PluralRules>();

/** Made once for each language: making one costs more than many uses. */
function once<T>(made: Map<string, T>, locale: string, make: () => T): T {
  let one = made.get(locale);
  if (!one) made.set(locale, (one = make()));
  return one;
}

function written(n: number, locale: string): string {
  return once(numbers, locale, () => new Intl.NumberFormat(locale)).format(n);
}

/** Index of the brace that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return at;
  }
  throw new Error(`unclosed brace in message: ${text}`);
}

function branches(text: string): Map<string, Piece[]> {
  const found = new Map<string, Piece[]>();
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{', at);
    if (open < 0) break;
    const close = closing(text, open);
    found.set(text.slice(at, open).trim(), parse(text.slice(open + 1, close), true));
    at = close + 1;
  }
  if (!found.has('other')) throw new Error(`plural without "other": ${text}`);
  return found;
}

function argument(inner: string): Piece {
  const [name = '', kind, ...rest] = inner.split(',');
  if (kind === undefined) return { name: name.trim() };
  if (kind.trim() !== 'plural') throw new Error(`unknown argument kind: ${kind}`);
  return { name: name.trim(), branches: branches(rest.join(',')) };
}

/** Reads a message. */
export function parse(text: string, inPlural = false): Piece[] {
  const pieces: Piece[] = [];
  let plain = '';
  const flush = () => {
    if (plain) pieces.push(plain);
    plain = '';
  };
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '{') {
      flush();
      const close = closing(text, at);
      pieces.push(argument(text.slice(at + 1, close)));
      at = close;
    } else if (text[at] === '#' && inPlural) {
      flush();
      pieces.push({ hash: true });
    } else plain += text[at];
  }
  flush();
  return pieces;
}

/** Values that a message takes. */
export type Values = Record<string, string | number>;

/** Fills a message; numbers are written as the locale writes them. */
export function fill(pieces: Piece[], values: Values, locale: string, count?: number): string {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    else if ('hash' in piece) text += written(count ?? 0, locale);
    else {
      const value = values[piece.name] ?? '';
      if ('branches' in piece) {
        const number = Number(value);
        const rule = once(rules, locale, () => new Intl.PluralRules(locale)).select(number);
        const branch = piece.branches.get(`=${number}`) ?? piece.branches.get(rule) ?? piece.branches.get('other') ?? [];
        text += fill(branch, values, locale, number);
      } else text += typeof value === 'number' ? written(value, locale) : value;
    }
  }
  return text;
}

/** Names of the values that a message takes. */
export function names(pieces: Piece[]): string[] {
  const found = new Set<string>();
  for (const piece of pieces) {
    if (typeof piece === 'string' || 'hash' in piece) continue;
    found.add(piece.name);
    if ('branches' in piece) for (const branch of piece.branches.values()) names(branch).forEach((name) => found.add(name));
  }
  return [...found].sort();
}
