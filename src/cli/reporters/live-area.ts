import type { TextStream } from "./reporter.js";

const redrawMs = 100;
const eraseLine = "\r\u001b[K";
const columnsWhenUnknown = 80;

/**
 * The one line of a terminal that is redrawn. It is erased within its row only: after the window was made narrower a
 * rest of it may stay in the row above, but going up to look for that could erase a line that was meant to stay.
 */
export class LiveArea {
  readonly #stream: TextStream;
  readonly #now: () => number;
  #shown = "";
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(stream: TextStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
  }

  /** Shows what `compose` gives for the width there is now, unless the line was drawn a moment ago. */
  refresh(compose: (width: number) => string): void {
    // The distance, not the difference: a clock that was set back must not stop the display.
    if (Math.abs(this.#now() - this.#drawnAt) >= redrawMs) this.draw(compose);
  }

  /** As `refresh`, but at once. */
  draw(compose: (width: number) => string): void {
    const { columns } = this.#stream;
    // The last column stays free: some terminals wrap as soon as it is written.
    const text = compose((columns !== undefined && columns > 0 ? columns : columnsWhenUnknown) - 1);
    this.#drawnAt = this.#now();
    if (text === this.#shown) return;
    this.#stream.write(eraseLine + text);
    this.#shown = text;
  }

  /** Takes the line away, so that lines that stay can be printed in its place. */
  erase(): void {
    if (this.#shown !== "") this.#stream.write(eraseLine);
    this.#shown = "";
  }
}
