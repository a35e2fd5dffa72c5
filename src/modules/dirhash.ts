import { hash } from "node:crypto";

import { sha256Hex } from "../support/digest.js";
import { AirgoError, invariant } from "../support/errors.js";
import { sortedBy } from "../support/order.js";

/** One line of what an `h1:` is computed over. */
export interface HashedFile {
  readonly name: string;
  /** Lower-case hex SHA-256 of the content. */
  readonly sha256Hex: string;
}

/**
 * The `h1:` hash of a set of files: golang.org/x/mod/sumdb/dirhash, Hash1. Their order does not count.
 * @throws AIRGO_ZIP_INVALID for a name with a newline, as Go does: it could stand for two lines
 */
export function hash1(files: Iterable<HashedFile>): string {
  return `h1:${hash("sha256", hash1Listing(files), "base64")}`;
}

/** The text whose SHA-256 is the `h1:`: a line `<sha256>  <name>` for each file, sorted by the names' bytes. */
export function hash1Listing(files: Iterable<HashedFile>): string {
  const lines: string[] = [];
  for (const { name, sha256Hex: sum } of sortedBy(files, (file) => file.name)) {
    if (name.includes("\n")) {
      throw new AirgoError("AIRGO_ZIP_INVALID", {
        what: "a file name with a newline cannot be hashed",
        found: JSON.stringify(name),
      });
    }
    lines.push(`${sum}  ${name}\n`);
  }
  return lines.join("");
}

/** The `h1:` that go.sum and the checksum database record for `<version>/go.mod`. */
export function goModHash(goMod: Uint8Array): string {
  return hash1([{ name: "go.mod", sha256Hex: sha256Hex(goMod) }]);
}

/** 32 bytes in base64: 43 digits, of which the last has two spare bits, and one `=`. */
const h1Form = /^h1:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** True for a well-formed `h1:` hash. */
export function isH1(text: string): boolean {
  return h1Form.test(text);
}

/** The same hash as 64 lower-case hex digits, without `h1:`. The caller has checked its form with `isH1`. */
export function h1ToHex(h1: string): string {
  invariant(isH1(h1), `not an h1: hash: ${h1}`);
  return Buffer.from(h1.slice("h1:".length), "base64").toString("hex");
}
