/** Clicks are ignored for this long after the pop-up appears and after every change of what its buttons do. */
export const GUARD_MS = 400;

/** How long an event can wait before it is handled, on a busy machine. */
const LONGEST_WAIT_MS = 2_000;

/**
 * Keeps a click that was meant for the program below from answering, and a double click on «Contestar» from muting.
 * Times are those of the events themselves, so that a click queued before the change counts as before it; but a display
 * server counts milliseconds from where it likes and begins again after 49 days, so a time that cannot be is now.
 */
export class ClickGuard {
  #until = 0;

  /** What the buttons do has changed, or the window has appeared. */
  arm(): void {
    this.#until = performance.now() + GUARD_MS;
  }

  /** Swallows the event if it came too early. */
  readonly filter = (event: MouseEvent): void => {
    const now = performance.now();
    const waited = now - event.timeStamp;
    const at = waited >= 0 && waited < LONGEST_WAIT_MS ? event.timeStamp : now;
    if (at >= this.#until) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
}
