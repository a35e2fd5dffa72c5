import { createHash } from "node:crypto";

import type { ZipEntry } from "../make-zip.js";

/*
 * The two hashes of go.sum (golang.org/x/mod/sumdb/dirhash), written apart from src/modules on purpose: two
 * implementations that agree are worth more than one that agrees with itself.
 */

/** The `h1:` of a module zip: names by bytes, one line of SHA-256 and name each, and the SHA-256 of these lines. */
export function hashOfZip(entries: readonly ZipEntry[]): string {
  const sorted = entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const summary = createHash("sha256");
  for (const { name, data } of sorted) {
    summary.update(`${createHash("sha256").update(data).digest("hex")}  ${name}\n`);
  }
  return `h1:${summary.digest("base64")}`;
}

/** The `h1:` that go.sum gives a go.mod, in the line whose version ends in `/go.mod`. */
export function hashOfGoMod(goMod: string): string {
  return hashOfZip([{ name: "go.mod", data: goMod }]);
}
