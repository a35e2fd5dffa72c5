import { isAirgoError } from "./errors.js";
import type { ErrorCode } from "./error-codes.js";

/** Codes that say: everybody who was asked answered, and none has it. */
const absent: ReadonlySet<ErrorCode> = new Set([
  "AIRGO_MODULE_NOT_FOUND",
  "AIRGO_VERSION_NOT_FOUND",
  "AIRGO_MODULE_GONE",
  "AIRGO_UPSTREAM_MISSING",
]);

/** True for an error that says "no such thing". */
export function isAbsence(error: unknown): boolean {
  return isAirgoError(error) && absent.has(error.code);
}

/**
 * The same where version control counts as nobody to ask: true also at the end of a proxy list that goes on to `direct`.
 * Behind a proxy that broke down that is no answer, for that proxy may have it.
 */
export function isUnobtainable(error: unknown): boolean {
  if (isAirgoError(error) && error.code === "AIRGO_PROXY_DIRECT") return error.cause === undefined;
  return isAbsence(error);
}
