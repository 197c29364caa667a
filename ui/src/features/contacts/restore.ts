import type { FormOf } from '../../bindings/api';
import { t } from '../../locales/index.svelte';
import { say } from '../../shared/failure';
import { chats } from '../../stores/chats.svelte';
import { forms } from '../../stores/forms.svelte';
import { toasts } from '../../stores/toasts.svelte';
import { view } from '../../stores/view.svelte';
import { quickForms, readQuickForm } from '../calls/who';
import { corrections, readCorrection } from '../settings/corrections';
import { ContactForm, openForm } from './form.svelte';

function take(form: FormOf, text: string): boolean {
  if (form.of === 'call') {
    const read = readQuickForm(text);
    if (read) quickForms.set(form.call, read);
    return read !== null;
  }
  if (form.of === 'chats') return chats.restore(text);
  if (form.of === 'correction') {
    const read = readCorrection(text);
    if (read) corrections.set(form.call, read);
    return read !== null;
  }
  const read = ContactForm.read(text);
  if (!read || openForm.current) return openForm.current !== null;
  openForm.current = read;
  toasts.offer(t('form.left'), t('form.left_open'), () => view.go('contacts'));
  return true;
}

/** Opens again what was being typed when the window, or the machine, went away. */
export function restoreForms(): void {
  forms.restore(take).catch(say);
}
