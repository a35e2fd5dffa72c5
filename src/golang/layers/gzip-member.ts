/** RFC 1952: deflate, no flags, time 0, no level told, system 255 (unknown). The same for every member. */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const longestStored = 0xffff;

/** What a gzip member holds: a finished raw deflate stream, and the facts of its content that close it. */
export interface MemberContent {
  /** The stream, in pieces. */
  readonly stream: Iterable<Uint8Array>;
  readonly crc32: number;
  /** Bytes unpacked. */
  readonly size: number;
}

/** The bytes of one gzip member, in pieces. Members written one after another are one gzip file. */
export function* gzipMember({ stream, crc32, size }: MemberContent): Generator<Uint8Array> {
  yield header;
  yield* stream;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield trailer;
}

/** Bytes that are not compressed, as a raw deflate stream of stored blocks (RFC 1951, 3.2.4). */
export function* storedStream(data: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from === 0 || from < data.length; from += longestStored) {
    const piece = data.subarray(from, from + longestStored);
    const block = Buffer.alloc(5);
    block.writeUInt8(from + longestStored >= data.length ? 1 : 0, 0);
    block.writeUInt16LE(piece.length, 1);
    block.writeUInt16LE(~piece.length & 0xffff, 3);
    yield block;
    yield piece;
  }
}
