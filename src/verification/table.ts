import type { KitParts } from "./parts.js";
import type { Findings } from "./findings.js";
import { kitError } from "./findings.js";

/** The text of a file that every kit has. */
export function textOf({ texts }: Pick<KitParts, "texts">, path: string): string {
  const data = texts.get(path);
  if (data === undefined) throw kitError("AIRGO_ARCHIVE_INVALID", "the kit lacks one of its papers", path);
  return data.toString("utf8");
}

/**
 * A table of two columns, the first of which names the second.
 * @throws AIRGO_ARCHIVE_INVALID for lines of another form, and for a key that stands there twice
 */
export function readKeyTable(text: string, where: string): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  const lines = text.split("\n");
  const isClosed = lines.pop() === "";
  for (const line of lines) {
    const [key = "", value, ...more] = line.split("\t");
    if (value === undefined || more.length > 0 || rows.has(key) || line.includes("\r"))
      throw kitError("AIRGO_ARCHIVE_INVALID", "the table is malformed", where, { found: line });
    rows.set(key, value);
  }
  if (!isClosed) throw kitError("AIRGO_ARCHIVE_INVALID", "the table's last line is cut off", where);
  return rows;
}

/** Adds a finding with the first line in which a text differs from what it should be. */
export function findDifference(path: string, found: string, expected: string, findings: Findings): void {
  if (found === expected) return;
  const foundLines = found.split("\n");
  const expectedLines = expected.split("\n");
  const at = expectedLines.findIndex((line, index) => line !== foundLines[index]);
  const line = at === -1 ? expectedLines.length : at;
  findings.add(
    "AIRGO_ARCHIVE_INVALID",
    path,
    `line ${line + 1} does not go with bundles.lock and the files: expected ${show(expectedLines[line])}, found ${show(foundLines[line])}`,
  );
}

function show(text: string | undefined): string {
  return text === undefined ? "nothing more" : JSON.stringify(text);
}
