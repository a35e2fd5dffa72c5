import { types } from "node:util";

import type { ErrorCode } from "../support/error-codes.js";
import { AirgoError, isAirgoError, type Again } from "../support/errors.js";

/**
 * Errors that another try can mend: broken transfers, overloaded servers, bytes damaged on the way (a name in a zip as
 * well as any other), a page of a portal or balancer. What is too large stays so, and each try would cost its size.
 */
const transient: ReadonlySet<ErrorCode> = new Set([
  "AIRGO_NETWORK",
  "AIRGO_UPSTREAM_STATUS",
  "AIRGO_CHECKSUM_MISMATCH",
  "AIRGO_ZIP_INVALID",
  "AIRGO_ZIP_UNSAFE",
  "AIRGO_NOT_A_ZIP",
  "AIRGO_WEB_PAGE",
]);

/** Longer than this nobody should sit before a run that seems to do nothing. Milliseconds. */
const longestWait = 120_000;

/** The statuses below 500 that blame the moment and not the request (RFC 9110, 15.5.9; RFC 8470; RFC 6585). */
const passing: readonly number[] = [408, 425, 429];

/** What a status that is no answer says of another try. */
export function againAfterStatus(status: number, retryAfter: string | undefined): Again | undefined {
  if (status >= 400 && status < 500 && !passing.includes(status)) return "never";
  return (status === 429 || status === 503) && retryAfter !== undefined ? { after: retryAfter } : undefined;
}

/** By OpenSSL's names, of which Node makes codes. */
const certificateCode =
  /CERT|^UNABLE_TO_|^(?:INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

/** What a transfer's failure says of another try: a certificate that is not trusted stays so. */
export function againAfterFailure(cause: unknown): Again | undefined {
  // Whoever opens a tunnel or tries several addresses wraps the error that counts.
  for (let at = cause, depth = 0; types.isNativeError(at) && depth < 8; at = at.cause, depth++) {
    if ("code" in at && certificateCode.test(String(at.code))) return "never";
  }
  return undefined;
}

export interface RetryMoment {
  /** Which try has failed; 1 for the first. */
  readonly attempt: number;
  /** A number in [0, 1): spreads the retries of many clients. */
  readonly random: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Milliseconds to wait before the next try, or what to end with. */
export type Verdict = { readonly wait: number } | { readonly end: unknown };

/**
 * The one rule of what is tried again, and when: after 0.5, 1, 2 … seconds with jitter, or as much later as the server
 * asks for.
 */
export function waitBeforeRetry(error: unknown, { attempt, random, now }: RetryMoment): Verdict {
  if (!isAirgoError(error) || !transient.has(error.code) || error.again === "never") return { end: error };
  const backoff = 500 * 2 ** (attempt - 1) * (0.5 + random);
  const asked = error.again === undefined ? undefined : parseRetryAfter(error.again.after, now);
  if (asked !== undefined && asked > longestWait) return { end: tooLong(error, asked) };
  return { wait: Math.max(backoff, asked ?? 0) };
}

/**
 * Reads a header Retry-After: seconds or a date (RFC 9110, 10.2.3).
 * @returns milliseconds from `now`; undefined for a text that is neither
 */
export function parseRetryAfter(text: string, now: number): number | undefined {
  const value = text.trim();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  if (!/^[A-Z][a-z]+,? /.test(value)) return undefined;
  // The oldest of the three forms names no zone and means the same one.
  const date = Date.parse(value.endsWith("GMT") ? value : `${value} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function tooLong(error: AirgoError, asked: number): AirgoError {
  const wait = `${Math.ceil(asked / 1000)} seconds`;
  return new AirgoError(error.code, {
    what: `the server asks to wait ${wait}`,
    ...(error.where === undefined ? {} : { where: error.where }),
    expected: `to wait at most ${longestWait / 1000} seconds`,
    found: `${error.found ?? error.message}, try again after ${wait}`,
    hint: "run the same command again after that time, or take another source: what was fetched is kept",
    cause: error,
    again: "never",
  });
}
