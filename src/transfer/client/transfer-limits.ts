import { AirgoError } from "../../support/errors.js";

/** How long a transfer may take; all times in milliseconds. */
export interface TransferLimits {
  /** From the request to the head of the answer. */
  readonly headMs: number;
  /** Between one part of a body and the next. */
  readonly stallMs: number;
  /** In each such time at least `windowBytes` must come. */
  readonly windowMs: number;
  readonly windowBytes: number;
}

/**
 * A fixed total would be too short for a large zip on a slow line or too long for a small answer, so speed is what is
 * limited, minute by minute: a server that trickles cannot hold a run for days, however fast it began. 2 KiB/s lets ten
 * zips at once come over a line of 160 kbit/s, and one of 500 MB within three days.
 */
export const ordinaryLimits: TransferLimits = {
  // A company's proxy may have to fetch the module from its repository first.
  headMs: 120_000,
  // As long as a lost packet or a failover of the server's side may take.
  stallMs: 30_000,
  windowMs: 60_000,
  windowBytes: 60 * 2048,
};

/** Told of a body's parts as they come; the time that the reader itself takes does not count. */
export interface TransferWatch {
  got(bytes: number): void;
  held(): void;
  goesOn(): void;
  end(): void;
}

const hint =
  "check the network and the server, or take another source; then run the same command again: what was fetched is kept";

/**
 * Watches one body.
 * @param exceeded told once, with AIRGO_NETWORK that names the limit and how many bytes had come
 */
export function watchTransfer(
  limits: TransferLimits,
  where: string,
  exceeded: (error: AirgoError) => void,
): TransferWatch {
  let [total, inWindow] = [0, 0];
  let [isHeld, wasHeld] = [false, false];
  const stall = setTimeout(() => {
    if (isHeld) stall.refresh();
    else
      tell(
        "the transfer stalled",
        `a byte at least every ${seconds(limits.stallMs)}`,
        `${total} bytes, then nothing`,
      );
  }, limits.stallMs);
  const window = setInterval(() => {
    const isSlow = inWindow < limits.windowBytes && !wasHeld;
    const found = `${inWindow} bytes in the last ${seconds(limits.windowMs)}, ${total} bytes in all`;
    [inWindow, wasHeld] = [0, isHeld];
    if (!isSlow) return;
    tell(
      "the transfer is too slow",
      `at least ${limits.windowBytes} bytes every ${seconds(limits.windowMs)}`,
      found,
    );
  }, limits.windowMs);

  function end(): void {
    clearTimeout(stall);
    clearInterval(window);
  }

  function tell(what: string, expected: string, found: string): void {
    end();
    exceeded(new AirgoError("AIRGO_NETWORK", { what, where, expected, found, hint }));
  }

  return {
    got(bytes) {
      total += bytes;
      inWindow += bytes;
      stall.refresh();
    },
    held: () => void ([isHeld, wasHeld] = [true, true]),
    goesOn() {
      isHeld = false;
      stall.refresh();
    },
    end,
  };
}

/** The error for an answer that has not even begun. */
export function lateHead({ headMs }: TransferLimits, where: string, cause: unknown): AirgoError {
  const expected = `the beginning of an answer within ${seconds(headMs)}`;
  const what = "the server took the request and gave no answer";
  return new AirgoError("AIRGO_NETWORK", { what, where, expected, found: "0 bytes", hint, cause });
}

function seconds(ms: number): string {
  return `${ms / 1000} seconds`;
}
