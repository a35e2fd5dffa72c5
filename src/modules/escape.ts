import { AirgoError } from "../support/errors.js";

/**
 * Escapes a module path for use in addresses and file names: `A` becomes `!a` (golang.org/x/mod/module, EscapePath).
 * @throws AIRGO_UPSTREAM_MALFORMED when it holds characters that no module path has
 */
export function escapePath(path: string): string {
  return escape(path, /^[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/);
}

/** The same for a version. */
export function escapeVersion(version: string): string {
  return escape(version, /^v[A-Za-z0-9._~+-]+$/);
}

function escape(text: string, allowed: RegExp): string {
  if (!allowed.test(text) || text.split("/").some((part) => part === "." || part === ".."))
    throw malformed(text);
  return text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

/**
 * The module path that an escaped one stands for.
 * @throws AIRGO_UPSTREAM_MALFORMED when it is not escaped rightly
 */
export function unescapePath(escaped: string): string {
  return unescape(escaped, escapePath);
}

/** The same for a version. */
export function unescapeVersion(escaped: string): string {
  return unescape(escaped, escapeVersion);
}

function unescape(escaped: string, escapeAgain: (text: string) => string): string {
  const text = escaped.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (escapeAgain(text) !== escaped) throw malformed(escaped);
  return text;
}

function malformed(text: string): AirgoError {
  return new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
    what: "not a module path or version",
    where: text,
    expected: "letters, digits and . _ ~ - + /, as golang.org/ref/mod allows",
  });
}
