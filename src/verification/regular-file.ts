import { createHash, getHashes, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

import { hasSystemCode } from "../support/errors.js";
import { asDiskError } from "../support/files.js";
import { kitError } from "./findings.js";

/** Digests of one file. */
export interface Digests {
  readonly sha256: string;
  /** Where it is wanted. */
  readonly sm3: string | undefined;
}

const chunkBytes = 1 << 20;

/** True where this Node can compute SM3. */
export function hasSm3(): boolean {
  return getHashes().includes("sm3");
}

/**
 * Opens a file for reading, and nothing else than a file: never through a link, and a pipe of that name does not hold
 * the reader up.
 * @throws AIRGO_ARCHIVE_INVALID, AIRGO_DISK
 */
export async function openRegular(file: string): Promise<{ handle: FileHandle; size: number }> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (!found.isFile()) throw notRegular(file);
    return { handle, size: found.size };
  } catch (error) {
    await handle?.close();
    if (hasSystemCode(error, "ELOOP", "ENXIO", "ENODEV")) throw notRegular(file);
    if (hasSystemCode(error, "ENOENT"))
      throw kitError("AIRGO_ARCHIVE_INVALID", "a file of the kit is missing", file);
    throw asDiskError(error, file);
  }
}

function notRegular(file: string): Error {
  return kitError("AIRGO_ARCHIVE_INVALID", "what should be a file is a link, a folder or a device", file);
}

/**
 * The bytes of a small file.
 * @throws AIRGO_ARCHIVE_INVALID when it is larger than `limit` or no file, AIRGO_DISK
 */
export async function readSmall(file: string, limit: number): Promise<Buffer> {
  const { handle, size } = await openRegular(file);
  try {
    const chunks: Buffer[] = [];
    let read = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false, highWaterMark: chunkBytes })) {
      chunks.push(chunk as Buffer);
      read += (chunk as Buffer).length;
      if (read > limit) break;
    }
    if (read <= limit) return Buffer.concat(chunks);
    const found = `${Math.max(size, read)} bytes`;
    throw kitError("AIRGO_ARCHIVE_INVALID", "the file is too large", file, {
      expected: `at most ${limit} bytes`,
      found,
    });
  } catch (error) {
    throw asDiskError(error, file);
  } finally {
    await handle.close();
  }
}

/** The bytes of a file in pieces; see `openRegular`. */
export async function* readPieces(file: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { handle } = await openRegular(file);
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false, highWaterMark: chunkBytes })) {
      signal.throwIfAborted();
      yield chunk as Buffer;
    }
  } catch (error) {
    throw asDiskError(error, file);
  } finally {
    await handle.close();
  }
}

/** Computes digests of what passes by: each file is read once, whatever is wanted of it. */
export interface DigestPair {
  update(chunk: Uint8Array): void;
  digests(): Digests;
}

export function createDigests(withSm3: boolean): DigestPair {
  const sha256 = createHash("sha256");
  const sm3: Hash | undefined = withSm3 ? createHash("sm3") : undefined;
  return {
    update(chunk) {
      sha256.update(chunk);
      sm3?.update(chunk);
    },
    digests: () => ({ sha256: sha256.digest("hex"), sm3: sm3?.digest("hex") }),
  };
}
