/** Wishes of this window that the agent core does not keep: stored in the web view. */
const KEY = 'timbre.window';

interface Stored {
  single_keys: boolean;
}

function read(): Stored {
  const standard: Stored = { single_keys: true };
  try {
    return { ...standard, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Stored>) };
  } catch {
    return standard;
  }
}

class Wishes {
  #stored = $state.raw(read());

  /** Shortcuts of a single letter. */
  get singleKeys(): boolean {
    return this.#stored.single_keys;
  }
  set singleKeys(on: boolean) {
    this.#store({ single_keys: on });
  }

  #store(part: Partial<Stored>): void {
    this.#stored = { ...this.#stored, ...part };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#stored));
    } catch {
      // Without storage the wish lasts as long as the window.
    }
  }
}

export const wishes = new Wishes();
