import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { asked, until } from './asked.ts';
import { DOCK, Desk, WIDE, type Watched } from './window.ts';

const desk = new Desk();
beforeAll(() => desk.open());
afterAll(() => desk.close());
afterEach(() => desk.clear());

const shot = async (page: Watched, name: string) => {
  if (process.env.TIMBRE_SHOT) await page.screenshot({ path: `${process.env.TIMBRE_SHOT}-${name}.png` });
};

async function chats(scenario = {}, size = WIDE): Promise<Watched> {
  const page = await desk.window({ locale: 'es', chats: true, colleagues: true, ...scenario }, size);
  await page.locator('a[href="#chats"]').click();
  await page.locator('[data-chat]').first().waitFor();
  return page;
}

test('chats that wait come first, and say who wrote what over which line', async () => {
  const page = await chats();
  const rows = await page.locator('.chats h2, [data-chat]').allInnerTexts();
  expect(rows.map((row) => row.replace(/\s+/g, ' ').trim())).toEqual([
    'Por atender', expect.stringMatching(/¿Me confirman si llega el viernes\? 8572370 2 2 mensajes sin leer$/),
    'Respondidos', expect.stringMatching(/^JU Jorge Ureña .* Tú: Sí, hasta las cuatro\. Después la ocupa Ventas\. 8572370/), expect.stringMatching(/^DR Daniela Rojas Peña .*Tú: ¿Me pasa.* No se envió\.$/),
    expect.stringMatching(/^MS Marco Solís .* Tú: Hola, ¿recibió el catálogo\? 8572370 No se sabe si llegó\.$/),
  ]);
  expect(await page.locator('a[href="#chats"]').innerText()).toMatch(/1\s*1 chat sin leer/);
  expect(page.faults).toEqual([]);
});

test('an opened chat is read, and answered with the return key', async () => {
  const page = await chats();
  await page.locator('[data-chat]').first().click();
  const log = page.getByRole('log');
  await log.getByText('¿Me confirman si llega el viernes?').waitFor();
  await until(page, 'read_chat');
  await page.locator('a[href="#chats"] .badge').waitFor({ state: 'detached' });
  await shot(page, 'thread');
  const field = page.getByLabel('Escriba un mensaje');
  await field.pressSequentially('Sí, el viernes');
  await field.press('Shift+Enter');
  await field.pressSequentially('entre 8:00 y 11:00.');
  await field.press('Enter');
  await until(page, 'send_message');
  expect((await asked(page, 'send_message'))[0]).toMatchObject({ to: '+50685550117', text: 'Sí, el viernes\nentre 8:00 y 11:00.' });
  expect(await field.inputValue()).toBe('');
  await log.locator('.msg.me').last().getByText('Saliendo').waitFor({ state: 'attached' });
  await page.evaluate(() => window.agent.settle({ state: 'sent' }));
  await log.locator('.msg.me').last().getByText('Enviado').waitFor({ state: 'attached' });
  expect(await log.evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight)).toBeLessThan(2);
});

test('two quick presses of the return key send once', async () => {
  const page = await chats();
  await page.locator('[data-chat]').first().click();
  const field = page.getByLabel('Escriba un mensaje');
  await field.fill('Hola');
  await page.evaluate(() => {
    window.agent.stalled.set('send_message', []);
  });
  await field.press('Enter');
  await field.press('Enter');
  await page.getByRole('button', { name: 'Enviar' }).click();
  expect(await asked(page, 'send_message')).toHaveLength(1);
});

test('what failed says why, and goes once more by a press', async () => {
  const page = await chats();
  await page.locator('[data-chat]').nth(2).click();
  await page.getByText('La central no conoce ese destino.').waitFor();
  await shot(page, 'failed');
  await page.getByRole('button', { name: 'Reintentar' }).click();
  await until(page, 'resend_message');
  await page.getByText('La central no conoce ese destino.').waitFor({ state: 'detached' });
});

