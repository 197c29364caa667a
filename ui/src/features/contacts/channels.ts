import type { ChannelKind, ChannelView } from '../../bindings/api';
import { api } from '../../ipc';
import { tell } from '../../shared/failure';

/** Opens the chat with this number in the system's WhatsApp. */
export function openChat(channel: ChannelView): void {
  if (channel.e164) void tell(api('open_external', { what: 'chat', number: channel.e164 }));
}

/** Whether a text has the form of an address of e-mail. */
export function emailOk(text: string): boolean {
  return /^[^\s@<>(),;:"]+@[^\s@<>(),;:"]+\.[^\s@.]{2,}$/.test(text.trim());
}

/** Whether a text can be a number or an extension. */
export function phoneOk(text: string): boolean {
  return /^(ext\.?\s*)?\+?[\d\s().*#/-]+(\s*(ext\.?|x|;ext=)\s*\d+)?$/i.test(text.trim()) && /\d/.test(text);
}

/** What a typed way of contact is, or nothing if it is not recognised. */
export async function recognise(text: string): Promise<ChannelView | null> {
  const raw = text.trim();
  const plain = (kind: ChannelKind): ChannelView => ({ id: null, kind, raw, display: raw, e164: null, extension: null });
  if (emailOk(raw)) return plain('email');
  if (/^@[\w.]{2,}$/.test(raw)) return plain('social');
  if (!phoneOk(raw)) return null;
  const check = await api('check_number', { text: raw }).catch(() => null);
  return { ...plain('phone'), display: check?.display || raw, e164: check?.e164 ?? null };
}
