/** Chats as the agent keeps them. */
import type { ChatView, Commands, ContactView, ErrorCode, EventBody, MatchView, MessageView } from '../../src/bindings/api';
import { ACCOUNT, uuid } from './seed.ts';

const MINUTE = 60_000;

export interface Thread {
  chat: ChatView;
  /** By age. */
  messages: MessageView[];
}

interface Agent {
  now: number;
  people: ContactView[];
  threads: Thread[];
  matches(number: string): MatchView;
  emit(body: EventBody): void;
  changedChats(): void;
}

type Names = 'list_chats' | 'find_chat' | 'list_messages' | 'send_message' | 'resend_message' | 'read_chat';
type Answers = Pick<{ [N in keyof Commands]: (request: Commands[N]['request']) => Commands[N]['view'] }, Names>;

/** Ids that sort by age, as those of the agent. */
let made = 0;
const nextId = (): string => `0190c000-0000-7000-8000-${String(++made).padStart(12, '0')}`;

const message = (text: string, at_ms: number, state: MessageView['state']): MessageView => ({ id: nextId(), text, at_ms, state });

function viewOf(agent: Agent, thread: Thread): ChatView {
  const last = thread.messages.at(-1) ?? null;
  return { ...thread.chat, matches: agent.matches(thread.chat.display), last };
}

/** Four conversations: one to be answered, two answered, one that failed. */
export function someThreads(agent: Agent): Thread[] {
  const at = (minutes: number) => agent.now - minutes * MINUTE;
  const [received, sent] = [{ state: 'received' }, { state: 'sent' }] as const;
  const thread = (address: string, display: string, network_name: string | null, unread: number, messages: MessageView[]): Thread => ({
    chat: { id: uuid(), carrier: 'sip', account: ACCOUNT, address, display, network_name, matches: { state: 'none' }, unread, last: null }, messages,
  });
  const phone = agent.people[0]?.channels[0]?.display ?? '+506 8555 0117';
  return [
    thread('+50685550117', phone, null, 2, [
      message('Buenas. Quería saber por la cotización de la tubería de 2".', at(60 * 24 + 11), received), message('Aquí la tiene, con el 5 % por volumen.', at(9), sent),
      message('Perfecto 🙌', at(5), received), message('¿Me confirman si llega el viernes?', at(3), received),
    ]),
    thread('231', 'ext. 231', 'Jorge Ureña', 0, [message('¿Está libre la sala?', at(90), received), message('Sí, hasta las cuatro.\nDespués la ocupa Ventas.', at(88), { state: 'sent' })]),
    thread('244', 'ext. 244', null, 0, [message('¿Me pasa la llamada de la clínica cuando termine?', at(120), { state: 'failed', code: 404 })]),
    thread('sip:marco@otra.example', 'sip:marco@otra.example', null, 0, [message('Hola, ¿recibió el catálogo?', at(60 * 50), { state: 'unknown' })]),
  ];
}

/** Somebody writes. */
export function write(agent: Agent, address: string, text: string): void {
  const thread = agent.threads.find((one) => one.chat.address === address);
  if (!thread) return;
  thread.messages.push(message(text, Date.now(), { state: 'received' }));
  thread.chat.unread++;
  agent.changedChats();
  agent.emit({ kind: 'message_received', value: viewOf(agent, thread) });
}

/** What became of the last message of ours. */
export function settle(agent: Agent, state: MessageView['state']): void {
  for (const thread of agent.threads) for (const one of thread.messages) if (one.state.state === 'sending') one.state = state;
  agent.changedChats();
}

export function chatAnswers(agent: Agent, refuse: (code: ErrorCode, detail: string) => never): Answers {
  const address = (to: string) => {
    const plain = to.trim().replace(/^ext\. /, '');
    const digits = plain.replace(/[^\d]/g, '');
    if (plain === '' || /[\s<>"]/.test(plain.replace(/(?<=[\d+]) (?=\d)/g, ''))) refuse('invalid', 'to');
    return digits.length >= 8 && !plain.includes('@') ? (plain.startsWith('+') ? `+${digits}` : `+506${digits}`) : plain;
  };
  const threadOf = (account: string, to: string): Thread => {
    const known = agent.threads.find((one) => one.chat.address === address(to) && one.chat.account === account);
    if (known) return known;
    const display = /^\d{1,7}$/.test(to) ? `ext. ${to}` : to;
    return { chat: { id: null, carrier: 'sip', account, address: address(to), display, network_name: null, matches: { state: 'none' }, unread: 0, last: null }, messages: [] };
  };
  const messageOf = (id: string): MessageView => agent.threads.flatMap((one) => one.messages).find((one) => one.id === id) ?? refuse('not_found', 'message');
  return {
    list_chats: ({ after, limit }) => {
      const all = agent.threads.map((one) => viewOf(agent, one)).toSorted((one, other) => other.last!.at_ms - one.last!.at_ms);
      const from = Number(after ?? 0);
      return { rows: all.slice(from, from + limit), next: from + limit < all.length ? String(from + limit) : null, total: all.length };
    },
    find_chat: ({ account, to }) => viewOf(agent, threadOf(account ?? ACCOUNT, to)),
    list_messages: ({ chat, before, limit }) => {
      const thread = agent.threads.find((one) => one.chat.id === chat) ?? refuse('not_found', 'chat');
      const older = thread.messages.filter((one) => before === null || one.id < before);
      return { list: older.toReversed().slice(0, limit) };
    },
    send_message: ({ account, to, text }) => {
      if (text.trim() === '') refuse('required', 'text');
      const thread = threadOf(account, to);
      if (!thread.chat.id) {
        thread.chat.id = uuid();
        agent.threads.push(thread);
      }
      const sent = message(text.trim(), Date.now(), { state: 'sending' });
      thread.messages.push(sent);
      agent.changedChats();
      return sent;
    },
    resend_message: ({ message: id }) => {
      const one = messageOf(id);
      one.state = { state: 'sending' };
      agent.changedChats();
      return one;
    },
    read_chat: ({ chat }) => {
      for (const one of agent.threads) if (one.chat.id === chat) one.chat.unread = 0;
      agent.changedChats();
      return {};
    },
  };
}
