/** Opens the built window in Debian's Chromium with an agent in memory behind it. */
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { AddressInfo } from 'node:net';

import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { build } from 'vite';

import type { FakeAgent, Scenario } from './double/agent.ts';
import type { Levels } from '../src/bindings/api';

declare global {
  interface Window {
    agent: FakeAgent;
    levels(levels: Levels): void;
  }
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.svg': 'image/svg+xml' };
/** The policy of the shell, so that nothing is drawn that it would forbid. */
const POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'";

export const WIDE = { width: 1280, height: 800 };
export const MIDDLE = { width: 900, height: 700 };
export const NARROW = { width: 640, height: 700 };
export const DOCK = { width: 400, height: 720 };
export const SMALL_DOCK = { width: 360, height: 560 };

/** Half past two in the afternoon in San José, as in the drawings. */
export const NOON = new Date('2026-11-22T20:41:52Z');

export class Desk {
  #browser!: Browser;
  #server!: Server;
  #double!: string;
  #contexts: BrowserContext[] = [];
  base = '';

  async open(): Promise<void> {
    this.#server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://x').pathname;
      readFile(join('dist', path === '/' ? 'index.html' : path)).then(
        (body) => response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/html', 'content-security-policy': POLICY }).end(body),
        () => response.writeHead(path === '/favicon.ico' ? 204 : 404).end(),
      );
    });
    await new Promise<void>((ready) => this.#server.listen(0, '127.0.0.1', ready));
    this.base = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const made = await build({ configFile: false, logLevel: 'silent', build: { write: false, minify: false, lib: { entry: 'tests/double/tauri.ts', formats: ['iife'], name: 'double' } } });
    const [output] = Array.isArray(made) ? made : [made];
    if (!output || !('output' in output)) throw new Error('the double was not built');
    this.#double = output.output[0].code;
    this.#browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--font-render-hinting=none'] });
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await new Promise((done) => this.#server.close(done));
  }

  /** A fresh window. Errors of the page and breaches of the policy fail the test that reads {@link Page.faults}. */
  async window(scenario: Partial<Scenario> = {}, size = WIDE, options: { page?: string; still?: boolean; scale?: number; fixed?: boolean } = {}): Promise<Page & { faults: string[] }> {
    const full: Scenario = { locale: 'es', theme: 'light', ...scenario };
    const context = await this.#browser.newContext({
      viewport: size, locale: full.locale === 'es' ? 'es-CR' : 'en-US', timezoneId: 'America/Costa_Rica', reducedMotion: options.still ? 'reduce' : 'no-preference', deviceScaleFactor: options.scale ?? 1,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    this.#contexts.push(context);
    const page = (await context.newPage()) as Page & { faults: string[] };
    page.faults = [];
    page.on('pageerror', (error) => page.faults.push(String(error.stack ?? error)));
    page.on('console', (message) => {
      if (message.type() === 'error') page.faults.push(message.text());
    });
    if (options.fixed !== false) await page.clock.setFixedTime(NOON);
    await page.addInitScript({ content: `window.__scenario = ${JSON.stringify(full)};\n${this.#double}` });
    await page.goto(`${this.base}/${options.page ?? 'index.html'}`);
    return page;
  }

  /** Closes the windows of a test. */
  async clear(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
  }
}