test('what is written and not sent outlives another chat, and the window', async () => {
  const page = await chats();
  await page.locator('[data-chat]').nth(1).click();
  await page.getByLabel('Escriba un mensaje').fill('A medio escribir');
  await page.locator('[data-chat]').nth(0).click();
  expect(await page.getByLabel('Escriba un mensaje').inputValue()).toBe('');
  await page.locator('[data-chat]').nth(1).getByText('Borrador: A medio escribir').waitFor();
  await until(page, 'keep_form');
  const kept = (await asked(page, 'keep_form')).at(-1) as { form: unknown; text: string };
  expect(kept.form).toEqual({ of: 'chats' });
  const next = await chats({ forms: [{ form: { of: 'chats' }, text: kept.text, saved_at_ms: 0 }] });
  await next.locator('[data-chat]').nth(1).getByText('Borrador: A medio escribir').waitFor();
  await next.locator('[data-chat]').nth(1).click();
  expect(await next.getByLabel('Escriba un mensaje').inputValue()).toBe('A medio escribir');
});

test('somebody who writes is told of without taking the focus, and the message is one press away', async () => {
  const page = await desk.window({ locale: 'es', chats: true, colleagues: true });
  await page.locator('input').first().focus();
  await page.evaluate(() => window.agent.write('231', '¿Me llama?\nEs urgente'));
  await page.getByText('Jorge Ureña: ¿Me llama? Es urgente').waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
  await shot(page, 'toast');
  await page.getByRole('button', { name: 'Ver', exact: true }).click();
  await page.getByRole('log').getByText('Es urgente').waitFor();
});

test('a first message goes to whoever is named, and a wrong name is said', async () => {
  const page = await desk.window({ locale: 'en' });
  await page.locator('a[href="#chats"]').click();
  await page.getByText('No chats yet').waitFor();
  await page.getByRole('button', { name: 'New chat' }).last().click();
  await page.getByLabel('To').fill('a b');
  await page.getByLabel('To').press('Enter');
  await page.getByText('Enter a number, an extension or a SIP address.').waitFor();
  await page.getByLabel('To').fill('8555 0117');
  await page.getByLabel('To').press('Enter');
  await page.getByText('The conversation begins here.').waitFor();
  await page.getByLabel('Write a message').fill('Hello');
  await page.getByLabel('Write a message').press('Enter');
  await page.getByRole('log').getByText('Hello').waitFor();
  await page.locator('[data-chat]').getByText('You: Hello').waitFor();
});

test('a line that is down keeps what is written and says so', async () => {
  const page = await chats({ lineDown: true });
  await page.locator('[data-chat]').nth(1).click();
  await page.getByText('La línea 8572370 no está registrada').waitFor();
  await page.getByLabel('Escriba un mensaje').fill('Después');
  await page.getByLabel('Escriba un mensaje').press('Enter');
  expect(await asked(page, 'send_message')).toHaveLength(0);
  expect(await page.getByLabel('Escriba un mensaje').inputValue()).toBe('Después');
});

test('in a narrow window a chat takes the place of the list, and Escape goes back', async () => {
  const page = await chats({}, DOCK);
  await shot(page, 'dock-list');
  await page.locator('[data-chat]').nth(1).click();
  await page.getByRole('log').getByText('¿Está libre la sala?').waitFor();
  await shot(page, 'dock-thread');
  expect(await page.locator('[data-chat]').count()).toBe(0);
  await page.getByLabel('Escriba un mensaje').press('Escape');
  await page.locator('[data-chat]').nth(1).waitFor();
  await page.waitForFunction(() => document.activeElement?.hasAttribute('data-chat'));
});

test('a colleague is written to from the panel', async () => {
  const page = await desk.window({ locale: 'es', colleagues: true });
  await page.click('[data-colleagues]');
  await page.getByRole('button', { name: 'Escribir un mensaje a Jorge Ureña' }).click();
  await page.getByRole('heading', { name: 'Jorge Ureña' }).waitFor();
});
