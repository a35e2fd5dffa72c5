import { crc32 } from "node:zlib";

import type { ZipEntry } from "../../modules/zip-content.js";
import { zipInvalid } from "../../modules/zip-error.js";
import type { GorootFile } from "./goroot-files.js";
import { gzipMember, storedStream } from "./gzip-member.js";
import { deflateRuns } from "./header-deflate.js";
import { endOfTar, padding, tarHeader } from "./tar-header.js";

/**
 * The bytes of a tar.gz with these files, in pieces, without compressing anything: a zip entry's deflate stream
 * becomes a gzip member as it is, and what tar puts between two contents becomes a small member of its own.
 * The bytes depend on the zip's streams and on nothing else.
 * @param zip the whole zip that the entries were found in
 * @param mtime of every file, in seconds since 1970
 */
export function* spliceLayer(files: Iterable<GorootFile>, zip: Buffer, mtime: number): Generator<Uint8Array> {
  let between: Uint8Array[] = [];
  for (const { path, mode, entry } of files) {
    between.push(tarHeader({ path, mode, size: entry.size, mtime }));
    // An empty file has nothing for a member: its header and the next one are neighbours.
    if (entry.size === 0) continue;
    yield* tarMember(between);
    yield* gzipMember({ stream: contentStream(zip, entry), crc32: entry.crc32, size: entry.size });
    between = [padding(entry.size)];
  }
  yield* tarMember([...between, endOfTar]);
}

function tarMember(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  const bytes = Buffer.concat(pieces);
  return gzipMember({ stream: [deflateRuns(bytes)], crc32: crc32(bytes), size: bytes.length });
}

function contentStream(
  zip: Buffer,
  { name, dataOffset, compressedSize, method }: ZipEntry,
): Iterable<Uint8Array> {
  if (dataOffset + compressedSize > zip.length)
    throw zipInvalid("an entry reaches beyond the end of the zip", name);
  const stream = zip.subarray(dataOffset, dataOffset + compressedSize);
  return method === 0 ? storedStream(stream) : [stream];
}
