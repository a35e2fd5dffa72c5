import { isUtf8 } from "node:buffer";

import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";

import { isAirgoError, messageOf } from "../support/errors.js";
import type { LocatedEntry } from "./zip-content.js";
import { zipInvalid } from "./zip-error.js";

const directoryHeader = 0x02014b50;

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
 *   zip, and what goes beyond the limits
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
      entries.push(await locate(zip, entry, where));
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
  if (found > limit) throw zipInvalid(what, where, { expected: `at most ${limit}`, found: `${found}` });
}

async function locate(zip: ZipFile, entry: Entry, where: string): Promise<LocatedEntry> {
  if (!isUtf8(entry.fileNameRaw)) throw zipInvalid("an entry's name is not UTF-8", where);
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
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  return { name, size, compressedSize, crc32: entry.crc32, method, dataOffset: fileDataStart };
}
