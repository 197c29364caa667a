import type { ChatView } from '../../bindings/api';
import { api } from '../../ipc';
import { Pager } from '../../stores/pager.svelte';

/** Chats of «Omnicanalidad»; they stay while other sections are shown. */
class ChatList {
  pager = new Pager<ChatView>((after, limit) => api('list_chats', { after, limit }));

  /** Those in which the other side had the last word, then the others. */
  get groups(): { answer: ChatView[]; answered: ChatView[] } {
    const waits = ({ last, unread }: ChatView) => unread > 0 || last?.state.state === 'received';
    return { answer: this.pager.rows.filter(waits), answered: this.pager.rows.filter((chat) => !waits(chat)) };
  }
}

export const chatList = new ChatList();
