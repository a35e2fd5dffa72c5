import { finished, type Readable } from "node:stream";

import type { TransferWatch } from "./transfer-limits.js";

/** Told each part of a body; a promise holds the transfer up until it is kept. */
export type OnPart = (part: Uint8Array) => Promise<void> | undefined;

export interface BodyOptions {
  /** The error for a transfer that failed by itself. */
  readonly broken: (cause: unknown) => unknown;
  /** Starts to watch; what it is given ends the transfer with an error. */
  readonly watch: (exceeded: (error: unknown) => void) => TransferWatch;
}

/** Reads a body to its end, within limits of time. */
export function readBody(body: Readable, onPart: OnPart, { broken, watch }: BodyOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (error: unknown): void => {
      reject(error);
      body.destroy();
    };
    const watched = watch(giveUp);
    // Also tells of what has ended before anybody listened.
    finished(body, (cause) => {
      watched.end();
      if (cause) reject(broken(cause));
      else resolve();
    });
    body.on("data", (part: Uint8Array) => {
      watched.got(part.byteLength);
      try {
        const pending = onPart(part);
        if (pending === undefined) return;
        watched.held();
        body.pause();
        pending.then(() => {
          watched.goesOn();
          body.resume();
        }, giveUp);
      } catch (error) {
        giveUp(error);
      }
    });
  });
}
