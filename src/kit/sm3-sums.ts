import { createHash } from "node:crypto";

import { formatDigests } from "./sums.js";

/** Lower-case hex SM3 (GB/T 32905) of bytes or of UTF-8 text. */
export function sm3Hex(data: string | Uint8Array): string {
  return createHash("sm3").update(data).digest("hex");
}

/** The same of bytes that come in pieces. */
export async function sm3Of(chunks: AsyncIterable<Buffer>): Promise<string> {
  const sm3 = createHash("sm3");
  for await (const chunk of chunks) sm3.update(chunk);
  return sm3.digest("hex");
}

/**
 * The text of a contents.SM3SUMS.
 * @param digests SM3 by name in the archive
 * @param top the folder that all names begin with
 */
export function contentsSm3Sums(digests: ReadonlyMap<string, string>, top: string): string {
  return formatDigests([...digests].map(([name, sm3]) => [name.slice(top.length + 1), sm3]));
}
