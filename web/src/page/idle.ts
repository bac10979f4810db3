/**
 * Knows when the page has nothing left to do, so that a test (or a script that takes pictures)
 * waits for exactly that and never for a time.
 */
export class IdleWatch {
  #pending = 0;
  #waiting: (() => void)[] = [];

  /** Something started: a request, a fetch, a running playback. */
  begin(): void {
    this.#pending += 1;
  }

  end(): void {
    this.#pending -= 1;
    if (this.#pending === 0) this.#settle();
  }

  /** Resolves when nothing is pending and the frame after the last change has been drawn. */
  async whenIdle(): Promise<void> {
    for (;;) {
      if (this.#pending > 0) {
        await new Promise<void>((resolve) => {
          this.#waiting.push(resolve);
        });
      }
      // Elements draw in the frame after a change, and some ask for another one.
      await nextFrame();
      await nextFrame();
      if (this.#pending === 0) return;
    }
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Resolves after the next animation frame; in a hidden tab, where none comes, soon. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    if (document.hidden) setTimeout(resolve, 16);
    else requestAnimationFrame(() => resolve());
  });
}
