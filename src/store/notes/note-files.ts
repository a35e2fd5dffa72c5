import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { hasSystemCode } from "../../support/errors.js";
import { asDiskError, readIfThere, replaceFile } from "../../support/files.js";
import { isWhole, noteRecord, notePlaces, type NotePlace } from "./note-records.js";
import { folderMode } from "../trusted-folder.js";

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
  const files = await noteFilesIn(folder);
  const notes = new Map<string, KnownNote>();
  for (const file of files) {
    for (const place of notePlaces(await contentOf(file))) notes.set(place.name, { ...place, file });
  }
  return { files, notes };
}

/** So much older than the newest one a file is when nobody appends to it any more. Milliseconds. */
const longBefore = 3_600_000;

/**
 * Writes what is in files that nobody writes to any more into one new file, and removes them; where that cannot be done,
 * they stay. What was damaged is left out.
 * @param most so many may be there before something is done
 * @returns true when the files are others now
 */
export async function joinNoteFiles(files: readonly string[], most: number): Promise<boolean> {
  try {
    const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
    const newest = Math.max(...times);
    const old = files.filter((_, index) => newest - (times[index] ?? newest) > longBefore);
    const last = old.at(-1);
    if (old.length <= most || last === undefined) return false;
    const records = new Map<string, Buffer>();
    for (const file of old) {
      const content = await contentOf(file);
      for (const note of notePlaces(content)) {
        const data = content.subarray(note.at, note.at + note.size);
        if (isWhole(note, data)) records.set(note.name, noteRecord(note.name, data, note.digest));
      }
    }
    // In the place of the last one: newer files still count more.
    const target = join(dirname(last), fileWithNumber(numberOf(last)));
    await replaceFile(target, Buffer.concat([...records.values()]), folderMode);
    await Promise.all(old.map((file) => rm(file, { force: true })));
    return true;
  } catch {
    // A store that may only be read is as good with many files, and one of two that do this at once may find less.
    return false;
  }
}

/** The name of a further file in the folder: what is in it counts more than what is there. */
export async function nextNoteFile(folder: string): Promise<string> {
  const last = (await noteFilesIn(folder)).at(-1);
  return join(folder, fileWithNumber(last === undefined ? 1 : numberOf(last) + 1));
}

/** True for the name of a file of notes, as this version of airgo writes them. */
export function isNoteFile(name: string): boolean {
  return fileName.test(name);
}

function numberOf(file: string): number {
  return Number(fileName.exec(basename(file))?.[1]);
}

function fileWithNumber(number: number): string {
  return `${String(number).padStart(12, "0")}-${randomBytes(8).toString("hex")}.notes`;
}

/** Those of a folder, in their order; none where there is no folder. */
export async function noteFilesIn(folder: string): Promise<string[]> {
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
