import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { hasSystemCode } from "../support/errors.js";
import { asDiskError, fileSize, inFolder, readTextIfThere, removeFile } from "../support/files.js";
import { removeTree } from "../support/trees.js";
import { addressDigest } from "../transfer/address-digest.js";
import { formatNote, parseNote, type DownloadNote, type NoteKeeper } from "../transfer/download/resume.js";
import { folderMode } from "./trusted-folder.js";

/** A download that this process alone works on: new, or begun by an earlier try or run. */
export interface Unfinished extends NoteKeeper {
  /** For its bytes; give it to `adopt` once they are checked. */
  readonly file: string;
  /** Keeps it for the next try or run, where its rest can be asked for; else it is thrown away. */
  giveBack(): Promise<void>;
  /** Removes what is left of it. */
  discard(): Promise<void>;
}

/**
 * Takes what there is of an address, or begins anew. Unfinished downloads lie in `partial/`, a folder for each: bytes
 * and note move together. Who works on one moves it to a temporary name of its own first, so no two processes ever
 * write the same; all moves are renames.
 * @param temporaryName a fresh name in the store's folder for temporary files
 * @throws AIRGO_DISK
 */
export async function claimUnfinished(
  root: string,
  temporaryName: string,
  address: string,
): Promise<Unfinished> {
  const digest = addressDigest(address);
  const folder = `${temporaryName}-${digest}`;
  try {
    const isBegun = await rename(placeOf(root, digest), folder).then(isTrue, (error: unknown) => {
      // Nobody has begun it, or somebody else works on it.
      if (hasSystemCode(error, "ENOENT")) return false;
      throw error;
    });
    if (!isBegun) await mkdir(folder, { mode: 0o700 });
    return unfinishedIn(root, folder, isBegun);
  } catch (error) {
    throw asDiskError(error, folder);
  }
}

/**
 * Gives a dead process's temporary folder back, where it is an unfinished download.
 * @returns false for anything else
 */
export async function giveBackOfDead(root: string, folder: string): Promise<boolean> {
  if (digestOf(folder) === undefined) return false;
  await unfinishedIn(root, folder, true).giveBack();
  return true;
}

/** @param mayHaveNote false in a folder just made: most downloads are new, and need not look for one */
function unfinishedIn(root: string, folder: string, mayHaveNote: boolean): Unfinished {
  const [file, noteFile] = [join(folder, "bytes"), join(folder, "note")];
  const readNote = async (): Promise<DownloadNote | undefined> =>
    mayHaveNote ? parseNote((await readTextIfThere(noteFile)) ?? "") : undefined;
  // What is only removed or kept for later must not hide the error that counts: the next sweep tries again.
  const discard = (): Promise<void> => removeTree(folder).catch(() => undefined);
  return {
    file,
    note: readNote,
    async setNote(note) {
      if (note === undefined) return mayHaveNote ? removeFile(noteFile) : undefined;
      mayHaveNote = true;
      await writeFile(noteFile, formatNote(note), { mode: 0o600 }).catch((error: unknown) => {
        throw asDiskError(error, noteFile);
      });
    },
    async giveBack() {
      const isOfUse = await Promise.all([readNote(), fileSize(file)]).then(
        ([note, size]) => note !== undefined && size !== undefined && size > 0,
        () => false,
      );
      const place = placeOf(root, digestOf(folder) ?? "");
      const move = (): Promise<void> => inFolder(dirname(place), folderMode, () => rename(folder, place));
      // Where another process has given back its own, that one stays.
      if (!isOfUse || !(await move().then(isTrue, isFalse))) await discard();
    },
    discard,
  };
}

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;

function placeOf(root: string, digest: string): string {
  return join(root, "partial", digest);
}

function digestOf(folder: string): string | undefined {
  return /-[0-9a-f]{16}-([0-9a-f]{64})$/.exec(folder)?.[1];
}
