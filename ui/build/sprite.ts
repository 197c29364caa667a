import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Plugin } from 'vite';

import { ICONS, POPUP_ICONS } from '../src/shared/icons.ts';

const root = 'node_modules/@phosphor-icons/core';

/** `phone-fill` stands in the folder `fill`, `x` in `regular`. */
function symbol(name: string): string {
  const weight = /-(bold|fill|thin|light|duotone)$/.exec(name)?.[1] ?? 'regular';
  const file = readFileSync(join(root, 'assets', weight, `${name}.svg`), 'utf8');
  const inner = /<svg[^>]*>(.*)<\/svg>/s.exec(file)?.[1];
  if (inner === undefined) throw new Error(`not an icon: ${name}`);
  return `<symbol id="${name}" viewBox="0 0 256 256">${inner}</symbol>`;
}

/** Puts the icons that a page uses into it, once, as one sprite. */
export function iconSprite(): Plugin {
  return {
    name: 'icon-sprite',
    transformIndexHtml(html, { path }) {
      const names: readonly string[] = path.includes('incoming') ? POPUP_ICONS : ICONS;
      const sprite = `<svg width="0" height="0" class="sprite" aria-hidden="true">${names.map(symbol).join('')}</svg>`;
      return html.replace('<!-- icons -->', sprite);
    },
  };
}
