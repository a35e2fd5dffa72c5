import { join } from "node:path";

import { isIdentityRunning } from "../../support/process-identity.js";
import { bytesBelow, entriesIn, statsOf } from "./listing.js";
import { isNoteFile } from "../notes/note-files.js";

/** What lies in a store beside objects and notes. */
export interface Leftover {
  readonly path: string;
  /** Of the files below it. */
  readonly bytes: number;
  /** Set aside, half made, or written by an airgo of before. */
  readonly kind: "damaged" | "temporary" | "earlier";
  /** False while somebody may still need it. */
  readonly isWaste: boolean;
}

/** A file that is being written beside the notes has a name of its own for less than this. Milliseconds. */
const writingTakes = 3_600_000;
/** A download that no run has gone on with for a week is not worth its room. Milliseconds. */
const unfinishedStays = 7 * 24 * 3_600_000;

/**
 * What was set aside as damaged, temporary files, and what earlier formats left. Changes nothing.
 * @param now milliseconds since the epoch
 * @throws AIRGO_DISK
 */
export async function listLeftovers(root: string, now: number): Promise<Leftover[]> {
  const found: Omit<Leftover, "bytes">[] = [];
  for (const { name } of await entriesIn(join(root, "damaged")))
    found.push({ path: join(root, "damaged", name), kind: "damaged", isWaste: true });
  for (const { name } of await entriesIn(join(root, "tmp"))) {
    // Each carries the identity of its maker.
    const isWaste = isIdentityRunning(name.split("-")[0] ?? "") === false;
    found.push({ path: join(root, "tmp", name), kind: "temporary", isWaste });
  }
  for (const { name } of await entriesIn(join(root, "partial"))) {
    const path = join(root, "partial", name);
    found.push({ path, kind: "temporary", isWaste: await isOld(path, unfinishedStays, now) });
  }
  for (const entry of await entriesIn(join(root, "notes"))) {
    if (isNoteFile(entry.name)) continue;
    const path = join(root, "notes", entry.name);
    if (entry.isDirectory()) found.push({ path, kind: "earlier", isWaste: true });
    else found.push({ path, kind: "temporary", isWaste: await isOld(path, writingTakes, now) });
  }
  const refs = join(root, "refs");
  if ((await statsOf(refs)) !== undefined) found.push({ path: refs, kind: "earlier", isWaste: true });
  return Promise.all(found.map(async (one) => ({ ...one, bytes: await bytesBelow(one.path) })));
}

async function isOld(path: string, age: number, now: number): Promise<boolean> {
  const stats = await statsOf(path);
  return stats !== undefined && now - stats.mtimeMs > age;
}
