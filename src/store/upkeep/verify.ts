import { constants, type FileHandle, open, rename } from "node:fs/promises";
import { randomBytes, createHash } from "node:crypto";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";

import pLimit from "p-limit";

import { hasSystemCode, isAirgoError } from "../../support/errors.js";
import { asDiskError, makeFolder, readIfThere, replaceFile } from "../../support/files.js";
import { isWhole, noteRecord, notePlaces } from "../notes/note-records.js";
import type { Store } from "../store.js";
import { bytesOf, readNoteFiles } from "./stored-notes.js";
import { listObjects, type StoredObject } from "./stored-objects.js";
import { folderMode } from "../trusted-folder.js";

/** What a look at every byte of a store found. */
export interface Verification {
  readonly objects: number;
  readonly objectBytes: number;
  readonly notes: number;
  readonly noteBytes: number;
  /** True where something damaged could not be set aside, since the store cannot be written. */
  readonly stays: boolean;
  /** Objects that are damaged, with the digest that they have. */
  readonly damagedObjects: readonly { readonly sha256: string; readonly found: string }[];
  /** Names of notes that were left out, and files of them that make no sense from some place on. */
  readonly damagedNotes: readonly string[];
}

/** Objects that are read at the same time. */
const atOnce = 8;

/**
 * Reads every object and note of a store and holds it to its digest. What is damaged is set aside: an object by itself,
 * of a file of notes the whole file, and what is sound in it is written anew.
 * @param onBytes told as objects have been read: bytes so far, and in all
 * @throws AIRGO_DISK
 */
export async function verifyStore(
  store: Store,
  onBytes: (done: number, total: number) => void,
): Promise<Verification> {
  const objects = await listObjects(store.root);
  const objectBytes = objects.reduce((sum, { size }) => sum + size, 0);
  const limit = pLimit(atOnce);
  let done = 0;
  let mayStay = false;
  const damagedObjects = await Promise.all(
    objects.map((object) =>
      limit(async () => {
        const found = await digestAtRest(object);
        onBytes((done += object.size), objectBytes);
        if (found === undefined || found === object.sha256) return [];
        mayStay = (await staysWhere(() => store.setAside(object.sha256))) || mayStay;
        return [{ sha256: object.sha256, found }];
      }),
    ),
  );
  const notes = await verifyNotes(store.root);
  const stays = mayStay || notes.stays;
  return { objects: objects.length, objectBytes, ...notes, stays, damagedObjects: damagedObjects.flat() };
}

/** True where the store cannot be written: what is damaged is told all the same, and stays. */
async function staysWhere(mend: () => Promise<void>): Promise<boolean> {
  try {
    await mend();
    return false;
  } catch (error) {
    if (isAirgoError(error) && error.code === "AIRGO_DISK") return true;
    throw error;
  }
}

async function verifyNotes(
  root: string,
): Promise<Pick<Verification, "notes" | "noteBytes" | "damagedNotes" | "stays">> {
  const damagedNotes: string[] = [];
  let stays = false;
  let [notes, noteBytes] = [0, 0];
  for await (const { file, bytes, whole, damaged, end } of readNoteFiles(root)) {
    notes += whole.length + damaged.length;
    noteBytes += bytes;
    damagedNotes.push(...damaged);
    if (end === "damaged") damagedNotes.push(`${basename(file)}, from some place on`);
    if (end === "damaged" || damaged.length > 0)
      stays = (await staysWhere(() => mendNotes(root, file))) || stays;
  }
  return { notes, noteBytes, damagedNotes, stays };
}

/** A process that appends to the file notices that it is another one, and goes on in a file of its own. */
async function mendNotes(root: string, file: string): Promise<void> {
  const content = await readIfThere(file);
  if (content === undefined) return;
  const records = [...notePlaces(content)]
    .map((place) => ({ place, data: bytesOf(content, place) }))
    .filter(({ place, data }) => isWhole(place, data))
    .map(({ place, data }) => noteRecord(place.name, data, place.digest));
  const aside = join(root, "damaged", `${basename(file)}-${randomBytes(4).toString("hex")}`);
  await makeFolder(join(root, "damaged"), folderMode);
  try {
    await rename(file, aside);
  } catch (error) {
    // Joined with others meanwhile, which leaves out what is damaged.
    if (hasSystemCode(error, "ENOENT")) return;
    throw asDiskError(error, file);
  }
  await replaceFile(file, Buffer.concat(records), folderMode);
}

/** The SHA-256 of an object, whose last use stays as it is; undefined when it has been removed meanwhile. */
async function digestAtRest({ file }: StoredObject): Promise<string | undefined> {
  try {
    const handle = await openAtRest(file);
    const sha256 = createHash("sha256");
    await pipeline(handle.createReadStream({ highWaterMark: 1 << 20 }), sha256);
    return sha256.digest("hex");
  } catch (error) {
    if (hasSystemCode(error, "ENOENT")) return undefined;
    throw asDiskError(error, file);
  }
}

/** A look at everything is no use of anything: with it a prune would find nothing old. The system lets owners say so. */
async function openAtRest(file: string): Promise<FileHandle> {
  return open(file, constants.O_RDONLY | constants.O_NOATIME).catch((error: unknown) => {
    if (!hasSystemCode(error, "EPERM", "EINVAL")) throw error;
    return open(file, "r");
  });
}
