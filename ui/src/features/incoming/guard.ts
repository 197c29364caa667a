/** Clicks are ignored for this long after the pop-up appears and after every change of what its buttons do. */
export const GUARD_MS = 400;

/**
 * Keeps a click that was meant for the program below from answering, and a double click on «Contestar» from muting.
 * Times are those of the events themselves, so that a click queued before the change counts as before it.
 */
export class ClickGuard {
  #until = 0;

  /** What the buttons do has changed, or the window has appeared. */
  arm(): void {
    this.#until = performance.now() + GUARD_MS;
  }

  /** Swallows the event if it came too early. */
  readonly filter = (event: MouseEvent): void => {
    if (event.timeStamp >= this.#until) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
}
