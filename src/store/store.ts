import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { isSha256Hex, sha256Hex } from "../support/digest.js";
import { AirgoError, hasSystemCode, isAirgoError } from "../support/errors.js";
import { asDiskError, fileSize, inFolder, makeFolder } from "../support/files.js";
import { isIdentityRunning, processIdentity } from "../support/process-identity.js";
import { removeTree } from "../support/trees.js";
import { createNotes, type Notes } from "./notes/notes.js";
import { claimUnfinished, giveBackOfDead, type Unfinished } from "./partial.js";
import { folderMode, makeTrustedFolder } from "./trusted-folder.js";

/** Names bytes by what they are. */
export interface ObjectId {
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * The content-addressed cache of everything fetched, shared by kits, runs and processes. An object appears only by
 * rename, after its digest was checked; names (refs) point to objects and prove nothing by themselves.
 */
export interface Store extends Notes {
  readonly root: string;
  /** Where the object lies (or would lie). */
  fileOf(sha256: string): string;
  /** True when the object is there with the right size. */
  has(id: ObjectId): Promise<boolean>;
  /** The object's bytes, digest checked. Throws AIRGO_STORE_DAMAGED, after setting a damaged object aside; AIRGO_DISK. */
  read(id: ObjectId): Promise<Buffer>;
  /** The same for a caller who can get the bytes anew: undefined when the object is not there or damaged. */
  readIfWhole(id: ObjectId): Promise<Buffer | undefined>;
  /** A fresh private file to download into; give it to `adopt` or remove it. */
  temporaryFile(): string;
  /** A place to download an address into, perhaps with what an earlier try has left; give it back or discard it. */
  unfinished(address: string): Promise<Unfinished>;
  /** A fresh private folder, on the store's own disk; the caller removes it. */
  temporaryFolder(): Promise<string>;
  /** Makes a temporary file, whose digest the caller has just computed, an object. */
  adopt(temporary: string, id: ObjectId): Promise<void>;
  /** Makes bytes an object; one of that name that is damaged is set aside. */
  put(data: Uint8Array): Promise<ObjectId>;
  /** Moves an object that turned out to be damaged out of the way, so that it is fetched again. */
  setAside(sha256: string): Promise<void>;
  /** What a name points to; a name whose text makes no sense counts as absent. */
  ref(name: string): Promise<ObjectId | undefined>;
  setRef(name: string, id: ObjectId): Promise<void>;
}

/**
 * Opens (and makes, where needed) the store at `root`; sweeps temporary files of processes that are gone, and keeps
 * their unfinished downloads.
 * @throws AIRGO_DISK, also when another user could write there
 */
export async function openStore(root: string): Promise<Store> {
  const temporaryFolder = join(root, "tmp");
  const fileOf = (sha256: string): string => objectFile(root, sha256);
  const notes = createNotes(join(root, "notes"));
  const temporaryName = (): string =>
    join(temporaryFolder, `${processIdentity()}-${randomBytes(8).toString("hex")}`);
  await makeTrustedFolder(root);
  await makeFolder(temporaryFolder, folderMode);
  await guard(root, () => sweep(root, temporaryFolder));

  const store: Store = {
    root,
    fileOf,
    has: async (id) => (await fileSize(fileOf(id.sha256))) === id.size,
    async read(id) {
      const data = await guard(fileOf(id.sha256), () => readFile(fileOf(id.sha256)));
      if (sha256Hex(data) === id.sha256) return data;
      await store.setAside(id.sha256);
      throw damaged(fileOf(id.sha256), id.sha256, sha256Hex(data));
    },
    async readIfWhole(id) {
      if (!(await store.has(id))) return undefined;
      return store.read(id).catch((error: unknown) => {
        // Set aside just now, by this process or by another one.
        if ((isAirgoError(error) && error.code === "AIRGO_STORE_DAMAGED") || hasSystemCode(error, "ENOENT"))
          return undefined;
        throw error;
      });
    },
    temporaryFile: temporaryName,
    unfinished: (address) => claimUnfinished(root, temporaryName(), address),
    async temporaryFolder() {
      const folder = temporaryName();
      await guard(folder, () => mkdir(folder, { mode: 0o700 }));
      return folder;
    },
    adopt: (temporary, id) =>
      guard(temporary, async () => {
        const file = fileOf(id.sha256);
        // Read-only and world-readable: kits hard-link these files, and nothing may write through a link.
        await chmod(temporary, 0o444);
        await inFolder(dirname(file), folderMode, () => rename(temporary, file));
      }),
    async put(data) {
      const id = { sha256: sha256Hex(data), size: data.byteLength };
      // A size alone would hand out a damaged object for sound bytes.
      if ((await store.readIfWhole(id)) !== undefined) return id;
      const temporary = store.temporaryFile();
      try {
        // Not flushed: whoever reads it checks the digest, and what a power loss spoilt is fetched again.
        await guard(temporary, () => writeFile(temporary, data, { flag: "wx" }));
        await store.adopt(temporary, id);
      } finally {
        await rm(temporary, { force: true });
      }
      return id;
    },
    setAside: (sha256) =>
      guard(root, async () => {
        const aside = join(root, "damaged", `${sha256}-${randomBytes(4).toString("hex")}`);
        await makeFolder(dirname(aside), folderMode);
        await rename(fileOf(sha256), aside).catch((error: unknown) => {
          // Another process was quicker.
          if (!hasSystemCode(error, "ENOENT")) throw error;
        });
      }),
    ref: async (name) => parseRef((await notes.note(refNote(name)))?.toString()),
    setRef: (name, id) =>
      notes.setNote(refNote(name), Buffer.from(JSON.stringify({ sha256: id.sha256, size: id.size }))),
    ...notes,
  };
  return store;
}

/** The error for an object whose bytes are not what its name says. */
export function damaged(where: string, expected: string, found: string): AirgoError {
  return new AirgoError("AIRGO_STORE_DAMAGED", {
    what: "an object in the store is damaged and was set aside",
    where,
    expected: `sha256 ${expected}`,
    found: `sha256 ${found}`,
    hint: "run the same command again: the object is fetched anew; if it happens again, check the disk",
  });
}

/**
 * Does something with the file of an object that was found there a while ago.
 * @throws AIRGO_BUSY when it has been removed since: `airgo store prune` cannot know what a run is about to need
 */
export async function whileThere<T>(file: string, action: () => Promise<T>): Promise<T> {
  return action().catch((cause: unknown) => {
    if (!hasSystemCode(cause, "ENOENT")) throw cause;
    throw new AirgoError("AIRGO_BUSY", {
      what: "an object was removed from the store while this run was about to use it",
      where: file,
      hint: "run the same command again: the object is fetched anew",
      cause,
    });
  });
}

async function guard<T>(where: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw asDiskError(error, where);
  }
}

