import { redact } from "../support/redact.js";

import type { Path } from "./mistake.js";

/** A path without the profile it may lie in: what a value means does not depend on that. */
export function withoutProfile(path: Path): Path {
  return path[0] === "profiles" ? path.slice(2) : path;
}

const plainKey = /^[\w-]+$/;

/** `kits.starter.arch.1`; a key with other characters in it is quoted. */
export function dotted(path: Path): string {
  return path
    .map((part) => (plainKey.test(String(part)) ? shorten(String(part)) : quoted(String(part))))
    .join(".");
}

/** A text of the manifest, fit to be shown. */
export function quoted(text: string): string {
  return JSON.stringify(shown(text));
}

/** Redacted before it is shortened: a cut address would no longer be seen to hold a password. */
export function shown(text: string): string {
  return shorten(redact(text));
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
