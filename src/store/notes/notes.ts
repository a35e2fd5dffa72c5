import { open } from "node:fs/promises";

import { hasSystemCode } from "../../support/errors.js";
import { asDiskError } from "../../support/files.js";
import { createAppender, type Appender } from "./appender.js";
import { joinNoteFiles, loadNoteFiles, nextNoteFile, type KnownNote } from "./note-files.js";
import { digestOf, isWhole, noteRecord } from "./note-records.js";

/** Small bytes under names. They prove nothing: whoever asks for them checks them. */
export interface Notes {
  /** The bytes, whole as they were written; undefined when they are not there or damaged. */
  note(name: string): Promise<Buffer | undefined>;
  setNote(name: string, data: Uint8Array): Promise<void>;
}

/** More files than this are joined into one: each is opened and read before anything is found. */
const mostFiles = 16;

/**
 * Notes in a folder, many to a file: a large go.mod brings two thousand, and a file for each would take more time than
 * all else that is done with them, and as many inodes. Each process appends to a file of its own, so none waits for
 * another; of two notes of one name the one in the later file counts, and within a file the later one.
 * @param folder made when first written to
 * @param options `mayWrite` false: many files are not joined, and the caller sets no note
 */
export function createNotes(
  folder: string,
  { mayWrite = true }: { readonly mayWrite?: boolean } = {},
): Notes {
  let loading: Promise<Map<string, KnownNote>> | undefined;
  let own: Promise<Appender> | undefined;

  async function load(): Promise<Map<string, KnownNote>> {
    const { files, notes } = await loadNoteFiles(folder);
    const joined = mayWrite && files.length > mostFiles && (await joinNoteFiles(files, mostFiles));
    return joined ? (await loadNoteFiles(folder)).notes : notes;
  }
  const known = (): Promise<Map<string, KnownNote>> => (loading ??= load());
  const openOwn = async (): Promise<Appender> => createAppender(await nextNoteFile(folder));

  async function write(record: Uint8Array): Promise<{ file: string; end: number }> {
    const opened = (own ??= openOwn());
    const appender = await opened;
    const end = await appender.append(record).catch((error: unknown) => {
      if (own === opened) own = undefined;
      throw error;
    });
    if (end !== undefined) return { file: appender.file, end };
    if (own === opened) own = undefined;
    return write(record);
  }

  return {
    async note(name) {
      const place = (await known()).get(name);
      const data = place && (await readNote(place));
      if (data !== "gone") return data;
      // Another process has joined the files meanwhile.
      loading = undefined;
      const anew = (await known()).get(name);
      const again = anew && (await readNote(anew));
      return again === "gone" ? undefined : again;
    },
    async setNote(name, data) {
      const notes = await known();
      const digest = digestOf(name, data);
      const { file, end } = await write(noteRecord(name, data, digest));
      const size = data.byteLength;
      notes.set(name, { name, file, at: end - size, size, digest });
    },
  };
}

/** A note's bytes: undefined when they are not as they were written, "gone" when the file is no longer there. */
async function readNote(note: KnownNote): Promise<Buffer | undefined | "gone"> {
  const { file, at, size } = note;
  try {
    const handle = await open(file, "r");
    try {
      const data = Buffer.alloc(size);
      const { bytesRead } = await handle.read(data, 0, size, at);
      return bytesRead === size && isWhole(note, data) ? data : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasSystemCode(error, "ENOENT")) return "gone";
    throw asDiskError(error, file);
  }
}
