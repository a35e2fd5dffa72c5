import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";

import { asDiskError } from "../../support/files.js";
import { accept, readWithin, type OnBytes, type TransferOptions } from "./download.js";
import type { HttpAnswer, HttpClient } from "../client/http.js";
import { inPieces, type Pieces } from "./pieces.js";
import { askForRest, hashKept, keptIn, type Kept } from "./kept-bytes.js";
import { noteOf, type NoteKeeper } from "./resume.js";

export interface FileTransferOptions extends TransferOptions {
  /** Where it is given, a file that an earlier try has begun is finished; else it is written anew. */
  readonly notes?: NoteKeeper | undefined;
  /** False: what is there already is not used. It stays until a whole body begins to arrive. */
  readonly resume?: boolean;
  /** Told of the bytes that are there already, when they are used. */
  readonly onKept?: OnBytes | undefined;
}

export interface Downloaded {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * GETs an answer into a file, hashing as it goes; of a file that an earlier try has begun, only the rest is asked for.
 * The digest is over every byte, also over those that were there: whoever checks it need not know where they came from.
 * @returns digest and size of the whole, or undefined when there is no such thing (404, 410)
 * @throws as fetchBytes, and AIRGO_DISK
 */
export async function fetchToFile(
  http: HttpClient,
  url: string,
  file: string,
  options: FileTransferOptions,
): Promise<Downloaded | undefined> {
  const { signal, onGone, notes, maxBytes } = options;
  const kept = options.resume === false ? undefined : await keptIn(file, notes, maxBytes);
  // Its process ended between the last byte and the check.
  if (kept !== undefined && kept.from === kept.note.bytes) return ofWhole(file, kept, options);
  const rest = kept === undefined ? undefined : await askForRest(http, url, kept, signal);
  if (kept !== undefined && rest?.status === 206) return write(rest, url, file, { ...options, kept });
  const answer = rest ?? (await http.request(url, { signal }));
  if (!accept(answer, url, onGone)) return undefined;
  return write(answer, url, file, options);
}

async function ofWhole(
  file: string,
  { from, note }: Kept,
  { onKept }: FileTransferOptions,
): Promise<Downloaded> {
  onKept?.(from, note.bytes);
  const sha256 = createHash("sha256");
  await hashKept(sha256, file, from);
  return { sha256: sha256.digest("hex"), size: from };
}

type Writing = FileTransferOptions & { readonly kept?: Kept };

/**
 * Writes a body behind what is kept, or, where nothing is, as a new file. It is read from the first moment: what has
 * come before a transfer breaks would be lost with the body of an answer that nobody reads yet.
 */
async function write(answer: HttpAnswer, url: string, file: string, options: Writing): Promise<Downloaded> {
  const { kept, onKept, notes: _, ...transfer } = options;
  const sha256 = createHash("sha256");
  let size = kept?.from ?? 0;
  const opened = prepare(answer, file, sha256, options);
  const pieces = inPieces(async (parts, bytes) => {
    const handle = await opened;
    for (const part of parts) sha256.update(part);
    const { bytesWritten } = await handle.writev(parts);
    // A disk that is nearly full takes a part; the rest says what is wrong.
    if (bytesWritten < bytes) await handle.writeFile(Buffer.concat(parts).subarray(bytesWritten));
  });
  if (kept !== undefined) onKept?.(kept.from, kept.note.bytes);
  const beginning = kept === undefined ? undefined : { from: kept.from, whole: kept.note.bytes };
  const read = readWithin(answer, url, { ...transfer, beginning }, (part) => {
    size += part.byteLength;
    return pieces.add(part);
  });
  try {
    try {
      // A file that cannot be written ends a transfer that brings nothing.
      await Promise.all([opened, read]);
    } finally {
      await closeAfter(pieces, opened);
    }
  } catch (error) {
    answer.drop();
    throw asDiskError(error, file);
  }
  return { sha256: sha256.digest("hex"), size };
}

/** Opens the file and brings note and digest to where it is written from. */
async function prepare(
  answer: HttpAnswer,
  file: string,
  sha256: Hash,
  { kept, notes }: Writing,
): Promise<FileHandle> {
  if (kept !== undefined) {
    await hashKept(sha256, file, kept.from);
    return open(file, "a");
  }
  // Never a note beside bytes that it does not speak of, whenever this process ends.
  await notes?.setNote(undefined);
  const handle = await open(file, "w", 0o600);
  const note = noteOf(answer.headers);
  if (note !== undefined)
    await notes?.setNote(note).catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
  return handle;
}

/** What had come before a transfer broke is written too: the next try asks for what follows it. */
async function closeAfter(pieces: Pieces, opened: Promise<FileHandle>): Promise<void> {
  const handle = await opened.catch(() => undefined);
  if (handle === undefined) return;
  try {
    await pieces.end();
  } finally {
    await handle.close();
  }
}
