// A CRM that takes its time: what stands there stays where it is, and what comes late comes below it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Company, connectSalesforce } from './company.mjs';
import { scenario } from './desk.mjs';
import { contact, outside, register } from './office.mjs';
import { until } from './process.mjs';
import { answer, ringing } from './windows.mjs';

const LIMIT = { timeout: 560_000 };
const SEARCH = 'GET /services/data/v65.0/search';
const ESCAPE = '\uE00C';
/** Whoever is called so is a contact here, and somebody else there. */
const NAMES = ['Peñaranda', 'Quirós', 'Ureña'];

/** Every search of the CRM lasts so many milliseconds from now on; `null`: for ever. */
async function slow(company, ms) {
  await company.calm();
  await company.fault(SEARCH, { times: 1000, ...(ms === null ? { do: 'hold' } : { do: 'slow', ms }) });
}

/** Connected, and its people copied: whoever it gets now is there alone. */
async function connected(desk, page, company) {
  await connectSalesforce(desk, page, company);
  await page.sees('0 personas copiadas · sincronizado');
  await page.press('Llamadas');
}

/** What the omnibox shows: where its rows stand, which one is chosen, and whether it has the focus. */
function omnibox(page) {
  return page.run(() => {
    const rows = [...document.querySelectorAll('.omni-row')];
    const remote = rows.filter((one) => one.id.startsWith('omni-c'));
    const here = rows.filter((one) => !remote.includes(one)).map((one) => [one.id, one.innerText, Math.round(one.getBoundingClientRect().top)].join(' '));
    return { here, words: rows.map((one) => one.innerText).join(), chosen: document.querySelector('.omni-row[aria-selected=true]')?.id ?? null, focus: document.activeElement?.matches('.omni input') };
  });
}

/** The field with the focus, what is typed there, and where it stands. */
function field(page) {
  return page.run(() => {
    const one = document.activeElement;
    return [one.id, one.value, Math.round(one.getBoundingClientRect().top)].join(' ');
  });
}

test('0840 a search of 300 ms, 1.4 s, 3 s or for ever moves no row, and takes neither choice nor focus', LIMIT, scenario(async (desk) => {
  const company = await Company.start('salesforce');
  try {
    const { exchange } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    for (const last_name of NAMES) await contact(page, { first_name: 'Ana', last_name, company: '' });
    await connected(desk, page, company);
    for (const name of NAMES) await company.create('Contact', { FirstName: 'Rita', LastName: name, MobilePhone: '2222-3333' });
    for (const [name, ms] of NAMES.map((one, at) => [one, [300, 1_400, 3_000][at]])) {
      await slow(company, ms);
      await page.type('.omni input', `${ESCAPE}${ESCAPE}${name}`);
      const before = await until('the own one is shown and chosen', async () => {
        const shown = await omnibox(page);
        return shown.words.includes(`Ana ${name}`) && shown.chosen !== null && shown;
      });
      const after = await until('the CRM has answered', async () => {
        const shown = await omnibox(page);
        return shown.words.includes(`Rita ${name}`) && shown;
      });
      assert.deepEqual([after.here, after.chosen, after.focus], [before.here, before.chosen, true], `${ms} ms`);
    }
    await desk.picture('0840-omnibox');
    await slow(company, null);
    await page.type('.omni input', `${ESCAPE}${ESCAPE}${NAMES[0].slice(0, 4)}`);
    await page.sees('Salesforce tarda en responder');
    const shown = await omnibox(page);
    assert.deepEqual([shown.here.length, shown.words.includes('Rita'), shown.focus], [1, false, true]);
    await desk.picture('0840-never');
    await page.type('.omni input', ESCAPE);
    await company.calm();
  } finally {
    await company.close();
  }
}));

test('0845 whoever the CRM names late stands on the card without touching what is being typed', LIMIT, scenario(async (desk) => {
  const company = await Company.start('salesforce');
  try {
    const { exchange, telephone } = await outside(desk);
    const page = await desk.start();
    await register(page, exchange);
    await connected(desk, page, company);
    await company.create('Contact', { FirstName: 'Ana', LastName: 'Mora Solís', MobilePhone: '8888-7777' });
    await company.fault(SEARCH, { times: 1000, do: 'wait' });
    await telephone.dial();
    await answer(desk, await ringing(desk));
    await telephone.sees(/Call established/);
    await page.type('input[id^=subject-]', 'Factura 27');
    await page.sees('Salesforce tarda en responder');
    assert.ok(!(await page.text()).includes('Ana Mora Solís'), 'nobody is named yet');
    const before = await field(page);
    await company.calm();
    await page.sees('Ana Mora Solís');
    assert.equal(await field(page), before);
    await desk.picture('0845-card');
    await telephone.hangUp();
  } finally {
    await company.close();
  }
}));
