import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

import { formatDigests } from "./sums.js";

/** Lower-case hex SM3 (GB/T 32905) of bytes or of UTF-8 text. */
export function sm3Hex(data: string | Uint8Array): string {
  return createHash("sm3").update(data).digest("hex");
}

/** The same of a file, read as a stream. Rejects with the file system's error. */
export async function sm3OfFile(file: string): Promise<string> {
  const sm3 = createHash("sm3");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), sm3);
  return sm3.digest("hex");
}

/**
 * The text of a contents.SM3SUMS, from an archive that was read back.
 * @param contents SM3 by name in the archive
 * @param top the folder that all names begin with
 */
export function contentsSm3Sums(
  contents: ReadonlyMap<string, { readonly sm3?: string }>,
  top: string,
): string {
  const digests = [...contents].map(([name, { sm3 = "" }]) => [name.slice(top.length + 1), sm3] as const);
  return formatDigests(digests);
}
