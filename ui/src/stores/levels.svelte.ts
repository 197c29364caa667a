import { createSubscriber } from 'svelte/reactivity';

import { onLevels } from '../ipc';
import type { Levels } from '../bindings/api';

/** How many values a lane shows. */
export const LANE = 44;
const FLOOR_DBFS = -60;

/** 0 for silence to 1 for full scale. */
export function loudness(dbfs: number): number {
  return Math.min(1, Math.max(0, (dbfs - FLOOR_DBFS) / -FLOOR_DBFS));
}

/** The last few seconds of what goes out and comes in; stopped while the window is hidden. */
class LevelStore {
  microphone: number[] = Array<number>(LANE).fill(0);
  remote: number[] = Array<number>(LANE).fill(0);
  latest: Levels | null = null;
  /** Since when the microphone is loud without a break, by the window's clock. */
  speakingSince: number | null = null;
  #subscribe: () => void;

  constructor() {
    this.#subscribe = createSubscriber((update) => {
      let stop: (() => void) | undefined;
      let over = false;
      void onLevels((levels) => {
        if (document.hidden) return;
        this.#take(levels);
        update();
      }).then((unlisten) => (over ? unlisten() : (stop = unlisten)));
      return () => {
        over = true;
        stop?.();
      };
    });
  }

  #take(levels: Levels): void {
    this.latest = levels;
    this.microphone = [...this.microphone.slice(1), loudness(levels.microphone_dbfs)];
    this.remote = [...this.remote.slice(1), loudness(levels.remote_dbfs)];
    if (levels.microphone_dbfs < -40) this.speakingSince = null;
    else this.speakingSince ??= performance.now();
  }

  /** Read inside an effect or template: runs again with every level. */
  follow(): this {
    this.#subscribe();
    return this;
  }
}

export const levels = new LevelStore();
