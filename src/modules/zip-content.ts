import { crc32, inflateRawSync } from "node:zlib";

import { sha256Hex } from "../support/digest.js";
import { invariant, isAirgoError, messageOf } from "../support/errors.js";
import { zipInvalid } from "./zip-error.js";

/** Where a zip's entry lies and what its directory says of it. */
export interface LocatedEntry {
  readonly name: string;
  /** Bytes unpacked. */
  readonly size: number;
  /** Bytes of the packed stream. */
  readonly compressedSize: number;
  readonly crc32: number;
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8;
  /** Of the packed stream, from the start of the zip, in bytes. */
  readonly dataOffset: number;
}

/** An entry whose content has been read. `compressedSize` is then the stream's own length, without what may pad it. */
export interface ZipEntry extends LocatedEntry {
  /** Lower-case hex SHA-256 of the content. */
  readonly sha256: string;
}

/** The most that deflate can gain: 258 bytes for two bits. A size beyond it is a lie, and no memory is given to it. */
const bestRatio = 1032;

/**
 * Unpacks an entry and checks it against its directory: size and CRC-32.
 * @returns the content (for a stored entry a view of `zip`), and how many bytes of packed stream it took
 * @throws AIRGO_ZIP_INVALID
 */
export function unpackEntry(zip: Buffer, entry: LocatedEntry): { content: Buffer; streamSize: number } {
  const { name, size, compressedSize, dataOffset } = entry;
  if (dataOffset + compressedSize > zip.length)
    throw zipInvalid("an entry reaches beyond the end of the zip", name);
  const stream = zip.subarray(dataOffset, dataOffset + compressedSize);
  const unpacked = entry.method === 0 ? { content: stream, streamSize: size } : inflate(stream, entry);
  if (unpacked.content.length !== size) {
    const found = `${unpacked.content.length} bytes`;
    throw zipInvalid("an entry does not have its declared size", name, { expected: `${size} bytes`, found });
  }
  const sum = crc32(unpacked.content);
  if (sum !== entry.crc32) {
    throw zipInvalid("an entry does not have its CRC-32", name, {
      expected: hex32(entry.crc32),
      found: hex32(sum),
    });
  }
  return unpacked;
}

/**
 * The content of an entry that was inspected before, held to the SHA-256 found then.
 * @throws AIRGO_ZIP_INVALID when the zip is no longer the one that was inspected
 */
export function readEntry(zip: Buffer, entry: ZipEntry): Buffer {
  const { content } = unpackEntry(zip, entry);
  const found = sha256Hex(content);
  if (found === entry.sha256) return content;
  throw zipInvalid("an entry has changed since it was inspected", entry.name, {
    expected: entry.sha256,
    found,
  });
}

function inflate(stream: Buffer, { name, size }: LocatedEntry): { content: Buffer; streamSize: number } {
  if (size > stream.length * bestRatio)
    throw zipInvalid("an entry declares more than its bytes can hold", name);
  try {
    // One byte more than declared in one piece: no second buffer, and an overlong stream is found by the limit.
    const options = { maxOutputLength: Math.max(size, 1), chunkSize: Math.max(size + 1, 64), info: true };
    const result: unknown = inflateRawSync(stream, options);
    invariant(isInflatedWithInfo(result), "zlib gives no info");
    return { content: result.buffer, streamSize: result.engine.bytesWritten };
  } catch (error) {
    if (isAirgoError(error)) throw error;
    throw zipInvalid(`an entry cannot be unpacked: ${messageOf(error)}`, name);
  }
}

/** What `info: true` gives, unknown to the typings: the engine has counted the bytes that it read. */
interface InflatedWithInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function isInflatedWithInfo(value: unknown): value is InflatedWithInfo {
  return typeof value === "object" && value !== null && "buffer" in value && "engine" in value;
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, "0");
}
