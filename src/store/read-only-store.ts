import { access, constants, readFile } from "node:fs/promises";
import { join } from "node:path";

import { sha256Hex } from "../support/digest.js";
import { AirgoError, hasSystemCode } from "../support/errors.js";
import { asDiskError, fileSize, readIfThere } from "../support/files.js";
import { createNotes } from "./notes/notes.js";
import { objectFile, parseRef, refNote, type ObjectId, type Store } from "./store.js";
import { checkTrustedFolder } from "./trusted-folder.js";

/**
 * Opens the store at `root` for a run that fetches nothing: nothing in it is made, moved, removed or written, whether
 * or not it could be. New notes last as long as the run. A damaged object is an error that names it.
 * @throws AIRGO_DISK when another user could write there
 */
export async function openStoreForReading(root: string): Promise<Store> {
  // Where there is none, the first thing that is missing says so.
  if (await isThere(root)) await checkTrustedFolder(root);
  const notes = createNotes(join(root, "notes"), { mayWrite: false });
  const made = new Map<string, Buffer>();
  const fileOf = (sha256: string): string => objectFile(root, sha256);

  async function found({ sha256 }: ObjectId, data: Buffer): Promise<Buffer> {
    if (sha256Hex(data) === sha256) return data;
    throw unmended(fileOf(sha256), sha256);
  }

  const note = async (name: string): Promise<Buffer | undefined> => made.get(name) ?? notes.note(name);
  const setNote = async (name: string, data: Uint8Array): Promise<void> =>
    void made.set(name, Buffer.from(data));
  return {
    root,
    fileOf,
    note,
    setNote,
    has: async (id) => (await fileSize(fileOf(id.sha256))) === id.size,
    async read(id) {
      const file = fileOf(id.sha256);
      const data = await readFile(file).catch((error: unknown) => {
        throw asDiskError(error, file);
      });
      return found(id, data);
    },
    async readIfWhole(id) {
      const data = await readIfThere(fileOf(id.sha256));
      return data?.byteLength === id.size ? found(id, data) : undefined;
    },
    ref: async (name) => parseRef((await note(refNote(name)))?.toString()),
    setRef: (name, id) => setNote(refNote(name), Buffer.from(JSON.stringify(id))),
    async setAside(sha256) {
      throw unmended(fileOf(sha256), sha256);
    },
    temporaryFile: () => {
      throw unwritten(root);
    },
    temporaryFolder: async () => {
      throw unwritten(root);
    },
    unfinished: async () => {
      throw unwritten(root);
    },
    adopt: async () => {
      throw unwritten(root);
    },
    put: async () => {
      throw unwritten(root);
    },
  };
}

/**
 * Tells at once that a store cannot be written: else the first download would, in the middle of a run.
 * @throws AIRGO_DISK
 */
export async function requireWritable(root: string): Promise<void> {
  for (const folder of [root, join(root, "tmp")]) {
    await access(folder, constants.W_OK).catch((cause: unknown) => {
      const isReadOnly = hasSystemCode(cause, "EROFS");
      throw new AirgoError("AIRGO_DISK", {
        what: isReadOnly ? "the store is on a read-only file system" : "the store cannot be written",
        where: folder,
        hint: "make it writable, or set XDG_CACHE_HOME to another folder; with --offline a lock is built from what the store has, and nothing is written there",
        cause,
      });
    });
  }
}

async function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    (error: unknown) => !hasSystemCode(error, "ENOENT", "ENOTDIR"),
  );
}

function unmended(where: string, sha256: string): AirgoError {
  return new AirgoError("AIRGO_STORE_DAMAGED", {
    what: "an object in the store is damaged, and --offline neither mends the store nor writes in it",
    where,
    expected: `sha256 ${sha256}`,
    hint: "run without --offline where there is a network: the object is set aside and fetched anew",
  });
}

/** An archive of Go, for one, may be there without what is made of it. */
function unwritten(root: string): AirgoError {
  return new AirgoError("AIRGO_OFFLINE", {
    what: "something that this lock needs has to be made in the store first, and --offline forbids writing there",
    where: root,
    hint: "run once without --offline: that makes it",
  });
}
