import { isUtf8 } from "node:buffer";

import { type Entry, fromBufferPromise } from "yauzl";

import { isAirgoError, messageOf } from "../support/errors.js";
import type { LocatedEntry } from "./zip-content.js";
import { zipInvalid, zipTooLarge, zipUnsafe } from "./zip-error.js";

const directoryHeader = 0x02014b50;
const localHeader = 0x04034b50;
const localHeaderSize = 30;

/** What a directory may hold at most. */
export interface DirectoryLimits {
  readonly entries: number;
  /** Of one name. */
  readonly nameBytes: number;
}

/**
 * A zip's directory, in its own order; nothing is unpacked. Names are the raw bytes as UTF-8, which is what Go hashes:
 * other readings of them (code page 437, Info-ZIP's Unicode field) would show other names than Go sees.
 * @param where `module@version`, for errors
 * @throws AIRGO_ZIP_INVALID for damage, encryption, methods other than stored and deflated, bytes before or after the
 *   zip; AIRGO_ZIP_TOO_LARGE for what goes beyond the limits, AIRGO_ZIP_UNSAFE for a name that is no UTF-8
 */
export async function readDirectory(
  buffer: Buffer,
  where: string,
  limits: DirectoryLimits,
): Promise<LocatedEntry[]> {
  try {
    const zip = await fromBufferPromise(buffer, { decodeStrings: false });
    checkLimit("the zip has too many entries", zip.entryCount, limits.entries, where);
    const entries: LocatedEntry[] = [];
    for await (const entry of zip.eachEntry()) {
      checkLimit("an entry's name has too many bytes", entry.fileNameRaw.length, limits.nameBytes, where);
      entries.push(locate(buffer, entry, where));
    }
    // Go reads on until there is no further header, whatever count the end record gives.
    const cursor = Number(zip.readEntryCursor);
    if (cursor + 4 <= buffer.length && buffer.readUInt32LE(cursor) === directoryHeader) {
      throw zipInvalid("the zip's directory has more entries than it says", where);
    }
    return entries;
  } catch (error) {
    throw isAirgoError(error) ? error : zipInvalid(`not a readable zip: ${messageOf(error)}`, where);
  }
}

function checkLimit(what: string, found: number, limit: number, where: string): void {
  if (found > limit) throw zipTooLarge(what, where, { expected: `at most ${limit}`, found: `${found}` });
}

function locate(buffer: Buffer, entry: Entry, where: string): LocatedEntry {
  if (!isUtf8(entry.fileNameRaw)) throw zipUnsafe("an entry's name is not UTF-8", where);
  const name = entry.fileNameRaw.toString("utf8");
  const { compressionMethod: method, uncompressedSize: size, compressedSize } = entry;
  if (entry.isEncrypted()) throw zipInvalid("an entry is encrypted", where, { found: name });
  if (method !== 0 && method !== 8) {
    const found = `method ${method} of ${name}`;
    throw zipInvalid("an entry's compression is not supported", where, {
      expected: "stored or deflated",
      found,
    });
  }
  const dataOffset = dataOffsetOf(buffer, entry.relativeOffsetOfLocalHeader);
  if (dataOffset === undefined) throw zipInvalid("an entry has no header in front of its data", name);
  return { name, size, compressedSize, crc32: entry.crc32, method, dataOffset };
}

/**
 * Where an entry's data begins: behind its local header, its name and an extra field (APPNOTE.TXT, 4.3.7). Read here,
 * since a promise for each of a hundred thousand entries takes longer than all the rest of the directory.
 */
function dataOffsetOf(buffer: Buffer, at: number): number | undefined {
  if (at + localHeaderSize > buffer.length || buffer.readUInt32LE(at) !== localHeader) return undefined;
  return at + localHeaderSize + buffer.readUInt16LE(at + 26) + buffer.readUInt16LE(at + 28);
}
