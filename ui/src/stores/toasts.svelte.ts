/** A short message at the bottom left. */
export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  action?: { label: string; run(): void };
  /** How long it stands, in ms. */
  ms: number;
}

const PLAIN_MS = 6_000;
const UNDO_MS = 10_000;

class Toasts {
  all = $state.raw<Toast[]>([]);
  #next = 1;

  say(text: string, tone: Toast['tone'] = 'plain'): void {
    this.#add({ text, tone, ms: PLAIN_MS });
  }

  /** With a button; ten seconds. */
  offer(text: string, label: string, run: () => void): void {
    this.#add({ text, tone: 'plain', ms: UNDO_MS, action: { label, run } });
  }

  drop(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }

  #add(toast: Omit<Toast, 'id'>): void {
    this.all = [...this.all.filter((other) => other.text !== toast.text), { ...toast, id: this.#next++ }].slice(-3);
  }
}

export const toasts = new Toasts();
