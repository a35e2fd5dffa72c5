import { sha256Hex } from "../../support/digest.js";

/** Where a note's bytes lie in a file of notes. */
export interface NotePlace {
  readonly name: string;
  /** Of the first byte, from the start of the file. */
  readonly at: number;
  /** Bytes. */
  readonly size: number;
  /** Over name and bytes, see `digestOf`. */
  readonly digest: string;
}

/** A note as it is written: a line of JSON that says what follows, and the bytes. */
export function noteRecord(name: string, data: Uint8Array, digest: string): Buffer {
  const head = JSON.stringify([name, data.byteLength, digest]);
  return Buffer.concat([Buffer.from(`${head}\n`), data]);
}

/** The SHA-256 that a note carries, over its name too: bytes under another's name would be sound bytes. */
export function digestOf(name: string, data: Uint8Array): string {
  return sha256Hex(Buffer.concat([Buffer.from(`${JSON.stringify(name)}\n`), data]));
}

/** True when these are the note's bytes, as they were written. */
export function isWhole({ name, digest }: NotePlace, data: Uint8Array): boolean {
  return digestOf(name, data) === digest;
}

/** The notes of a file, up to where it makes no sense any more: a power loss or a kill may have cut it off. */
export function* notePlaces(file: Buffer): Iterable<NotePlace> {
  for (let position = 0; ;) {
    const end = file.indexOf("\n", position);
    const head = end === -1 ? undefined : parseHead(file.toString("utf8", position, end));
    if (head === undefined || end + 1 + head.size > file.length) return;
    yield { ...head, at: end + 1 };
    position = end + 1 + head.size;
  }
}

function parseHead(line: string): Omit<NotePlace, "at"> | undefined {
  try {
    const [name, size, digest] = JSON.parse(line) as unknown[];
    if (typeof name !== "string" || typeof digest !== "string" || !isSize(size)) return undefined;
    return { name, size, digest };
  } catch {
    return undefined;
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
