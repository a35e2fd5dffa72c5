import { byBytes } from "../support/order.js";
import { AirgoError } from "../support/errors.js";

/** One file of a kit or folder, as SHA256SUMS names it. */
export interface SummedFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly sha256: string;
}

/** The characters of a path that any tool on any host can handle without quoting (docs/kit-format.md). */
const safePath = /^[A-Za-z0-9._+~@!][A-Za-z0-9._+~@!-]*(\/[A-Za-z0-9._+~@!][A-Za-z0-9._+~@!-]*)*$/;

/** True for a path that a kit may hold: no empty, `.` or `..` part, no part that begins with `-`. */
export function isSafePath(path: string): boolean {
  return safePath.test(path) && !path.split("/").some((part) => part === "." || part === "..");
}

/** The text of a SHA256SUMS file, as `sha256sum -c` reads it, sorted by the bytes of the paths. */
export function formatSums(files: Iterable<SummedFile>): string {
  return formatDigests([...files].map(({ path, sha256 }) => [path, sha256]));
}

/** The same of digests of any kind: pairs of a path and its digest in hex. */
export function formatDigests(digests: readonly (readonly [path: string, hex: string])[]): string {
  return [...digests]
    .sort(([a], [b]) => byBytes(a, b))
    .map(([path, hex]) => `${hex}  ${path}\n`)
    .join("");
}

/**
 * Reads the text of a SHA256SUMS file.
 * @throws AIRGO_ARCHIVE_INVALID on a line of another form, an unsafe path or a path named twice
 */
export function parseSums(text: string, where: string): Map<string, string> {
  const files = new Map<string, string>();
  const lines = text.split("\n");
  if (lines.pop() !== "") throw invalid(where, "the last line is cut off");
  for (const line of lines) {
    const match = /^([0-9a-f]{64}) {2}(.+)$/.exec(line);
    const path = match?.[2] ?? "";
    if (match === null || !isSafePath(path) || files.has(path)) throw invalid(where, line);
    files.set(path, match[1] as string);
  }
  return files;
}

function invalid(where: string, found: string): AirgoError {
  return new AirgoError("AIRGO_ARCHIVE_INVALID", {
    what: "not a list of checksums as airgo writes it",
    where,
    expected: "lines of 64 hex digits, two spaces and a path, each path once",
    found,
  });
}
