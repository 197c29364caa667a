import type { CallId, CardRow } from '../../bindings/api';
import { api } from '../../ipc';
import { t } from '../../locales/index.svelte';
import { say, tell } from '../../shared/failure';
import { drafts } from '../../stores/drafts.svelte';
import { toasts } from '../../stores/toasts.svelte';
import { view } from '../../stores/view.svelte';

/** Whether «Ignorar» means something for this card. */
export function canDismiss(row: CardRow): boolean {
  return row.state === 'unsaved';
}

/** «Ignorar»: the card goes at once and comes back by «Deshacer» within ten seconds. */
export function dismiss(row: CardRow): void {
  if (!canDismiss(row)) return;
  drafts.of(row.call).flush();
  void tell(
    api('dismiss_card', { call: row.call }).then(() => {
      if (view.card === row.call) view.card = null;
      toasts.offer(t('card.dismissed'), t('common.undo'), () => void undo(row.call));
    }),
  );
}

/** An ignored call is work again, also long after «Ignorar». */
export async function restore(call: CallId): Promise<void> {
  try {
    const card = await api('undo_dismiss', { call });
    toasts.say(t(card.row.state === 'expired' ? 'tasks.restored_expired' : 'tasks.restored'));
  } catch (error) {
    say(error);
  }
}

async function undo(call: CallId): Promise<void> {
  try {
    await api('undo_dismiss', { call });
    view.openCard(call);
  } catch (error) {
    say(error);
  }
}
