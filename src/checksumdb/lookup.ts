import { AirgoError } from "../support/errors.js";

/** What a record of the log says of a module version. */
export interface RecordedHashes {
  readonly path: string;
  readonly version: string;
  /** Of the zip. */
  readonly h1: string;
  readonly goModH1: string;
}

/** The text of a record, byte for byte as the log holds it: two lines of a go.sum. */
export function formatRecord({ path, version, h1, goModH1 }: RecordedHashes): string {
  return `${path} ${version} ${h1}\n${path} ${version}/go.mod ${goModH1}\n`;
}

/** A lookup answer with a tree head of our choice: a record is bound to the log, not to the head it came with. */
export function formatLookup(id: number, record: RecordedHashes, headNote: string): string {
  return `${id}\n${formatRecord(record)}\n${headNote}`;
}

/**
 * Reads a lookup answer: the record's number, its text, an empty line, a signed tree head
 * (golang.org/x/mod/sumdb/tlog, ParseRecord). The head is left alone: what counts is the proof against a head that was
 * verified.
 * @throws AIRGO_SUMDB_RECORD unless it speaks of exactly this version
 */
export function parseLookup(answer: string, path: string, version: string): RecordedHashes & { readonly id: number } {
  const end = answer.indexOf("\n\n");
  const [idLine = "", zipLine = "", modLine = "", ...rest] = answer.slice(0, Math.max(end, 0)).split("\n");
  const h1 = hashOf(zipLine, `${path} ${version}`);
  const goModH1 = hashOf(modLine, `${path} ${version}/go.mod`);
  if (/^(0|[1-9]\d{0,15})$/.test(idLine) && h1 !== undefined && goModH1 !== undefined && rest.length === 0) {
    return { id: Number(idLine), path, version, h1, goModH1 };
  }
  throw new AirgoError("AIRGO_SUMDB_RECORD", {
    what: "the checksum database's answer does not speak of what was asked for",
    where: `${path}@${version}`,
    expected: "a record number and the two hashes of this version",
    found: answer.slice(0, 300),
    hint: "take another proxy, and report this",
  });
}

/** The hash of a go.sum line, when the line is about this subject. */
function hashOf(line: string, subject: string): string | undefined {
  const hash = line.startsWith(`${subject} `) ? line.slice(subject.length + 1) : "";
  return /^h1:[A-Za-z0-9+/]{43}=$/.test(hash) ? hash : undefined;
}
