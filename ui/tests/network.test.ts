import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { asked } from './asked.ts';
import { go } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

async function open() {
  const page = await desk.window({ locale: 'es' });
  await go(page, 'settings');
  await page.click('#tab-settings-network');
  await page.waitForSelector('.settings-body form');
  return page;
}

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n';

describe('the way out', () => {
  test('a proxy is given with its password, which is never shown again and goes when the proxy is another', async () => {
    const page = await open();
    await page.click('[role=radio]:has-text("Esta dirección")');
    await page.click('[type=submit]');
    await page.waitForSelector('[name=address][aria-invalid]');
    expect(await asked(page, 'save_network')).toEqual([]);
    await page.fill('[name=address]', ' http://ana:clave@proxy:3128 ');
    await page.click('[type=submit]');
    await page.waitForSelector('.c-miss:has-text("Eso no es la dirección de un proxy")');
    await page.fill('[name=address]', 'http://proxy:3128');
    await page.fill('[name=exceptions]', '*.local, 10.0.0.0/8');
    await page.fill('[name=user]', 'ana');
    await page.fill('[name=password]', 'clave');
    await page.click('[type=submit]');
    await page.waitForSelector('.toast:has-text("Red guardada")');
    const [, saved] = await asked(page, 'save_network');
    expect(saved).toEqual({ network: { proxy: { by: 'own', address: 'http://proxy:3128', exceptions: ['*.local', '10.0.0.0/8'] }, authority: null }, login: { user: 'ana', password: 'clave' } });
    expect([await page.inputValue('[name=user]'), await page.inputValue('[name=password]')]).toEqual(['', '']);
    await page.waitForSelector('button:has-text("Olvidar usuario y contraseña")');
    await page.fill('[name=address]', 'http://other:3128');
    await page.waitForSelector('button:has-text("Olvidar usuario y contraseña")', { state: 'detached' });
  });

  test('a file that is no certificate is told when it is saved, a good one with its name and end', async () => {
    const page = await open();
    const choose = (text: string) => page.setInputFiles('[name=authority]', { name: 'ca.pem', mimeType: 'text/plain', buffer: Buffer.from(text) });
    for (const [text, words] of [['hello', 'no contiene un certificado'], [`old ${CERTIFICATE}`, 'El certificado venció']] as const) {
      await choose(text);
      await page.click('[type=submit]');
      await page.waitForSelector(`[role=alert]:has-text("${words}")`);
    }
    await choose(CERTIFICATE);
    await page.click('[type=submit]');
    await page.waitForSelector('section:has-text("Altura Root"):has-text("vence")');
    expect(await page.locator('.settings-body [role=alert]').count()).toBe(0);
  });

  test('a script that is not reached now is saved and said', async () => {
    const page = await open();
    await page.click('[role=radio]:has-text("Archivo PAC")');
    await page.fill('[name=place]', 'http://gone/proxy.pac');
    await page.click('[type=submit]');
    await page.waitForSelector('.banner:has-text("no responde ahora")');
  });
});
