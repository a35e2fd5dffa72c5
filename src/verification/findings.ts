import type { ErrorCode } from "../support/error-codes.js";
import { AirgoError, isAirgoError, reasonOf } from "../support/errors.js";

/** What is wrong with one file. */
export interface Finding {
  readonly code: ErrorCode;
  /** A path in the kit or its folder. */
  readonly file: string;
  readonly problem: string;
}

const shownAtMost = 20;
const longest = 400;
const hint =
  "do not install it: copy the folder again from where it was whole; if it stays so, ask whoever made the kit";

/** Collects what is wrong in one step: the first file alone would not tell damage from an attack. */
export interface Findings {
  add(code: ErrorCode, file: string, problem: string): void;
  /** Adds what was thrown, if it is of the kind that a wrong file causes; else throws it again. */
  addError(thrown: unknown, file: string): void;
  /** Throws one error for all of them, if there are any. */
  throwIfAny(what: string, where: string): void;
}

export function createFindings(): Findings {
  const found: Finding[] = [];
  const add = (code: ErrorCode, file: string, problem: string): void => {
    found.push({ code, file, problem });
  };
  return {
    add,
    addError(thrown, file) {
      const error = asKitError(thrown);
      if (!isAirgoError(error) || error.exitCode !== 8) throw error;
      add(error.code, file, reasonOf(error));
    },
    throwIfAny(what, where) {
      const [first] = found;
      if (first === undefined) return;
      const lines = found.slice(0, shownAtMost).map(({ file, problem }) => `  ${cut(`${file}: ${problem}`)}`);
      const more = found.length - lines.length;
      if (more > 0) lines.push(`  and ${more} more`);
      throw new AirgoError(first.code, { what: [`${what}:`, ...lines].join("\n"), where, hint });
    },
  };
}

/** Codes that blame a server or the user's own lock; what lies in a kit is the kit's own fault. */
const blame: Partial<Record<ErrorCode, ErrorCode>> = {
  AIRGO_UPSTREAM_MALFORMED: "AIRGO_ARCHIVE_INVALID",
  AIRGO_UPSTREAM_MISSING: "AIRGO_SUMDB_PROOF",
  AIRGO_LOCK_INVALID: "AIRGO_ARCHIVE_INVALID",
};

/**
 * The error that a kit's own content causes, with what helps there: another proxy does not. Anything else is given back
 * as it is.
 */
export function asKitError(thrown: unknown): unknown {
  if (!isAirgoError(thrown)) return thrown;
  const code = blame[thrown.code] ?? thrown.code;
  const { message, where, expected, found } = thrown;
  const error = new AirgoError(code, {
    what: cut(message, 4000),
    ...(where === undefined ? {} : { where: cut(where) }),
    ...(expected === undefined ? {} : { expected: cut(expected) }),
    ...(found === undefined ? {} : { found: cut(found) }),
    hint,
  });
  return error.exitCode === 8 ? error : thrown;
}

/** An error about one file of the kit. */
export function kitError(
  code: ErrorCode,
  what: string,
  where: string,
  { expected, found }: { readonly expected?: string; readonly found?: string } = {},
): AirgoError {
  return new AirgoError(code, {
    what,
    where,
    ...(expected === undefined ? {} : { expected: cut(expected) }),
    ...(found === undefined ? {} : { found: cut(found) }),
    hint,
  });
}

/** A kit may hold texts of any length. */
function cut(text: string, length = longest): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
