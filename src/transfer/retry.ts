import { waitBeforeRetry } from "./retry-rule.js";

export interface RetryOptions {
  /** Waits that many milliseconds; rejects when the run is aborted. Passed in, so that tests do not wait. */
  readonly delay: (ms: number) => Promise<void>;
  /** Milliseconds since 1970: a server may name the time of the next try. */
  readonly now: () => number;
  /** How many tries in all. */
  readonly attempts?: number;
  /** A number in [0, 1): spreads the retries of many clients. */
  readonly random?: () => number;
}

/**
 * Runs a whole verified unit (request, transfer, check) again when it failed in a way that may pass. The last error is
 * thrown as it is, but for one that asks to wait too long.
 */
export async function withRetry<T>(unit: () => Promise<T>, options: RetryOptions): Promise<T> {
  const attempts = options.attempts ?? 4;
  for (let attempt = 1; ; attempt++) {
    try {
      return await unit();
    } catch (error) {
      if (attempt >= attempts) throw error;
      const random = (options.random ?? Math.random)();
      const verdict = waitBeforeRetry(error, { attempt, random, now: options.now() });
      if ("end" in verdict) throw verdict.end;
      await options.delay(verdict.wait);
    }
  }
}
