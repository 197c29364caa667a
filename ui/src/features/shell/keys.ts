import { agent } from '../../stores/agent.svelte';
import { callkeys } from '../../stores/callkeys';
import { view, type Section } from '../../stores/view.svelte';
import { wishes } from '../../stores/wishes.svelte';

/** F9 is ignored this long after ringing stops, so that declining does not hang up another call. */
const QUIET_MS = 1_000;
/** How long after G the second letter counts. */
const CHORD_MS = 1_500;

const GO: Record<string, Section> = { l: 'calls', o: 'chats', c: 'contacts', h: 'history', g: 'tasks' };

let ringingStopped = -QUIET_MS;
let chord = -CHORD_MS;

/** Called when the last ringing call is gone. */
export function ringingEnded(): void {
  ringingStopped = performance.now();
}

/** Whether keys typed here are text. */
export function isTyping(event: KeyboardEvent): boolean {
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  if (at instanceof HTMLInputElement) return !['checkbox', 'radio', 'range', 'button'].includes(at.type);
  return at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement || at.isContentEditable;
}

/** After G the next letter belongs to the window, whatever pane has the focus. Counted between the presses, not between their handling, which a busy window delays. */
function inChord(event: KeyboardEvent): boolean {
  return event.timeStamp - chord < CHORD_MS;
}

function isLetter(event: KeyboardEvent): boolean {
  return wishes.singleKeys && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event);
}

/** Whether this is a single letter that a pane may take as a shortcut. */
export function isPlain(event: KeyboardEvent): boolean {
  return isLetter(event) && !inChord(event);
}

function panes(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((pane) => pane.offsetParent !== null);
}

function nextPane(step: number): void {
  const all = panes();
  const at = all.findIndex((pane) => pane.contains(document.activeElement));
  const pane = all[(at + step + all.length) % all.length];
  if (!pane) return;
  const inside = pane.querySelector<HTMLElement>('[tabindex="0"],a[href],button:not([disabled]):not([tabindex="-1"]),input,textarea,select');
  (pane.tabIndex >= 0 ? pane : (inside ?? pane)).focus();
}

function functionKey(event: KeyboardEvent): boolean {
  const ringing = agent.ringing[0];
  const current = agent.current;
  switch (event.key) {
    case 'F6':
      nextPane(event.shiftKey ? -1 : 1);
      return true;
    case 'F8':
      if (ringing) callkeys.answer(ringing);
      return ringing !== undefined;
    case 'F9':
      if (ringing) callkeys.decline(ringing);
      else if (current && performance.now() - ringingStopped > QUIET_MS) callkeys.hangUp(current);
      return ringing !== undefined || current !== undefined;
    default:
      return false;
  }
}

/** Keys of the call; with Ctrl Mayús they work from anywhere, fields included. */
export function callKey(letter: string): boolean {
  const call = agent.current;
  if (!call) return false;
  const talking = call.state === 'talking';
  if (letter === 'm') callkeys.mute(call);
  else if (letter === 'h' && talking) callkeys.hold(call);
  else if (letter === 'd' && talking) view.keypad = !view.keypad;
  else if (letter === 't' && talking && !call.consults_for) view.choose('transfer');
  else if (letter === 'a' && talking) callkeys.add(call);
  else if (letter === 'r' && talking) callkeys.record(call);
  else if (letter === 'p' && call.recording) callkeys.pauseRecording(call);
  else if (letter === 's' && agent.held.length > 0) callkeys.swap();
  else return false;
  return true;
}

function control(event: KeyboardEvent): boolean {
  const letter = event.key.toLowerCase();
  if (event.shiftKey) return callKey(letter);
  if (letter === 'k') {
    view.omnibox++;
    return true;
  }
  if (letter === ',') {
    view.go('settings');
    return true;
  }
  return false;
}

function plain(event: KeyboardEvent): boolean {
  const letter = event.key.toLowerCase();
  if (event.key === '?') {
    view.shortcuts = true;
    return true;
  }
  if (inChord(event) && GO[letter]) {
    chord = -CHORD_MS;
    view.go(GO[letter]);
    return true;
  }
  if (inChord(event) && letter === 'e') {
    chord = -CHORD_MS;
    view.colleagues = agent.colleagues.list.length > 0;
    return true;
  }
  if (letter === 'g') {
    chord = event.timeStamp;
    return true;
  }
  return false;
}

/** Keys that work in the whole window. */
export function windowKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.repeat) return;
  const done = event.ctrlKey || event.metaKey ? control(event) : functionKey(event) || (isLetter(event) && plain(event));
  if (done) event.preventDefault();
}
