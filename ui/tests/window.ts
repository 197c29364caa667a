/** Opens the built window in Debian's Chromium with an agent in memory behind it. */
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import type { AddressInfo } from 'node:net';

import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { build } from 'vite';

import type { FakeAgent, Scenario } from './double/agent.ts';
import type { Levels, ShellEvent } from '../src/bindings/api';

declare global {
  interface Window {
    agent: FakeAgent;
    levels(levels: Levels): void;
    shell(event: ShellEvent): void;
  }
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.svg': 'image/svg+xml' };
/** Where the pages find axe. */
export const AXE = '/axe.js';
const AXE_FILE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** The policy of the shell, so that nothing is drawn that it would forbid. */
const POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'";

export const WIDE = { width: 1280, height: 800 };
export const MIDDLE = { width: 900, height: 700 };
export const NARROW = { width: 640, height: 700 };
export const DOCK = { width: 400, height: 720 };
export const SMALL_DOCK = { width: 360, height: 560 };

/** Half past two in the afternoon in San José, as in the drawings. */
export const NOON = new Date('2026-11-22T20:41:52Z');

/** A page, and what went wrong in it: errors of its scripts and breaches of the policy. */
export type Watched = Page & { faults: string[] };

export interface Look {
  page?: string;
  /** The system asks for less motion. */
  still?: boolean;
  /** Pixels of the screen for one of the page. */
  scale?: number;
  /** In a context of its own, whose clock the test may move. Otherwise the clock stands at {@link NOON}. */
  own?: boolean;
}

/** Pages of one kind share a context, and with it the files already read and compiled. */
interface Kind {
  locale: string;
  scale: number;
}

export class Desk {
  #browser!: Browser;
  #server!: Server;
  #double!: string;
  #contexts = new Map<string, Promise<BrowserContext>>();
  /** What a test opened and {@link Desk.clear} closes. */
  #opened: (Page | BrowserContext)[] = [];
  /** Pages of tests that are over, by their kind: read afresh they take a third of the time of a new one. */
  #idle = new Map<string, Watched[]>();
  /** Those that are in use and may serve again. */
  #lent: { page: Watched; idle: Watched[] }[] = [];
  #runs = 0;
  base = '';

  async open(): Promise<void> {
    this.#server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://x').pathname;
      readFile(path === AXE ? AXE_FILE : join('dist', path === '/' ? 'index.html' : path)).then(
        (body) => response.writeHead(200, { 'cache-control': 'max-age=600', 'content-type': TYPES[extname(path)] ?? 'text/html', 'content-security-policy': POLICY }).end(body),
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

  async #context(kind: Kind, stands: boolean): Promise<BrowserContext> {
    const context = await this.#browser.newContext({ locale: kind.locale, timezoneId: 'America/Costa_Rica', deviceScaleFactor: kind.scale, permissions: ['clipboard-read', 'clipboard-write'] });
    // Before the double, which asks for the time.
    if (stands) await context.clock.setFixedTime(NOON);
    // What one test stored is not there for the next; a page that reloads itself keeps it.
    await context.addInitScript(() => {
      const run = new URLSearchParams(location.search).get('run') ?? '';
      if (sessionStorage.getItem('run') !== run) localStorage.clear();
      sessionStorage.setItem('run', run);
    });
    await context.addInitScript({ content: `window.__scenario = JSON.parse(new URLSearchParams(location.search).get('scenario'));\n${this.#double}` });
    return context;
  }

  async #contextFor(kind: Kind, look: Look): Promise<BrowserContext> {
    if (look.own) {
      const context = await this.#context(kind, false);
      this.#opened.push(context);
      return context;
    }
    const key = JSON.stringify(kind);
    const known = this.#contexts.get(key) ?? this.#context(kind, true);
    this.#contexts.set(key, known);
    return known;
  }

  async #page(kind: Kind, look: Look): Promise<Watched> {
    const page = (await (await this.#contextFor(kind, look)).newPage()) as Watched;
    page.on('pageerror', (error) => page.faults.push(String(error.stack ?? error)));
    page.on('console', (message) => {
      if (message.type() === 'error') page.faults.push(message.text());
    });
    if (look.still) await page.emulateMedia({ reducedMotion: 'reduce' });
    return page;
  }

  /** A page that nothing of its own stays with. */
  async #lend(kind: Kind): Promise<Watched> {
    const key = JSON.stringify(kind);
    const idle = this.#idle.get(key) ?? [];
    this.#idle.set(key, idle);
    let page = idle.pop();
    if (page) await page.mouse.move(0, 0);
    else page = await this.#page(kind, {});
    this.#lent.push({ page, idle });
    return page;
  }

  /** A fresh window. Errors of the page and breaches of the policy fail the test that reads {@link Watched.faults}. */
  async window(scenario: Partial<Scenario> = {}, size = WIDE, look: Look = {}): Promise<Watched> {
    const full: Scenario = { locale: 'es', theme: 'light', ...scenario };
    const kind = { locale: full.locale === 'es' ? 'es-CR' : 'en-US', scale: look.scale ?? 1 };
    const kept = look.own || look.still;
    const page = await (kept ? this.#page(kind, look) : this.#lend(kind));
    if (kept) this.#opened.push(page);
    page.faults = [];
    await page.setViewportSize(size);
    await page.goto(`${this.base}/${look.page ?? 'index.html'}?run=${++this.#runs}&scenario=${encodeURIComponent(JSON.stringify(full))}`);
    // Its words are loaded before the window is drawn; a key pressed until then is nobody's.
    if (!look.page) await page.waitForSelector('#app > *', { state: 'attached' });
    return page;
  }

  /** Closes the windows of a test, or keeps them for the next one. */
  async clear(): Promise<void> {
    for (const { page, idle } of this.#lent.splice(0)) idle.push(page);
    await Promise.all(this.#opened.splice(0).map((one) => one.close()));
  }
}
