import { AirgoError, type ErrorDetails, isAirgoError, messageOf } from "../support/errors.js";
import type { ErrorCode } from "../support/error-codes.js";
import type { ZipFacts } from "./zip-inspect.js";

/** What the pool asks of a worker. */
export interface InspectRequest {
  /** Path of a zip file. */
  readonly file: string;
  /** `path@version/`. */
  readonly prefix: string;
  readonly keepEntries: boolean;
}

/** What a worker answers: exactly one answer for each request. */
export type InspectAnswer = { readonly facts: ZipFacts } | { readonly error: PackedError };

/** An error as plain data: only plain data passes between threads with its fields intact. */
export type PackedError =
  | { readonly kind: "airgo"; readonly code: ErrorCode; readonly details: ErrorDetails }
  | { readonly kind: "other"; readonly message: string; readonly systemCode?: string };

/** Makes plain data of anything that was thrown. A cause is carried as its message. */
export function packError(thrown: unknown): PackedError {
  if (!isAirgoError(thrown)) {
    const code =
      typeof thrown === "object" && thrown !== null && "code" in thrown
        ? { systemCode: String(thrown.code) }
        : {};
    return { kind: "other", message: messageOf(thrown), ...code };
  }
  const { code, message: what, where, expected, found, hint, cause } = thrown;
  const parts = { where, expected, found, hint, cause: cause === undefined ? undefined : messageOf(cause) };
  const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
  return { kind: "airgo", code, details: { what, ...given } };
}

/** The error again: an AirgoError with its code and details, or an Error with its system code (ENOENT, ...). */
export function unpackError(packed: PackedError): Error {
  if (packed.kind === "other") {
    const error = new Error(packed.message);
    return packed.systemCode === undefined ? error : Object.assign(error, { code: packed.systemCode });
  }
  const { cause, ...details } = packed.details;
  return new AirgoError(
    packed.code,
    cause === undefined ? details : { ...details, cause: new Error(messageOf(cause)) },
  );
}
