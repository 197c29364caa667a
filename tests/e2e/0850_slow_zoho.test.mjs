// The company's other CRM takes its time: in the pop-up, in Contactos, in the omnibox, and on the way to its pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Company, connectZoho } from './company.mjs';
import { scenario } from './desk.mjs';
import { contact, outside, register } from './office.mjs';
import { until } from './process.mjs';
import { answer, ringing, visible } from './windows.mjs';

const LIMIT = { timeout: 560_000 };
/** Whatever asks for people there. */
const SEARCH = '(GET /crm/v8/\\w+/search|POST /crm/v8/(coql|__composite_requests))';
const ESCAPE = '\uE00C';
const ENTER = '\uE007';

/** Connected, and its people copied: whoever it gets now is there alone. */
async function connected(desk, page, company) {
  const browser = await connectZoho(desk, page, company);
  await page.sees('0 personas copiadas · sincronizado');
  await page.press('Llamadas');
  return browser;
}

async function slow(company, what) {
  await company.calm();
  await company.fault(SEARCH, { times: 1000, ...what });
}

/** Rows of a list as they stand, and whether `input` has the focus. */
function rows(page, css, input) {
  return page.run((css, input) => ({
    rows: [...document.querySelectorAll(css)].map((one) => [one.id, one.innerText, Math.round(one.getBoundingClientRect().top)].join(' ')),
    words: document.querySelector('main')?.innerText ?? document.body.innerText,
    focus: document.activeElement?.matches(input) ?? false,
  }), css, input);
}

test('0850 people whom Zoho finds late come below those who stand, in omnibox and Contactos', LIMIT, scenario(async (desk) => {
  const company = await Company.start('zoho');
  try {
    const { exchange } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    for (const last_name of ['Peñaranda', 'Quirós']) await contact(page, { first_name: 'Ana', last_name, company: '' });
    await connected(desk, page, company);
    for (const name of ['Peñaranda', 'Quirós']) await company.createZoho('Contacts', { First_Name: 'Rita', Last_Name: name, Mobile: '2222-3333' });

    await slow(company, { do: 'slow', ms: 3_000 });
    await page.type('.omni input', `${ESCAPE}${ESCAPE}Peñaranda`);
    const own = '.omni-row:not([id^=omni-c])';
    const before = await until('the own one is shown', async () => {
      const shown = await rows(page, own, '.omni input');
      return shown.rows.some((row) => row.includes('Ana Peñaranda')) && shown;
    });
    assert.ok(!(await page.text()).includes('Rita Peñaranda'));
    await page.sees('Rita Peñaranda');
    const after = await rows(page, own, '.omni input');
    assert.deepEqual([after.rows, after.focus], [before.rows, true]);
    await desk.picture('0850-omnibox');
    await page.type('.omni input', ESCAPE);

    await slow(company, { do: 'wait' });
    await page.press('Contactos');
    await page.press('Buscar contactos');
    await page.type('.searchfield input', `Quirós${ENTER}`);
    const listed = await until('the own one is listed, and the CRM is waited for', async () => {
      const shown = await rows(page, '.contacts-grid [role=row]', '.searchfield input');
      return shown.rows.some((row) => row.includes('Ana Quirós')) && (await page.text()).includes('Zoho CRM tarda en responder') && shown;
    });
    await desk.picture('0850-contactos-waiting');
    await company.calm();
    await page.sees('Rita Quirós');
    assert.deepEqual((await rows(page, '.contacts-grid [role=row]', '.searchfield input')).rows, listed.rows);
    await desk.picture('0850-contactos');
  } finally {
    await company.close();
  }
}));

test('0855 a call rings at once, is named when Zoho answers, and its record opens while Zoho is silent', LIMIT, scenario(async (desk) => {
  const company = await Company.start('zoho');
  try {
    const { exchange, telephone } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    const browser = await connected(desk, page, company);
    const ana = await company.createZoho('Contacts', { First_Name: 'Ana', Last_Name: 'Mora Solís', Mobile: '8888-7777' });
    await slow(company, { do: 'wait' });
    await desk.otherWindow();
    await telephone.dial();
    const popup = await ringing(desk);
    assert.ok(!(await page.text()).includes('Ana Mora Solís'), 'nobody is named yet');
    await desk.picture('0855-pop-up-unnamed');
    await company.calm();
    await page.sees('Ana Mora Solís');
    assert.deepEqual((await visible(desk, 400, 260)).map(({ x, y }) => [x, y]), [[popup.x, popup.y]], 'the pop-up stands where it stood');
    await desk.picture('0855-pop-up-named');
    await answer(desk, popup);
    await telephone.sees(/Call established/);
    await page.press('Ana Mora Solís');
    await page.sees('Ana Mora Solís, de Zoho CRM, quedó asignado a la llamada.');

    // Silent from now on: its pages open all the same.
    await company.fault('.*', { times: 1000, do: 'hold' });
    await page.press('Ver en Zoho CRM');
    await browser.sent('the record', (one) => one.includes(ana));
    await desk.picture('0855-open');
    await company.calm();
    await telephone.hangUp();
  } finally {
    await company.close();
  }
}));