/** Temporary files carry the identity of their maker; those of dead processes are waste, but for unfinished downloads. */
async function sweep(root: string, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isIdentityRunning(name.split("-")[0] ?? "") !== false) continue;
    if (await giveBackOfDead(root, join(folder, name))) continue;
    // Waste that cannot be removed is no reason not to work.
    await removeTree(join(folder, name)).catch(() => undefined);
  }
}

const refPrefix = "refs/";

/** Where an object of the store at `root` lies. */
export function objectFile(root: string, sha256: string): string {
  return join(root, "objects", "sha256", sha256.slice(0, 2), sha256);
}

/** Names for objects are notes too. */
export function refNote(name: string): string {
  return refPrefix + name;
}

/** The name that a note gives to an object, and which; undefined for a note of another kind, or without sense. */
export function refOfNote(name: string, data: Buffer): { name: string; id: ObjectId } | undefined {
  const id = name.startsWith(refPrefix) ? parseRef(data.toString()) : undefined;
  return id && { name: name.slice(refPrefix.length), id };
}

/** Reads what a name points to; undefined for a text that makes no sense. */
export function parseRef(text: string | undefined): ObjectId | undefined {
  if (text === undefined) return undefined;
  try {
    const { sha256, size } = JSON.parse(text) as Partial<ObjectId>;
    if (typeof sha256 !== "string" || !isSha256Hex(sha256) || !Number.isSafeInteger(size)) return undefined;
    return { sha256, size: size as number };
  } catch {
    return undefined;
  }
}
