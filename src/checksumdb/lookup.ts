import { AirgoError } from "../support/errors.js";

/** What a record of the log says of a module version. */
export interface RecordedHashes {
  readonly path: string;
  readonly version: string;
  /** Of the zip. */
  readonly h1: string;
  readonly goModH1: string;
}

/** A lookup answer, taken apart; neither the head nor the record is proven. */
export interface LookupAnswer extends RecordedHashes {
  /** The record's number in the log. */
  readonly id: number;
  /** The signed tree head that came with it. */
  readonly headNote: string;
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
 * (golang.org/x/mod/sumdb/tlog, ParseRecord).
 * @throws AIRGO_SUMDB_RECORD unless it speaks of exactly this version, AIRGO_UPSTREAM_MALFORMED when it is no such answer
 */
export function parseLookup(answer: string, path: string, version: string): LookupAnswer {
  const end = answer.indexOf("\n\n");
  const [idLine = "", zipLine = "", modLine = "", ...rest] = answer.slice(0, Math.max(end, 0)).split("\n");
  const id = /^(0|[1-9]\d{0,15})$/.test(idLine) ? Number(idLine) : NaN;
  const where = `${path}@${version}`;
  if (!Number.isSafeInteger(id)) {
    throw new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
      what: "not a lookup answer of a checksum database",
      where,
      expected: "a record number, the record, an empty line and a signed tree head",
      found: answer.slice(0, 200),
      hint: "something else than a checksum database may have answered, such as a login page",
    });
  }
  const h1 = hashOf(zipLine, `${path} ${version}`);
  const goModH1 = hashOf(modLine, `${path} ${version}/go.mod`);
  if (h1 === undefined || goModH1 === undefined || rest.length > 0) {
    throw new AirgoError("AIRGO_SUMDB_RECORD", {
      what: "the checksum database's answer does not speak of what was asked for",
      where,
      expected: "the two hashes of this version, and nothing else",
      found: answer.slice(0, Math.min(end, 300)),
      hint: "take another proxy, and report this",
    });
  }
  return { id, path, version, h1, goModH1, headNote: answer.slice(end + 2) };
}

/** The hash of a go.sum line, when the line is about this subject. */
function hashOf(line: string, subject: string): string | undefined {
  const hash = line.startsWith(`${subject} `) ? line.slice(subject.length + 1) : "";
  return /^h1:[A-Za-z0-9+/]{43}=$/.test(hash) ? hash : undefined;
}
