import { join } from "node:path";

import { isSha256Hex } from "../../support/digest.js";
import { entriesIn, statsOf } from "./listing.js";
import type { ObjectId } from "../store.js";

/** An object of the store, and when it was of use. */
export interface StoredObject extends ObjectId {
  readonly file: string;
  /** Milliseconds since the epoch, see `lastUse`. */
  readonly usedAt: number;
}

/**
 * When an object was last of use: when it was written or read, whichever came later. Nothing is written for that when an
 * object is read: the file system notes it, by most mounts' rule (relatime) at the first read and then once a day. Where
 * it never does (noatime), an object was last used when it was fetched.
 */
export function lastUse({
  atimeMs,
  mtimeMs,
}: {
  readonly atimeMs: number;
  readonly mtimeMs: number;
}): number {
  return Math.max(atimeMs, mtimeMs);
}

/**
 * All objects of the store at `root`, by digest. Changes nothing, and is content with a store that is not there.
 * @throws AIRGO_DISK
 */
export async function listObjects(root: string): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  const top = join(root, "objects", "sha256");
  for (const { name: start } of await entriesIn(top)) {
    const names = (await entriesIn(join(top, start))).map(({ name }) => name);
    const found = names.filter((name) => isSha256Hex(name) && name.startsWith(start) && start.length === 2);
    const looked = await Promise.all(found.map((sha256) => objectAt(join(top, start, sha256), sha256)));
    objects.push(...looked.filter((object) => object !== undefined));
  }
  return objects;
}

async function objectAt(file: string, sha256: string): Promise<StoredObject | undefined> {
  const stats = await statsOf(file);
  if (stats?.isFile() !== true) return undefined;
  return { sha256, size: stats.size, file, usedAt: lastUse(stats) };
}
