import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';

import config from './svelte.config.js';

const shell = { group: ['@tauri-apps/*'], message: 'The shell is reached from src/ipc only.' };

export default ts.config(
  { ignores: ['dist', 'node_modules', 'test-results', 'src/bindings'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    // The compiler of types knows the globals better.
    rules: { 'no-undef': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig: config } } },
  {
    files: ['src/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      'max-lines': ['error', 500],
      'no-restricted-imports': ['error', { patterns: [shell] }],
      'no-restricted-syntax': ['error', { selector: "CallExpression[callee.name='eval']", message: 'The content security policy forbids it.' }],
    },
  },
  { files: ['src/ipc/**'], rules: { 'no-restricted-imports': 'off' } },
  // Everything from the network is text.
  { files: ['**/*.svelte'], rules: { 'svelte/no-at-html-tags': 'error', 'svelte/no-useless-mustaches': 'off' } },
);
