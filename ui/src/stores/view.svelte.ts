import type { CallId, CardPush, ConnectionId, ContactBrief, ContactId } from '../bindings/api';

/** Sections of the rail, in order. */
export const SECTIONS = ['calls', 'chats', 'contacts', 'history', 'tasks', 'settings'] as const;
export type Section = (typeof SECTIONS)[number];

export const SETTING_PARTS = ['accounts', 'audio', 'headsets', 'calls', 'recording', 'colleagues', 'contacts', 'crm', 'network', 'appearance', 'shortcuts', 'help'] as const;
export type SettingPart = (typeof SETTING_PARTS)[number];

/** What the window shows: which section, what is chosen in it. Kept by id, never by place. */
class View {
  section = $state<Section>('calls');
  /** The open card in Llamadas. */
  card = $state<CallId | null>(null);
  /** In a call: the list is shown instead of the call. */
  listInCall = $state(false);
  /** The open card in Historial. */
  record = $state<CallId | null>(null);
  /** The open row of «Gestión»: its part and call, `part-call`. */
  task = $state<string | null>(null);
  /** Historial shows only calls with this contact. */
  historyOf = $state.raw<ContactBrief | null>(null);
  /** The open contact. */
  contact = $state<ContactId | null>(null);
  settings = $state<SettingPart>('accounts');
  /** The stuck push that somebody wants to correct, until its queue has taken it. */
  correcting = $state.raw<CardPush | null>(null);
  /** The connection whose queue somebody wants to see, until its row has opened it. */
  queue = $state<ConnectionId | null>(null);
  /** Counts up when the omnibox should take the focus. */
  omnibox = $state(0);
  /** The keypad of the call is open. */
  keypad = $state(false);
  /** Somebody is chosen: to send the other side of the call to, or to add to it. */
  choosing = $state<'transfer' | 'add' | null>(null);
  /** The call whose technical details are open. */
  details = $state<CallId | null>(null);
  /** The panel of colleagues is open. */
  colleagues = $state(false);
  /** The list of shortcuts is open. */
  shortcuts = $state(false);
  /** The first run is shown until the agent leaves it. */
  welcome = $state(false);

  /** Opens the choice, or closes it. */
  choose(what: 'transfer' | 'add'): void {
    this.choosing = this.choosing === what ? null : what;
  }

  go(section: Section): void {
    this.section = section;
  }

  openCard(call: CallId): void {
    this.section = 'calls';
    this.card = call;
  }

  openContact(contact: ContactId): void {
    this.section = 'contacts';
    this.contact = contact;
  }

  openHistory(contact: ContactBrief): void {
    this.section = 'history';
    this.historyOf = contact;
    this.record = null;
  }

  openQueue(connection: ConnectionId): void {
    this.openSettings('crm');
    this.queue = connection;
  }

  openCorrection(push: CardPush): void {
    this.openQueue(push.connection);
    this.correcting = push;
  }

  openSettings(part: SettingPart): void {
    this.section = 'settings';
    this.settings = part;
  }
}

export const view = new View();
