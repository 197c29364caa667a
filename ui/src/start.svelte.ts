import { dress, onSystemTheme } from './appearance.svelte';
import { restoreForms } from './features/contacts/restore';
import { ringingEnded } from './features/shell/keys';
import { t } from './locales/index.svelte';
import { inLine, nameOf } from './shared/chat';
import { agent } from './stores/agent.svelte';
import { chats } from './stores/chats.svelte';
import { guardDrafts } from './stores/drafts.svelte';
import { toasts } from './stores/toasts.svelte';
import { view } from './stores/view.svelte';
import type { CallView, ChatView, Notice, RefuseReason } from './bindings/api';

function notice(told: Notice): void {
  const { call } = told;
  const values = { subject: told.subject ?? (call ? t('notice.card_of_nobody') : '') };
  if (call) toasts.offer(t(`notice.${told.code}`, values), t('notice.see_card'), () => view.openCard(call));
  else toasts.say(words(told, values), told.severity === 'error' ? 'bad' : 'plain');
}

/** What is wrong; of a warning also what to do, which stands nowhere else. */
function words({ code, severity }: Notice, values: { subject: string }): string {
  const said = t(`notice.${code}`, values);
  return severity === 'warn' ? `${said} ${t(`notice.${code}_hint`, values)}` : said;
}

function refused(reason: RefuseReason): void {
  toasts.say(t(`dial.refused.${reason}`), 'bad');
}

/** A call of ours that came to nothing says why. */
function ended(call: CallView): void {
  // Of a question about another call, that call says why.
  if (!call.end || call.consults_for || call.direction !== 'outgoing' || call.answered_at_ms !== null || call.end.by === 'local') return;
  const code = call.end.sip_code ? ` ${t('cause.code', { code: String(call.end.sip_code) })}` : '';
  toasts.say(t(`cause.${call.end.cause}`) + code, 'bad');
}

function changed(call: CallView, before: CallView | undefined): void {
  if (before?.state === 'ringing_local' && call.state !== 'ringing_local') ringingEnded();
  const begun = call.direction === 'outgoing' ? !before : before?.state === 'ringing_local' && call.state !== 'ended';
  if (begun) {
    if (!call.consults_for) view.openCard(call.id);
    view.listInCall = false;
    view.keypad = false;
    view.choosing = null;
  }
  if (call.state === 'ended') {
    ended(call);
    if (agent.current === undefined) {
      view.keypad = false;
      view.choosing = null;
    }
    if (before && before.state !== 'ringing_local' && !call.consults_for) view.card = call.id;
  }
}

/** Whoever is in the conversation reads it there. */
function message(chat: ChatView): void {
  if (chats.isOpen(chat) && document.hasFocus()) return;
  const text = inLine(chat.last?.text ?? '');
  toasts.offer(t('chats.came', { name: nameOf(chat), text }), t('chats.see'), () => chats.show(chat));
}

function begun(firstRun: boolean): void {
  view.welcome = firstRun;
  restoreForms();
}

/** Begins the main window. */
export function start(): void {
  onSystemTheme(() => void dress(agent.preferences));
  guardDrafts();
  $effect.root(() => {
    $effect(() => void dress(agent.preferences));
  });
  void agent.start({ notice, message, linkRefused: refused, call: changed, showCall: (call) => view.openCard(call), begun });
}
