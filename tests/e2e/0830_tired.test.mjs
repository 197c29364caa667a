// What somebody does with a connection to a CRM at the end of a shift: twice, half, in a call.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, Company, SALESFORCE_CONSENT, fillSalesforce } from './company.mjs';
import { scenario } from './desk.mjs';
import { outcome, outside, register } from './office.mjs';
import { until } from './process.mjs';
import { answer, ringing } from './windows.mjs';

const LIMIT = { timeout: 560_000 };

/** Presses the first button with this name twice at once. */
function pressTwice(page, name) {
  const twice = (wanted) => {
    const found = [...document.querySelectorAll('button')].find((one) => one.innerText.trim() === wanted);
    found?.click();
    found?.click();
    return found !== undefined;
  };
  return until(`"${name}" is pressed twice`, () => page.run(twice, name));
}

const consents = (browser) => browser.places().filter((one) => one.includes(SALESFORCE_CONSENT));

async function settings(page) {
  await page.press('Configuración');
  await page.press('Conexión CRM');
}

test('0830 two clicks, a page that is closed, and leaving in a call: one sign-in, the call goes on, nothing is sent unasked', LIMIT, scenario(async (desk) => {
  const company = await Company.start('salesforce');
  try {
    const { exchange, telephone } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    const browser = await Browser.install(desk);
    await settings(page);
    await page.press('Agregar conexión');
    await fillSalesforce(page, company);

    await pressTwice(page, 'Conectar');
    const closed = await browser.sent('the page to sign in', (one) => one.includes(SALESFORCE_CONSENT));
    await page.sees('Termine de ingresar en el navegador.');
    await page.press('Cancelar');
    await page.sees('Sin conectar');
    assert.equal(consents(browser).length, 1, 'one page was opened');
    // Somebody finds the page again and goes on there: nobody waits for it any more.
    await assert.rejects(browser.agree(closed));
    await page.sees('Sin conectar');
    await pressTwice(page, 'Conectar');
    const address = await until('another page is opened', () => consents(browser)[1]);
    assert.match(await browser.agree(address), /Listo\. Ya puede volver a Timbre/);
    await page.sees('Conectado');
    assert.equal(consents(browser).length, 2);

    await page.press('Llamadas');
    await telephone.dial();
    await answer(desk, await ringing(desk));
    await telephone.sees(/Call established/);
    await page.sees('Nadie en Salesforce tiene este número.');
    await settings(page);
    await page.press('Desconectar');
    await page.sees('Sin conectar');
    await page.sees('Agregar conexión');
    const { calls } = await page.ask('snapshot', {});
    assert.deepEqual(calls.map(({ state }) => state), ['talking'], 'the call goes on');
    await page.press('Llamadas');
    await telephone.hangUp();
    await until('the card of the ended call is shown', () => page.run(() => document.querySelector('.live') === null && document.querySelector('.crow') !== null));
    await page.type('input[id^=subject-]', 'Sin conexión');
    await outcome(page, 'Número equivocado');
    await page.press('Salvar');
    await page.sees('Llamada salvada');
    await page.sees('En este equipo');
    await desk.picture('0830-saved');

    // Signing in again sends nothing that was saved for this computer.
    await settings(page);
    await page.press('Conectar');
    const again = await until('a third page is opened', () => consents(browser)[2]);
    await browser.agree(again);
    await page.sees('Conectado');
    await page.sees('Nada por enviar');
    assert.deepEqual(await company.records('Task'), []);
  } finally {
    await company.close();
  }
}));

test('0835 a wrong password is said, and the right one lets in', LIMIT, scenario(async (desk) => {
  const company = await Company.start('salesforce');
  try {
    const { exchange } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    await settings(page);
    await page.press('Agregar conexión');
    await page.press('Con usuario y contraseña');
    await page.press('Dominio propio');
    await page.type('[name=host]', company.base);
    await page.type('[name=user]', 'ana@example.com');
    await page.type('[name=secret]', 'otra');
    await page.press('Salvar');
    await page.press('Conectar');
    await page.sees('El usuario o la contraseña no son correctos.');
    await page.sees('Sin conectar');
    await page.press('Editar');
    await page.type('[name=secret]', 'sésamo & <1>0123456789abcdef');
    await page.press('Salvar');
    // What stands above comes down when the form goes.
    await until('the form is gone', () => page.run(() => document.querySelector('.crmform') === null));
    await page.press('Conectar');
    await page.sees('Conectado');
    await page.press('Comprobar');
    await page.sees('Credenciales correctas: ');
    assert.ok(!(await page.text()).includes('sésamo'));
  } finally {
    await company.close();
  }
}));
