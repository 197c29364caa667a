export interface Part {
  text: string;
  hit: boolean;
}

/** A text without accents and case, letter by letter, so that positions stay. */
export function fold(text: string): string {
  return [...text].map((letter) => (letter.normalize('NFD')[0] ?? letter).toLowerCase()).join('');
}

function plain(text: string, parts: [number, number] | null): Part[] {
  if (!parts) return [{ text, hit: false }];
  const [from, to] = parts;
  return [
    { text: text.slice(0, from), hit: false },
    { text: text.slice(from, to), hit: true },
    { text: text.slice(to), hit: false },
  ].filter((part) => part.text !== '');
}

/** Place of the digits `wanted` in `text`, whatever stands between them. */
function digitsAt(text: string, wanted: string): [number, number] | null {
  const places = [...text].flatMap((letter, at) => (/\d/.test(letter) ? [at] : []));
  const digits = places.map((at) => text[at]).join('');
  const at = digits.indexOf(wanted);
  const from = places[at];
  const to = places[at + wanted.length - 1];
  return at < 0 || from === undefined || to === undefined ? null : [from, to + 1];
}

/** Splits a text where the search hits it: words without accents, numbers digit by digit. */
export function split(text: string, find: string): Part[] {
  const wanted = find.trim();
  if (wanted === '') return [{ text, hit: false }];
  if (/^[\d\s+().-]+$/.test(wanted)) {
    const digits = wanted.replace(/\D/g, '');
    return plain(text, digits ? digitsAt(text, digits) : null);
  }
  const at = fold(text).indexOf(fold(wanted));
  return plain(text, at < 0 ? null : [at, at + wanted.length]);
}
