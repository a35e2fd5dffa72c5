import { types } from "node:util";

import type { RunEvent } from "../pipeline/events.js";
import { messageOf, type AirgoError } from "../support/errors.js";

/** The event that tells of a failed run, with the causes behind the error, outermost first. */
export function failureEvent(error: AirgoError): Extract<RunEvent, { type: "failed" }> {
  const { code, exitCode, where, expected, found, hint } = error;
  return {
    type: "failed",
    kit: undefined,
    code,
    exitCode,
    what: error.message,
    where,
    expected,
    found,
    hint,
    causes: causesOf(error.cause),
  };
}

function causesOf(cause: unknown): string[] {
  const causes: string[] = [];
  // A chain that refers to itself must not hang the report of a failure.
  for (let one = cause; types.isNativeError(one) && causes.length < 5; one = one.cause)
    causes.push(messageOf(one));
  return causes;
}
