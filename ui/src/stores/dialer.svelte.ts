import type { AccountId, AccountView, AskReason, ContactBrief, Dial, DialOutcome, PbxCode } from '../bindings/api';
import { api } from '../ipc';
import { t } from '../locales/index.svelte';
import { say } from '../shared/failure';
import { dispositionWords } from '../features/calls/disposition';
import { toasts } from './toasts.svelte';
import { view } from './view.svelte';

/** A question before dialling. */
export interface DialQuestion {
  wish: Dial;
  number: string;
  reason: AskReason | 'do_not_call';
  /** For «No volver a llamar». */
  about?: { name: string; disposition: string };
}

/** A number that a code of an exchange needs. */
export interface CodeQuestion {
  account: AccountId;
  code: PbxCode;
  keys: string;
  place: 'slot' | 'queue' | 'extension';
}

/** Every wish to dial goes through here. */
class Dialer {
  question = $state.raw<DialQuestion | null>(null);

  asked = $state.raw<CodeQuestion | null>(null);

  /** Dials what was typed or keyed. */
  key(target: string): Promise<void> {
    return this.#send({ target, origin: 'keypad', account: null, contact: null, confirmed: false });
  }

  /** Dials a service of the exchange on the line that it belongs to. */
  service(target: string, account: string): Promise<void> {
    return this.#send({ target, origin: 'keypad', account, contact: null, confirmed: false });
  }

  /** Dials a code of the line's exchange; asks first for the number that it needs. */
  code(line: AccountView, code: PbxCode): Promise<void> {
    const keys = line.codes[code] ?? '';
    const place = (['slot', 'queue', 'extension'] as const).find((name) => keys.includes(`{${name}}`));
    if (place) this.asked = { account: line.id, code, keys, place };
    return place ? Promise.resolve() : this.#code(line.id, code, null);
  }

  /** The number for a code is said. */
  answerCode(number: string): Promise<void> {
    const asked = this.asked;
    this.asked = null;
    return asked ? this.#code(asked.account, asked.code, number) : Promise.resolve();
  }

  async #code(account: AccountId, code: PbxCode, number: string | null): Promise<void> {
    try {
      this.#began(await api('dial_code', { account, code, number }));
    } catch (error) {
      say(error);
    }
  }

  /** Dials a number of a contact, card or row; somebody not to be called again is asked about first. */
  row(target: string, contact: ContactBrief | null, account: string | null = null): Promise<void> {
    const wish: Dial = { target, origin: 'row', account, contact: contact?.id ?? null, confirmed: false };
    if (contact?.do_not_call) {
      this.question = {
        wish,
        number: target,
        reason: 'do_not_call',
        about: { name: contact.name, disposition: dispositionWords(contact.last_disposition ?? '') },
      };
      return Promise.resolve();
    }
    return this.#send(wish);
  }

  /** The agent said yes. */
  confirm(): Promise<void> {
    const question = this.question;
    this.question = null;
    return question ? this.#send({ ...question.wish, confirmed: true }) : Promise.resolve();
  }

  /** Dials a link that waited for the agent's word; not `confirmed`, the rules are asked again. */
  link(target: string, confirmed = true): Promise<void> {
    return this.#send({ target, origin: 'link', account: null, contact: null, confirmed });
  }

  #began(outcome: DialOutcome): void {
    if (outcome.outcome === 'refused') toasts.say(t(`dial.refused.${outcome.reason}`), 'bad');
    else if (outcome.outcome === 'started') {
      view.section = 'calls';
      view.listInCall = false;
    }
  }

  async #send(wish: Dial): Promise<void> {
    try {
      const outcome = await api('dial', wish);
      // What is asked about a link comes as an event.
      if (outcome.outcome === 'ask' && wish.origin === 'link') return;
      if (outcome.outcome === 'ask') this.question = { wish, number: outcome.number, reason: outcome.reason };
      else this.#began(outcome);
    } catch (error) {
      say(error);
    }
  }
}

export const dialer = new Dialer();
