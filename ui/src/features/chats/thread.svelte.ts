import type { ChatView, ErrorCode, MessageView } from '../../bindings/api';
import { api } from '../../ipc';
import { codeOf } from '../../shared/failure';
import type { ChatPlace } from '../../stores/chats.svelte';

const PAGE = 50;
const PAGE_MAX = 200;

/** One conversation: what was written last, and more on demand. */
export class Thread {
  readonly place: ChatPlace;
  chat = $state.raw<ChatView | null>(null);
  /** By age. */
  messages = $state.raw<MessageView[]>([]);
  /** There may be older ones. */
  more = $state(false);
  failed = $state<ErrorCode | null>(null);
  #turn = 0;
  #reading: string | null = null;

  constructor(place: ChatPlace) {
    this.place = place;
  }

  /** Reads afresh what may have changed; older messages that are shown stay. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const chat = await api('find_chat', { account: this.place.account, to: this.place.address });
      const limit = Math.min(PAGE_MAX, Math.max(PAGE, this.messages.length));
      const list = chat.id ? (await api('list_messages', { chat: chat.id, before: null, limit })).list : [];
      if (turn !== this.#turn) return;
      const oldest = list.at(-1)?.id;
      const older = oldest === undefined ? [] : this.messages.filter((one) => one.id < oldest);
      if (older.length === 0) this.more = list.length === limit;
      this.messages = [...older, ...list.toReversed()];
      this.chat = chat;
      this.failed = null;
    } catch (error) {
      if (turn === this.#turn) this.failed = codeOf(error);
    }
  }

  async older(): Promise<void> {
    const [chat, first] = [this.chat?.id, this.messages[0]];
    if (!chat || !first) return;
    const { list } = await api('list_messages', { chat, before: first.id, limit: PAGE });
    if (this.messages[0] !== first) return;
    this.more = list.length === PAGE;
    this.messages = [...list.toReversed(), ...this.messages];
  }

  /** Somebody looks at it: what came is read. */
  async read(): Promise<void> {
    const last = this.messages.at(-1)?.id;
    if (!this.chat?.id || this.chat.unread === 0 || last === undefined || this.#reading === last) return;
    this.#reading = last;
    try {
      await api('read_chat', { chat: this.chat.id, until: last });
    } catch {
      // It counts as unread until it is looked at again.
    } finally {
      this.#reading = null;
    }
  }
}
