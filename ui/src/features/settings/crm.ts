import type { ConnectFault, ConnectionSetup, ConnectionState, ConnectionView, PushReason } from '../../bindings/api';
import { api, ApiFailure } from '../../ipc';
import { t } from '../../locales/index.svelte';
import { dayTime } from '../../shared/format';
import { say } from '../../shared/failure';
import { toasts } from '../../stores/toasts.svelte';

function withCode(words: string, code: string): string {
  return code ? t('connection.with_code', { words, code }) : words;
}

/** Codes of directories, and of whoever signs in with a password, that have words of their own. */
const CODES = ['certificate_not_trusted', 'no_tls', 'tls_required', 'password_expired', 'account_disabled', 'account_locked', 'account_expired', 'login_not_allowed', 'login_not_allowed_here_or_now', 'no_access', 'invalid_name', 'security_token', 'soap_login_disabled', 'soap_login_retired', 'api_disabled'] as const;

/** Why a sign-in or a check did not go well. */
export function faultWords(fault: ConnectFault, setup: ConnectionSetup): string {
  const code = 'code' in fault ? fault.code : '';
  const known = CODES.find((one) => one === code);
  if (known) return t(`connection.code.${known}`);
  if (fault.fault === 'sign_in' && (setup.kind === 'ldap' || setup.kind === 'carddav' || setup.kind === 'salesforce_password')) return t('connection.fault.password');
  return withCode(t(`connection.fault.${fault.fault}`), code);
}

/** It is only read: calls do not go there. */
export function isPhoneBook({ kind }: ConnectionView): boolean {
  return kind === 'ldap' || kind === 'carddav';
}

/** Why a push waits or is stuck. */
export function reasonWords(reason: PushReason): string {
  const words = t(`connection.reason.${reason.reason}`);
  if (reason.reason === 'invalid' && reason.fields.length > 0) return withCode(`${words} ${t('connection.fields', { fields: reason.fields.join(', ') })}`, reason.code);
  return 'code' in reason ? withCode(words, reason.code) : words;
}

/** What a person may want to know of the state, besides its name. */
export function stateNote(state: ConnectionState): string | null {
  switch (state.state) {
    case 'signing_in':
      return t('connection.finish_in_browser');
    case 'sign_in_again':
      return t('connection.calls_wait');
    case 'not_reached':
      return state.retry_at_ms === null ? null : t('connection.next_try', { when: dayTime(state.retry_at_ms, Date.now()) });
    case 'waiting': {
      const when = dayTime(state.until_ms, Date.now());
      return state.limit ? t('connection.limit_until', { when }) : t('connection.goes_on', { when });
    }
    default:
      return null;
  }
}

/** How its people are copied. */
export function copyWords({ copies, setup }: ConnectionView): string | null {
  if (!copies) return null;
  const { people, complete_at_ms, copying, full, fault } = copies;
  const when = complete_at_ms === null ? null : dayTime(complete_at_ms, Date.now());
  const words = [t('connection.copied', { n: people })];
  if (copying) words.push(t('connection.copying'));
  else if (fault) words.push(faultWords(fault, setup));
  if (when && !copying) words.push(t('connection.copied_at', { when }));
  if (full) words.push(t('connection.copied_full'));
  return words.join(' · ');
}

/** Who is signed in. */
export function whoWords({ identity }: ConnectionView): string | null {
  if (!identity) return null;
  const { user, organisation } = identity;
  return organisation ? t('connection.as_of', { user, organisation }) : t('connection.as', { user });
}

/** Where it leads. */
export function whereWords(setup: ConnectionSetup): string {
  switch (setup.kind) {
    case 'salesforce':
    case 'salesforce_password':
      return setup.login.at === 'own' ? setup.login.host : t(`connection.login.${setup.login.at}`);
    case 'zoho':
      return setup.local ?? t(`connection.centre.${setup.centre}`);
    case 'hubspot':
      return setup.local ?? t(`connection.by.${setup.sign_in.by}`);
    case 'rest':
      return setup.address ?? (setup.file.from === 'own' ? t('connection.by_file') : setup.file.name);
    case 'webhook':
      return setup.url;
    case 'ldap':
    case 'carddav':
      return setup.address;
  }
}

/** Rows that are not there yet. */
export function left({ queue }: ConnectionView): number {
  return queue.waiting + queue.stuck + queue.unknown;
}

/** Runs a command; what fails is said, `not_now` where the state does not allow it. Whether it went well. */
export async function order(command: Promise<unknown>, not_now = t('connection.no_way')): Promise<boolean> {
  try {
    await command;
    return true;
  } catch (error) {
    if (error instanceof ApiFailure && error.code === 'wrong_state') toasts.say(not_now, 'bad');
    else say(error);
    return false;
  }
}

/** Signs in; how that goes on is told with the connection. */
export function connect(connection: string): Promise<boolean> {
  return order(api('connect', { connection, pages: { done: t('connection.page_done'), refused: t('connection.page_refused') } }));
}

/** Asks there whether the credentials are good, and says what was found. */
export async function check({ id, setup }: ConnectionView): Promise<void> {
  try {
    const found = await api('check_connection', { connection: id });
    if (found.result === 'correct') toasts.say(t('connection.correct', { user: found.identity.user }));
    else toasts.say(faultWords(found.fault, setup), 'bad');
  } catch (error) {
    say(error);
  }
}
