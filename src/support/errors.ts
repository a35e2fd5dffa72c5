import { types } from "node:util";

import { errorCatalogue, type ErrorCode } from "./error-codes.js";
import { exitCodes } from "./exit-codes.js";
import { redact } from "./redact.js";

/** What is known of another try: that it cannot help, or from when on the server wants it (its header Retry-After). */
export type Again = "never" | { readonly after: string };

/** The parts of an error that a person needs to act on it. */
export interface ErrorDetails {
  /** What went wrong, in one sentence without a full stop. */
  readonly what: string;
  /** The file, address, module or place it concerns. */
  readonly where?: string;
  readonly expected?: string;
  readonly found?: string;
  /** What to do next. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly again?: Again | undefined;
}

const brand = Symbol.for("airgo.error");

/** An error that a user can meet: it has a stable code, and its texts hold no secret (redacted here, once). */
export class AirgoError extends Error {
  readonly [brand] = true;
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly hint: string | undefined;
  readonly again: Again | undefined;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(redact(details.what), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AirgoError";
    this.code = code;
    this.where = redactMaybe(details.where);
    this.expected = redactMaybe(details.expected);
    this.found = redactMaybe(details.found);
    this.hint = redactMaybe(details.hint);
    this.again = details.again;
  }

  /** The process exit code that this error ends a run with. */
  get exitCode(): number {
    return exitCodes[errorCatalogue[this.code].exit];
  }
}

function redactMaybe(text: string | undefined): string | undefined {
  return text === undefined ? undefined : redact(text);
}

/** True for an AirgoError, also for one from another realm (jest, workers), where instanceof fails. */
export function isAirgoError(value: unknown): value is AirgoError {
  return typeof value === "object" && value !== null && brand in value;
}

/** True when `value` is an Error with the given system code, such as ENOENT or EXDEV. */
export function hasSystemCode(value: unknown, ...codes: string[]): boolean {
  return types.isNativeError(value) && "code" in value && codes.includes(String(value.code));
}

/** The message of an error with what was found and where, on one line: for where an error is told in passing. */
export function reasonOf(thrown: unknown): string {
  if (!isAirgoError(thrown)) return messageOf(thrown);
  const more = [thrown.found, thrown.where].filter((part) => part !== undefined && part !== "");
  const text = more.length === 0 ? thrown.message : `${thrown.message} (${more.join(", ")})`;
  return text.replace(/\s*\n\s*/g, "; ");
}

/** Errors of the file system name the call that failed; those of parsers do not. */
export function isSystemError(error: unknown): boolean {
  return types.isNativeError(error) && "syscall" in error;
}

/** The message of anything that was thrown, redacted. An error without one gives its code, or what it is made of. */
export function messageOf(thrown: unknown): string {
  if (!types.isNativeError(thrown)) return redact(textOf(thrown));
  if (thrown.message !== "") return redact(thrown.message);
  // A connection that several addresses refused ends in an AggregateError that says nothing itself.
  const parts: unknown = "errors" in thrown ? thrown.errors : undefined;
  if (Array.isArray(parts) && parts.length > 0) return [...new Set(parts.map(messageOf))].join("; ");
  return redact("code" in thrown ? String(thrown.code) : thrown.name);
}

/** String() fails on objects that have no text of their own. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return typeof thrown;
  }
}

/** Throws AIRGO_BUG unless the condition holds: for what the code relies on and a user cannot cause. */
export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new AirgoError("AIRGO_BUG", { what });
}
