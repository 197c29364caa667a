import { MediaQuery } from 'svelte/reactivity';

const dock = new MediaQuery('(max-width: 520px)');
const narrow = new MediaQuery('(max-width: 759.98px)');
const middle = new MediaQuery('(max-width: 1039.98px)');
const short = new MediaQuery('(max-height: 639.98px)');
const still = new MediaQuery('(prefers-reduced-motion: reduce)');

/** How much room the window has (design, part 4). */
export const layout = {
  /** 360 to 520: bottom bar, cards expand in place. */
  get dock(): boolean {
    return dock.current;
  },
  /** Up to 759: one pane at a time. */
  get single(): boolean {
    return narrow.current;
  },
  /** Up to 1039: contact and form of a live call share a pane by tabs. */
  get tabbed(): boolean {
    return middle.current;
  },
  /** Under 640 of height: the call block is one row in the dock. */
  get short(): boolean {
    return short.current;
  },
  /** The system asks for less motion. */
  get still(): boolean {
    return still.current;
  },
};
