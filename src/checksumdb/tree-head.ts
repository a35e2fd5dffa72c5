import { AirgoError } from "../support/errors.js";
import { verifyNote } from "./note.js";

/** The log at one moment: how many records, and the hash over all of them. */
export interface TreeHead {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
  /** The signed note that says so. */
  readonly note: string;
}

/**
 * Reads a signed tree head and verifies its signature (golang.org/x/mod/sumdb/tlog, ParseTree).
 * @throws AIRGO_SUMDB_SIGNATURE, AIRGO_UPSTREAM_MALFORMED
 */
export function parseTreeHead(note: string, verifierKey: string): TreeHead {
  const text = verifyNote(note, verifierKey);
  const [, size, base64] =
    /^go\.sum database tree\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n/.exec(text) ?? [];
  if (size === undefined || base64 === undefined || !Number.isSafeInteger(Number(size))) {
    throw new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
      what: "not a tree head of a checksum database",
      where: text.slice(0, 200),
      expected: "`go.sum database tree`, a size and a hash",
    });
  }
  return { size: Number(size), root: Buffer.from(base64, "base64"), note };
}

/** The size that a signed tree head states, not verified; NaN when it states none. */
export function sizeIn(note: string): number {
  return Number(/^go\.sum database tree\n(0|[1-9]\d{0,15})\n/.exec(note)?.[1]);
}
