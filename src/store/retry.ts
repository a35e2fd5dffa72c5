import { isAirgoError } from "../support/errors.js";

export interface RetryOptions {
  /** Waits that many milliseconds; rejects when the run is aborted. Passed in, so that tests do not wait. */
  readonly delay: (ms: number) => Promise<void>;
  /** How many tries in all. */
  readonly attempts?: number;
  /** A number in [0, 1): spreads the retries of many clients. */
  readonly random?: () => number;
}

/**
 * Errors that another try can mend: broken transfers, overloaded servers, bytes damaged on the way (a name in a zip as
 * well as any other), a page of a portal or balancer. What is too large stays so, and each try would cost its size.
 */
const transient = new Set([
  "AIRGO_NETWORK",
  "AIRGO_UPSTREAM_STATUS",
  "AIRGO_CHECKSUM_MISMATCH",
  "AIRGO_ZIP_INVALID",
  "AIRGO_ZIP_UNSAFE",
  "AIRGO_NOT_A_ZIP",
]);

/**
 * Runs a whole verified unit (request, transfer, check) again when it failed in a way that may pass: after 0.5, 1, 2 …
 * seconds with jitter. The last error is thrown as it is.
 */
export async function withRetry<T>(unit: () => Promise<T>, options: RetryOptions): Promise<T> {
  const attempts = options.attempts ?? 4;
  for (let attempt = 1; ; attempt++) {
    try {
      return await unit();
    } catch (error) {
      if (attempt >= attempts || !isAirgoError(error) || !transient.has(error.code)) throw error;
      const spread = 0.5 + (options.random ?? Math.random)();
      await options.delay(500 * 2 ** (attempt - 1) * spread);
    }
  }
}
