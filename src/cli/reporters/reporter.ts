import type { Emit } from "../../pipeline/events.js";

/** What a reporter needs of process.stdout or process.stderr. */
export interface TextStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Tells a run's events to somebody. */
export interface Reporter {
  readonly emit: Emit;
  /** Leaves the terminal as it was found. May be called twice; events that come later still leave their lines. */
  end(): void;
}

/** Where a reporter writes. Results go to stdout; everything that happens on the way goes to stderr. */
export interface Outputs {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Writes whole lines in one call, so that lines of two streams never mix. */
export function writeLines(stream: TextStream, lines: readonly string[]): void {
  stream.write(lines.map((line) => `${line}\n`).join(""));
}
