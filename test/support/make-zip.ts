import { crc32, deflateRawSync } from "node:zlib";

/** One file of a zip to make. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Buffer | string;
  /** Permission bits; without them the entry says nothing of modes, as in Go's module zips. */
  readonly mode?: number;
  /** Store the bytes as they are instead of deflating them. */
  readonly store?: boolean;
}

/** 1 January 1980, 00:00: the zero of DOS time. */
const dosDate = 0x21;
/** Bit 3: sizes and CRC follow the data, as Go's archive/zip writes them. Bit 11: the name is UTF-8. */
const flags = 0x0808;
const madeByUnix = (3 << 8) | 20;

/**
 * A zip as Go's archive/zip writes it: the local headers hold neither sizes nor CRC, a data descriptor follows each
 * file, and only the central directory can be trusted. Equal entries give equal bytes.
 */
export function makeZip(entries: readonly ZipEntry[]): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const raw = Buffer.from(entry.data);
    const method = entry.store === true ? 0 : 8;
    const packed = method === 0 ? raw : deflateRawSync(raw);
    const record = { entry, name: Buffer.from(entry.name), method, crc: crc32(raw), raw, packed, offset };
    const parts = [localHeader(record), record.name, packed, dataDescriptor(record)];
    body.push(...parts);
    directory.push(centralHeader(record), record.name);
    offset += parts.reduce((sum, part) => sum + part.length, 0);
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...body, central, endOfDirectory(entries.length, central.length, offset)]);
}

interface EntryRecord {
  readonly entry: ZipEntry;
  readonly name: Buffer;
  readonly method: number;
  readonly crc: number;
  readonly raw: Buffer;
  readonly packed: Buffer;
  readonly offset: number;
}

function localHeader({ name, method }: EntryRecord): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt16LE(dosDate, 12);
  header.writeUInt16LE(name.length, 26);
  return header;
}

function dataDescriptor({ crc, raw, packed }: EntryRecord): Buffer {
  const descriptor = Buffer.alloc(16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  descriptor.writeUInt32LE(crc, 4);
  descriptor.writeUInt32LE(packed.length, 8);
  descriptor.writeUInt32LE(raw.length, 12);
  return descriptor;
}

function centralHeader({ entry, name, method, crc, raw, packed, offset }: EntryRecord): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(entry.mode === undefined ? 20 : madeByUnix, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(method, 10);
  header.writeUInt16LE(dosDate, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(packed.length, 20);
  header.writeUInt32LE(raw.length, 24);
  header.writeUInt16LE(name.length, 28);
  const attributes = entry.mode === undefined ? 0 : (0o100000 | entry.mode) * 0x10000;
  header.writeUInt32LE(attributes, 38);
  header.writeUInt32LE(offset, 42);
  return header;
}

function endOfDirectory(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
