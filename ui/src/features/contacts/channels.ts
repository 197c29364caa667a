import type { ChannelKind, ChannelView } from '../../bindings/api';
import { api } from '../../ipc';
import { tell } from '../../shared/failure';

/** Opens the chat with this number in the system's WhatsApp. */
export function openChat(channel: ChannelView): void {
  if (channel.e164) void tell(api('open_external', { what: 'chat', number: channel.e164 }));
}

/** What a text is as a way to reach somebody, as the agent reads it; nothing if it is none. */
export async function kindOf(text: string): Promise<ChannelKind | null> {
  return (await api('check_number', { text: text.trim() })).channel;
}

/** What a typed way of contact is, or nothing if it is not recognised. */
export async function recognise(text: string): Promise<ChannelView | null> {
  const raw = text.trim();
  const { channel, display, e164, extension } = await api('check_number', { text: raw });
  return channel && { id: null, kind: channel, raw, display: display || raw, e164, extension };
}
