import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";

import { hasSystemCode } from "../support/errors.js";
import { asDiskError, readIfThere, replaceFile } from "../support/files.js";
import { isWhole, noteRecord, notePlaces, type NotePlace } from "./note-records.js";
import { folderMode } from "./trusted-folder.js";

/** A note and the file that it is in. */
export type KnownNote = NotePlace & { readonly file: string };

/** A number that puts them in order, and something of its own for those that begin at the same time. */
const fileName = /^(\d{12})-[0-9a-f]{16}\.notes$/;

/**
 * The files of notes in a folder, in their order, and what is in them.
 * @throws AIRGO_DISK
 */
export async function loadNoteFiles(
  folder: string,
): Promise<{ files: readonly string[]; notes: Map<string, KnownNote> }> {
  const files = await filesIn(folder);
  const notes = new Map<string, KnownNote>();
  for (const file of files) {
    for (const place of notePlaces(await contentOf(file))) notes.set(place.name, { ...place, file });
  }
  return { files, notes };
}

/**
 * Writes the notes into one new file and removes the old ones; where that cannot be done, they stay. A process that
 * still appends to one of them loses what it wrote since, and fetches it again another time.
 * @returns the notes with their new places
 */
export async function joinNoteFiles(
  folder: string,
  files: readonly string[],
  notes: Map<string, KnownNote>,
): Promise<Map<string, KnownNote>> {
  const contents = new Map(
    await Promise.all(files.map(async (file) => [file, await contentOf(file)] as const)),
  );
  const records = [...notes.values()].flatMap((note) => {
    const data = contents.get(note.file)?.subarray(note.at, note.at + note.size);
    return data !== undefined && isWhole(note, data) ? [noteRecord(note.name, data, note.digest)] : [];
  });
  const joined = Buffer.concat(records);
  const target = join(folder, followerOf(files));
  try {
    await replaceFile(target, joined, folderMode);
    await Promise.all(files.map((file) => rm(file, { force: true })));
  } catch {
    // A store that may only be read is as good with many files.
    return notes;
  }
  return new Map([...notePlaces(joined)].map((place) => [place.name, { ...place, file: target }]));
}

/** The name of a further file in the folder: what is in it counts more than what is there. */
export async function nextNoteFile(folder: string): Promise<string> {
  return join(folder, followerOf(await filesIn(folder)));
}

function followerOf(files: readonly string[]): string {
  const last = Number(fileName.exec(basename(files.at(-1) ?? ""))?.[1] ?? 0);
  return `${String(last + 1).padStart(12, "0")}-${randomBytes(8).toString("hex")}.notes`;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasSystemCode(error, "ENOENT", "ENOTDIR")) return [];
    throw asDiskError(error, folder);
  });
  return names
    .filter((name) => fileName.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

/** Nothing for a file that another process has removed since it was listed. */
async function contentOf(file: string): Promise<Buffer> {
  return (await readIfThere(file)) ?? Buffer.alloc(0);
}
