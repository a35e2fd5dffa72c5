import { createHash, hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** Lower-case hex SHA-256 of bytes or of UTF-8 text. */
export function sha256Hex(data: string | Uint8Array): string {
  // In one step: a hash object costs more than hashing a small file.
  return hash("sha256", data, "hex");
}

/** Lower-case hex SHA-256 of a file, read as a stream. Rejects with the file system's error. */
export async function sha256OfFile(file: string): Promise<string> {
  const sha256 = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), sha256);
  return sha256.digest("hex");
}

const hex64 = /^[0-9a-f]{64}$/;

/** True for 64 lower-case hex digits. */
export function isSha256Hex(text: string): boolean {
  return hex64.test(text);
}
