import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

import { latinScripts } from './build/latin.ts';
import { iconSprite } from './build/sprite.ts';

const font = '@fontsource-variable/geist/files';

export default defineConfig({
  plugins: [svelte({ dynamicCompileOptions: ({ filename }) => (filename.includes('node_modules') ? { runes: undefined } : undefined) }), iconSprite(), latinScripts()],
  clearScreen: false,
  server: { port: 1420, strictPort: true, host: '127.0.0.1' },
  resolve: {
    alias: {
      'assets/geist-latin-wght-normal.woff2': `${font}/geist-latin-wght-normal.woff2`,
      'assets/geist-latin-ext-wght-normal.woff2': `${font}/geist-latin-ext-wght-normal.woff2`,
    },
  },
  build: {
    target: ['es2022', 'safari16.2', 'chrome120'],
    // The content security policy has no `data:`: every asset stays a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { main: 'index.html', incoming: 'incoming.html' } },
  },
});
