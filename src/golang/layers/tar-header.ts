import { zipInvalid } from "../../modules/zip-error.js";

/** Tar's unit: a header is one block, and contents are padded to whole blocks. */
export const blockSize = 512;

/** Two blocks of zeros end a tar. */
export const endOfTar = new Uint8Array(2 * blockSize);

const nameBytes = 100;
const prefixBytes = 155;
const zeros = new Uint8Array(blockSize);

/** The zeros that follow a content of `size` bytes. */
export function padding(size: number): Uint8Array {
  return zeros.subarray(0, (blockSize - (size % blockSize)) % blockSize);
}

export interface TarEntry {
  readonly path: string;
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/**
 * A ustar header of a regular file (POSIX pax, "ustar Interchange Format"): owner and group 0, without names.
 * @throws AIRGO_ZIP_INVALID for a path that ustar cannot hold: nothing in it is then cut
 */
export function tarHeader({ path, mode, size, mtime }: TarEntry): Uint8Array {
  const { prefix, name } = splitPath(path);
  const header = Buffer.alloc(blockSize);
  name.copy(header, 0);
  writeOctal(header, 100, 7, mode);
  writeOctal(header, 108, 7, 0);
  writeOctal(header, 116, 7, 0);
  writeOctal(header, 124, 11, size);
  writeOctal(header, 136, 11, mtime);
  header.write("        0", 148, "latin1"); // the sum counts itself as spaces; type 0 is a regular file
  header.write("ustar\u{0}00", 257, "latin1");
  prefix.copy(header, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  writeOctal(header, 148, 6, sum);
  header[154] = 0;
  return header;
}

function writeOctal(header: Buffer, at: number, digits: number, value: number): void {
  header.write(value.toString(8).padStart(digits, "0"), at, "latin1");
}

/** A path of more than 100 bytes is cut at the first slash that leaves it a name that fits. */
function splitPath(path: string): { prefix: Buffer; name: Buffer } {
  const bytes = Buffer.from(path);
  if (bytes.length <= nameBytes) return { prefix: Buffer.alloc(0), name: bytes };
  const slash = bytes.indexOf("/", bytes.length - nameBytes - 1);
  if (slash === -1 || slash === bytes.length - 1 || slash > prefixBytes) {
    throw zipInvalid("a path is too long for a tar header", path, {
      expected: "155 bytes, a slash, 100 bytes",
    });
  }
  return { prefix: bytes.subarray(0, slash), name: bytes.subarray(slash + 1) };
}
