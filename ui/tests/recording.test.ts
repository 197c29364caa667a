import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { asked } from './asked.ts';
import { call, go, talk } from './states.ts';
import { Desk } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

describe('recording a call', () => {
  test('is begun, paused and ended by its keys, and says so for as long as it lasts', async () => {
    const page = await desk.window({ locale: 'es' });
    await call(page, 'incoming', '+506 8555 0117');
    await talk(page);
    await page.click('[data-record]');
    await page.waitForSelector('.recmark:has-text("Grabando")');
    await page.waitForSelector('[data-record][aria-pressed=true]');
    await page.focus('#call');
    await page.keyboard.press('p');
    await page.waitForSelector('.recmark:has-text("Grabación en pausa")');
    await page.waitForSelector('[role=status]:has-text("Grabación en pausa")', { state: 'attached' });
    await page.keyboard.press('p');
    await page.waitForSelector('.recmark:has-text("Grabando")');
    await page.keyboard.press('r');
    await page.waitForSelector('.recmark', { state: 'detached' });
    expect(await page.locator('[data-pause-recording]').count()).toBe(0);
    expect((await asked(page, 'record_call')).map((one) => (one as { on: boolean }).on)).toEqual([true, false]);
  });
});

describe('recordings in Historial', () => {
  async function open() {
    const page = await desk.window({ locale: 'es' });
    await page.waitForSelector('#main');
    await page.evaluate(() => window.agent.rows.forEach((row) => (row.recorded = true)));
    await go(page, 'history');
    await page.click('.history-grid .trow[role=row] >> nth=1');
    await page.waitForSelector('[data-recording]');
    return page;
  }

  test('are played from any place and at any speed, and stopped', async () => {
    const page = await open();
    expect(await page.locator('.history-grid .recorded').count()).toBeGreaterThan(0);
    const wave = page.locator('[role=slider]').first();
    expect(await wave.getAttribute('aria-valuemax')).toBe('30');
    await wave.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await wave.getAttribute('aria-valuenow')).toBe('10');
    await page.selectOption('.recording .speed', '150');
    await page.click('[data-play]');
    await page.waitForSelector('[data-play]:has-text("Pausa")');
    const [first] = await asked(page, 'play_recording');
    expect(first).toMatchObject({ from_ms: 10_000, speed_pct: 150 });
    await page.waitForFunction(() => Number(document.querySelector('[role=slider]')?.getAttribute('aria-valuenow')) > 10);
    await wave.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await page.waitForFunction(() => Number(document.querySelector('[role=slider]')?.getAttribute('aria-valuenow')) < 5);
    expect((await asked(page, 'play_recording')).at(-1)).toMatchObject({ from_ms: 0, speed_pct: 150 });
    await page.click('[data-play]');
    await page.waitForSelector('[data-play]:has-text("Oír")');
    expect(await asked(page, 'stop_playing')).toHaveLength(1);
  });

  test('are copied, and deleted only after a question', async () => {
    const page = await open();
    await page.click('[data-save]');
    await page.waitForSelector('.toast:has-text("Copia guardada")');
    await page.click('[data-delete]');
    await page.click('.modal .btn.hang');
    await page.waitForSelector('[data-recording]', { state: 'detached' });
    expect(await asked(page, 'delete_recording')).toHaveLength(1);
  });

  test('are not played into a call', async () => {
    const page = await open();
    await page.evaluate(() => window.agent.begin('incoming', '+506 8555 0117', 'Soporte técnico'));
    await page.waitForSelector('[data-play][disabled]');
  });
});

describe('how calls are recorded', () => {
  test('is changed at once, names and folder when they are saved', async () => {
    const page = await desk.window({ locale: 'es' });
    await go(page, 'settings');
    await page.click('#tab-settings-recording');
    await page.selectOption('[name=keep_days]', '90');
    await page.click('[role=radio]:has-text("WAV")');
    await page.fill('[name=names]', 'a/b');
    await page.click('.settings-body [type=submit]');
    await page.waitForSelector('[name=names][aria-invalid]');
    await page.fill('[name=names]', '{date} {number}');
    await page.click('.settings-body [type=submit]');
    await page.waitForSelector('.toast:has-text("cambios guardados")');
    const last = (await asked(page, 'save_recording_settings')).at(-1);
    expect(last).toMatchObject({ format: 'wav', keep_days: 90, names: '{date} {number}', folder: null });
    await page.click('.settings-body .box:has(.settingwords) [role=switch] >> nth=0');
    await page.waitForFunction(() => document.querySelector('.settings-body [role=switch][aria-checked=true]'));
    expect((await asked(page, 'save_account'))[0]).toMatchObject({ record: true, password: null, own_codes: null });
  });
});
