import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";

import { deflateSync } from "fflate";

import { invariant } from "../../support/errors.js";

/*
 * A plain zip (APPNOTE.TXT 6.3.10), the same bytes on every machine and with every release of Node: layers take over its
 * deflate streams, and these are part of a kit's digest. So they come from a library of a pinned version, not from the
 * zlib that Node happens to have.
 */

const localHeaderSize = 30;
const directoryHeaderSize = 46;
/** 1980-01-01, the earliest that a zip can tell: times are of no use here. */
const dosDate = 0x21;
/** Names are UTF-8. */
const utf8Flag = 0x800;
const versionNeeded = 20;
const mostEntries = 0xfffe;
const mostBytes = 0xffff_fffe;
const batchBytes = 1 << 20;

/** Writes entries one after another, then the directory. */
export interface ZipWriter {
  add(name: string, content: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** @param handle a new file; stays open */
export function createZipWriter(handle: FileHandle): ZipWriter {
  const directory: Buffer[] = [];
  let offset = 0;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;

  async function write(...pieces: Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      waiting.push(piece);
      waitingBytes += piece.byteLength;
      offset += piece.byteLength;
    }
    if (waitingBytes >= batchBytes) await flush();
  }

  async function flush(): Promise<void> {
    const data = Buffer.concat(waiting);
    [waiting, waitingBytes] = [[], 0];
    await handle.writeFile(data);
  }

  return {
    async add(name, content) {
      const packed = deflateSync(content, { level: 6 });
      const isPacked = packed.byteLength < content.byteLength;
      const data = isPacked ? packed : content;
      const nameBytes = Buffer.from(name);
      const facts = factsOf(nameBytes, { content, data, method: isPacked ? 8 : 0 });
      directory.push(directoryHeader(facts, offset), nameBytes);
      invariant(
        directory.length / 2 <= mostEntries && offset <= mostBytes,
        "a zip without the 64-bit extension",
      );
      await write(localHeader(facts), nameBytes, data);
    },
    async end() {
      const start = offset;
      const listing = Buffer.concat(directory);
      await write(listing, endRecord(directory.length / 2, listing.byteLength, start));
      await flush();
    },
  };
}

/** The 26 bytes that the header before the data and the one in the directory have in common. */
function factsOf(name: Uint8Array, entry: { content: Uint8Array; data: Uint8Array; method: 0 | 8 }): Buffer {
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(versionNeeded, 0);
  facts.writeUInt16LE(utf8Flag, 2);
  facts.writeUInt16LE(entry.method, 4);
  facts.writeUInt16LE(dosDate, 8);
  facts.writeUInt32LE(crc32(entry.content), 10);
  facts.writeUInt32LE(entry.data.byteLength, 14);
  facts.writeUInt32LE(entry.content.byteLength, 18);
  facts.writeUInt16LE(name.byteLength, 22);
  return facts;
}

function localHeader(facts: Buffer): Buffer {
  const header = Buffer.alloc(localHeaderSize);
  header.writeUInt32LE(0x04034b50, 0);
  facts.copy(header, 4);
  return header;
}

function directoryHeader(facts: Buffer, offset: number): Buffer {
  const header = Buffer.alloc(directoryHeaderSize);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(versionNeeded, 4);
  facts.copy(header, 6);
  header.writeUInt32LE(offset, 42);
  return header;
}

function endRecord(entries: number, size: number, start: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(start, 16);
  return record;
}
