import { join } from "node:path";

import { readIfThere } from "../../support/files.js";
import { noteFilesIn } from "../notes/note-files.js";
import { isWhole, notePlaces, type NotePlace } from "../notes/note-records.js";
import { refOfNote } from "../store.js";

/** A file of notes, looked at as a whole. */
export interface StoredNoteFile {
  readonly file: string;
  readonly bytes: number;
  /** Names of the notes whose digest fits, in the order in which they stand there. */
  readonly whole: readonly string[];
  /** Names of those whose digest does not. */
  readonly damaged: readonly string[];
  /** What follows the last note: none, the beginning of one (a run was killed, or writes it now), or no sense. */
  readonly end: "whole" | "unfinished" | "damaged";
  /** What the whole notes among them name: `zips/…` to the SHA-256 of an object. */
  readonly refs: ReadonlyMap<string, string>;
}

/**
 * Reads every note of the store at `root`, file by file. Changes nothing.
 * @throws AIRGO_DISK
 */
export async function* readNoteFiles(root: string): AsyncIterable<StoredNoteFile> {
  for (const file of await noteFilesIn(join(root, "notes"))) {
    const content = await readIfThere(file);
    // Another process has joined it with others.
    if (content !== undefined) yield { file, bytes: content.length, ...lookInto(content) };
  }
}

/** What a file of notes holds. */
export function lookInto(content: Buffer): Omit<StoredNoteFile, "file" | "bytes"> {
  const whole: string[] = [];
  const damaged: string[] = [];
  const refs = new Map<string, string>();
  let end = 0;
  for (const place of notePlaces(content)) {
    const data = bytesOf(content, place);
    end = place.at + place.size;
    if (!isWhole(place, data)) {
      damaged.push(place.name);
      continue;
    }
    whole.push(place.name);
    const ref = refOfNote(place.name, data);
    if (ref !== undefined) refs.set(ref.name, ref.id.sha256);
  }
  return { whole, damaged, refs, end: endOf(content.subarray(end)) };
}

/** The bytes of a note in its file. */
export function bytesOf(content: Buffer, { at, size }: NotePlace): Buffer {
  return content.subarray(at, at + size);
}

/**
 * A write that was cut off leaves a beginning: part of a first line, or such a line with too few bytes behind it. (A size
 * that damage has made larger looks the same; what stood behind it counts as absent and is fetched again.)
 */
function endOf(rest: Buffer): StoredNoteFile["end"] {
  if (rest.length === 0) return "whole";
  const line = rest.indexOf("\n");
  return line === -1 || /^\["(?:[^"\\]|\\.)*",\d+,"[0-9a-f]{64}"\]$/.test(rest.toString("utf8", 0, line))
    ? "unfinished"
    : "damaged";
}
