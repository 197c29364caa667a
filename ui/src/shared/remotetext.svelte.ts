import { untrack } from 'svelte';

import type { ConnectionId, ContactId, FindRemote, RemotePerson } from '../bindings/api';
import { api } from '../ipc';
import { t } from '../locales/index.svelte';
import { asked, failedWords, listed } from './crm';

/** A CRM is asked when one has stopped typing, later than the books here. */
const DEBOUNCE_MS = 300;
/** After this nobody waits for a CRM any more. */
const LATE_MS = 1500;
/** What can only be a number. */
const NUMBER = /^\+?[\d\s().-]{7,}$/;

/** Who the CRMs know by a text: each is asked apart, and who answers late is added at the end. Answers to an earlier text are dropped. */
export class RemoteText {
  people = $state.raw<RemotePerson[]>([]);
  /** The text that they answer. */
  text = $state('');
  #waiting = $state.raw<ConnectionId[]>([]);
  #failed = $state.raw<ConnectionId[]>([]);
  #late = $state(false);
  /** It will be asked as soon as nobody types. */
  #due = $state(false);
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  find(wanted: string): void {
    clearTimeout(this.#timer);
    const text = wanted.trim();
    const turn = ++this.#turn;
    [this.people, this.text, this.#waiting, this.#failed, this.#late] = [[], '', [], [], false];
    this.#due = text.length >= 2 && untrack(asked).length > 0;
    if (text.length < 2) return;
    this.#timer = setTimeout(() => this.#ask(text, turn), DEBOUNCE_MS);
  }

  #ask(text: string, turn: number): void {
    const all = untrack(asked);
    this.text = text;
    this.#due = false;
    this.#waiting = all;
    this.#timer = setTimeout(() => (this.#late = true), LATE_MS);
    for (const connection of all) {
      const question: FindRemote = NUMBER.test(text) ? { by: 'number', number: text, connection } : { by: 'text', text, connection };
      api('find_remote', question).then(
        (found) => this.#answered(connection, turn, found.people, found.failed.length > 0),
        () => this.#answered(connection, turn, [], true),
      );
    }
  }

  #answered(connection: ConnectionId, turn: number, people: RemotePerson[], failed: boolean): void {
    if (turn !== this.#turn) return;
    this.people = [...this.people, ...people];
    this.#waiting = this.#waiting.filter((one) => one !== connection);
    if (failed) this.#failed = [...this.#failed, connection];
  }

  /** Somebody may still come. */
  get searching(): boolean {
    return this.#due || this.#waiting.length > 0;
  }

  /** All but those who stand among the rows from here already; `null`: everybody who is a contact here does. */
  besides(here: ContactId[] | null): RemotePerson[] {
    return this.people.filter((one) => one.contact === null || (here !== null && !here.includes(one.contact)));
  }

  /** Somebody of them has become a contact here. */
  tie(person: RemotePerson, contact: ContactId): void {
    this.people = this.people.map((one) => (one === person ? { ...one, contact } : one));
  }

  /** Who has not answered yet, in words; nothing once all have. */
  get waited(): string | null {
    const names = listed(this.#waiting);
    if (!names) return null;
    return this.#late ? t('remote.late', { names }) : t('remote.searching', { names });
  }

  /** Who did not answer, in words. */
  get failed(): string | null {
    return failedWords({ search: 'done', people: [], failed: this.#failed });
  }
}
