// jsforce, which nobody here wrote, works with the emulated Salesforce: both sign-ins, describe, create, search, upsert, log.
//
// usage: node third_party_jsforce.mjs ADDRESS, with jsforce in the node_modules of the folder that TIMBRE_NODE_CLIENTS names
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';

const jsforce = createRequire(path.join(process.env.TIMBRE_NODE_CLIENTS, 'package.json'))('jsforce');
const BASE = process.argv[2];
const REDIRECT = 'http://localhost:1717/callback';
const VERSION = '64.0';

async function set(wishes) {
  const answer = await fetch(`${BASE}/_test/set`, { method: 'POST', body: JSON.stringify(wishes) });
  assert.equal(answer.status, 204);
}

/** It is refused with this code. */
const refused = (code, work) => assert.rejects(work, (error) => `${error.errorCode} ${error.name} ${error.message}`.includes(code));

// The browser: a challenge, a code, tokens that the client renews by itself.
const verifier = randomBytes(48).toString('base64url');
const oauth2 = new jsforce.OAuth2({ loginUrl: BASE, clientId: 'timbre', redirectUri: REDIRECT });
const challenge = createHash('sha256').update(verifier).digest('base64url');
const asked = new URL(oauth2.getAuthorizationUrl({ scope: 'api refresh_token', state: 'st', code_challenge: challenge, code_challenge_method: 'S256' }));
async function code() {
  const sent = new URL((await fetch(asked, { redirect: 'manual' })).headers.get('location'));
  assert.equal(sent.searchParams.get('state'), 'st');
  return sent.searchParams.get('code');
}
const wrong = new jsforce.Connection({ oauth2, version: VERSION });
await refused('invalid_grant', async () => wrong.authorize(await code(), { code_verifier: 'x'.repeat(64) }));
const by = new jsforce.Connection({ oauth2, version: VERSION });
await by.authorize(await code(), { code_verifier: verifier });
assert.equal((await by.request('/services/oauth2/userinfo')).organization_id, '00D5e000000TbreEAC');

// User, password and security token.
const password = new jsforce.Connection({ loginUrl: BASE, version: VERSION });
await refused('INVALID_LOGIN', () => password.login('ana@example.com', 'sésamo & <1>wrong'));
const user = await password.login('ana@example.com', 'sésamo & <1>0123456789abcdef');
assert.deepEqual([user.id, user.organizationId], ['0055e000001AgntAAC', '00D5e000000TbreEAC']);

// Create, describe, what is required.
const ana = await by.sobject('Contact').create({ FirstName: 'Ana', LastName: 'Mora', Phone: '(506) 8555-0117' });
assert.ok(ana.success && /^003\w{15}$/.test(ana.id));
assert.equal((await password.sobject('Contact').retrieve(ana.id)).Name, 'Ana Mora');
const { fields } = await by.sobject('Lead').describe();
assert.equal(fields.find((field) => field.name === 'Company').nillable, false);
await refused('REQUIRED_FIELD_MISSING', () => by.sobject('Lead').create({ LastName: 'X' }));

// Search by number, and by SOQL with a text that tries to break out.
const { searchRecords } = await by.search('FIND {50685550117 OR (8555 AND 0117)} IN PHONE FIELDS RETURNING Contact(Id, Phone)');
assert.deepEqual(searchRecords.map((row) => row.Id), [ana.id]);
const logged = await by.sobject('Task').create({
  Subject: "it's 1", CallObject: 'c-1', WhoId: ana.id, Status: 'Completed', TaskSubtype: 'Call', CallType: 'Inbound', CallDurationInSeconds: 75, ActivityDate: '2027-01-14',
});
const rows = await by.sobject('Task').find({ Subject: "it's 1", CallObject: 'c-1' }, ['Id', 'CallDurationInSeconds']);
assert.deepEqual(rows.map((row) => [row.Id, row.CallDurationInSeconds]), [[logged.id, 75]]);

// Upsert by the external id: made, then changed.
const call = (Subject) => by.sobject('Task').upsert({ Softphone_Call_Id__c: 'u1', Subject, TaskSubtype: undefined }, 'Softphone_Call_Id__c');
await refused('NOT_FOUND', () => call('a'));
await set({ external_id: true });
await call('a');
await call('b');
const upserted = await by.query("SELECT Subject FROM Task WHERE Softphone_Call_Id__c = 'u1'");
assert.deepEqual([upserted.totalSize, upserted.records[0].Subject], [1, 'b']);

// Sessions that ended are renewed by the client itself, each in its way; one that was signed out is over.
await set({ end_access: true });
for (const one of [by, password]) assert.equal((await one.sobject('Contact').retrieve(ana.id)).LastName, 'Mora');
const { accessToken } = password;
await password.logout();
const over = new jsforce.Connection({ instanceUrl: BASE, accessToken, version: VERSION });
await refused('INVALID_SESSION_ID', () => over.sobject('Contact').retrieve(ana.id));
console.log('good');
