// A customer writes over SIP, and is answered; what is written survives a kill, and an exchange that is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scenario } from './desk.mjs';
import { contact, outside, register, registered } from './office.mjs';
import { end, until } from './process.mjs';
import { daemon } from './notices.mjs';

const LIMIT = { timeout: 560_000 };
const FIELD = '.composer textarea';

const log = (page) => page.run(() => [...document.querySelectorAll('.msg, .msgwhy')].map((one) => one.innerText.replace(/\s+/g, ' ')));
const says = (page, what, pattern) => until(what, async () => (await log(page)).some((one) => pattern.test(one)));
const write = async (page, text) => page.keys(await page.find(FIELD), text);
const badge = (page) => page.run(() => document.querySelector('a[href="#chats"] .badge')?.textContent ?? '');

test('0970 a customer writes and is answered; what is half written outlives a kill', LIMIT, scenario(async (desk) => {
  const notices = await daemon(desk);
  try {
    const { exchange, telephone } = await outside(desk);
    let page = await desk.start();
    await register(page, exchange);
    await contact(page);
    await desk.otherWindow();
    await telephone.write('¿Ya está mi pedido?');
    const said = await notices.said('somebody wrote', ({ title }) => title === 'Le escriben');
    assert.match(said.text, /Marcela Quesada/);
    assert.doesNotMatch(said.text, /pedido/, 'what was written is for whoever opens the window');
    await until('the rail tells', async () => (await badge(page)) === '1');
    await desk.picture('0970-came');

    notices.press(said, 'default');
    await page.click(await page.find('a[href="#chats"]'));
    await page.click(await page.find('[data-chat]'));
    await says(page, 'it is there', /¿Ya está mi pedido\?/);
    await write(page, 'Sí, sale hoy a las tres.\uE007');
    await says(page, 'it was sent', /sale hoy a las tres.*Enviado/);
    await telephone.sees(/Sí, sale hoy a las tres\./);
    await until('nothing is unread', async () => (await badge(page)) === '');
    await desk.picture('0970-answered');

    await write(page, 'Le aviso cuando');
    await until('it is kept', async () => (await page.ask('kept_forms', {})).list.some(({ text }) => text.includes('Le aviso cuando')));
    await desk.stop('SIGKILL');
    page = await desk.start();
    await registered(page);
    await page.click(await page.find('a[href="#chats"]'));
    await until('the draft is told', () => page.sees('Borrador: Le aviso cuando'));
    await page.click(await page.find('[data-chat]'));
    await says(page, 'what was said is there', /sale hoy a las tres.*Enviado/);
    await until('the draft is there', () => page.run((css) => document.querySelector(css)?.value === 'Le aviso cuando', FIELD));

    await end(telephone.process);
    await write(page, ' llegue.\uE007');
    await says(page, 'nobody is there', /Le aviso cuando llegue/);
    await until('its fate is told', async () => (await log(page)).some((one) => /Reintentar|Enviar otra vez/.test(one)));
    await desk.picture('0970-failed');
  } finally {
    await notices.end();
  }
}));
