import { types } from "node:util";

import { AirgoError, isAirgoError, messageOf } from "../support/errors.js";
import type { RunEvent } from "./events.js";

/** Any failure as one with a code: what airgo did not foresee is a bug of its own. */
export function asAirgoError(error: unknown): AirgoError {
  if (isAirgoError(error)) return error;
  return new AirgoError("AIRGO_BUG", {
    what: `unexpected: ${messageOf(error)}`,
    hint: "this is airgo's fault; please report it with the output of the same command and AIRGO_DEBUG=1",
    cause: error,
  });
}

/**
 * The event that tells of a failure, with the causes behind the error, outermost first.
 * @param kit the one that failed; undefined when the run as a whole did
 */
export function failureEvent(error: AirgoError, kit?: string): Extract<RunEvent, { type: "failed" }> {
  const { code, exitCode, where, expected, found, hint } = error;
  const causes = causesOf(error.cause);
  return { type: "failed", kit, code, exitCode, what: error.message, where, expected, found, hint, causes };
}

function causesOf(cause: unknown): string[] {
  const causes: string[] = [];
  // A chain that refers to itself must not hang the report of a failure.
  for (let one = cause; types.isNativeError(one) && causes.length < 5; one = one.cause) {
    causes.push(messageOf(one));
  }
  return causes;
}
