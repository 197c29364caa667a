import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { split } from '../src/shared/mark.ts';
import { fill, names, parse } from '../src/shared/icu.ts';
import { en } from '../src/locales/en.ts';
import { es } from '../src/locales/es.ts';

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

/** All that is written by hand, words apart. */
function sources(): string[] {
  return files('src').filter((path) => /\.(svelte|ts)$/.test(path) && !/^src\/(bindings|locales)\//.test(path));
}

describe('words', () => {
  test('both languages have the same keys', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(es).sort());
  });

  test('every message takes the same values in both', () => {
    for (const key of Object.keys(es) as (keyof typeof es)[]) expect(names(parse(en[key])), key).toEqual(names(parse(es[key])));
  });

  test('no word is left over', () => {
    // Keys put together at run time name their family up to the last dot; the end is a value of the agent's types.
    const text = [...sources(), 'src/bindings/api.ts'].map((path) => readFileSync(path, 'utf8')).join('\n');
    const families = [...text.matchAll(/`([a-z_.]+?)\$\{/g)].map((found) => found[1] ?? '');
    const unused = Object.keys(es).filter((key) => !text.includes(`'${key}'`) && !families.some((family) => family.includes('.') && key.startsWith(family)));
    expect(unused).toEqual([]);
  });

  test('nothing is empty, shouted or in doubt about itself', () => {
    for (const words of [...Object.values(es), ...Object.values(en)]) {
      expect(words.trim()).not.toBe('');
      expect(words).not.toMatch(/!|¡|error inesperado|unexpected error/i);
    }
  });

  test('plurals follow the language', () => {
    const message = parse('{n, plural, =0 {none} one {# call of {who}} other {# calls of {who}}}');
    expect(fill(message, { n: 0, who: 'Ana' }, 'en-US')).toBe('none');
    expect(fill(message, { n: 1, who: 'Ana' }, 'en-US')).toBe('1 call of Ana');
    expect(fill(message, { n: 1200, who: 'Ana' }, 'en-US')).toBe('1,200 calls of Ana');
    expect(() => parse('{n, plural, one {x}}')).toThrow();
    expect(() => parse('{n')).toThrow();
  });
});

describe('sources', () => {
  /** Keys and protocols have the same name in every language. */
  const NAMES = new Set(['Ctrl', 'Esc', 'SRTP']);

  test('no sentence stands outside the locales', () => {
    for (const path of sources().filter((one) => one.endsWith('.svelte'))) {
      const markup = readFileSync(path, 'utf8').replace(/<script[\s\S]*?<\/script>|<!--[\s\S]*?-->/g, '');
      const text = markup.replace(/\{[^{}]*(\{[^{}]*(\{[^{}]*\}[^{}]*)*\}[^{}]*)*\}/g, ' ').replace(/<[^>]*>/g, '\n');
      const words = (text.match(/[A-Za-zÁ-ú]{3,}/g) ?? []).filter((word) => !NAMES.has(word));
      expect(words, path).toEqual([]);
    }
  });

  test('the shell is reached from one room only', () => {
    const users = sources().filter((path) => readFileSync(path, 'utf8').includes('@tauri-apps/'));
    expect(users).toEqual(['src/ipc/index.ts']);
  });

  test('no component is longer than 300 lines', () => {
    for (const path of sources()) expect(readFileSync(path, 'utf8').split('\n').length, path).toBeLessThanOrEqual(300);
  });

  test('no style stands in the markup, which the policy would drop', () => {
    for (const path of sources().filter((one) => one.endsWith('.svelte'))) expect(readFileSync(path, 'utf8'), path).not.toMatch(/\sstyle="/);
  });
});

describe('marks', () => {
  test('words are found without accents, numbers digit by digit', () => {
    expect(split('Camila Restrepo', 'réstre')).toEqual([{ text: 'Camila ', hit: false }, { text: 'Restre', hit: true }, { text: 'po', hit: false }]);
    expect(split('+506 8555 0117', '855501').find((part) => part.hit)?.text).toBe('8555 01');
    expect(split('Ana', 'zzz')).toEqual([{ text: 'Ana', hit: false }]);
  });
});
