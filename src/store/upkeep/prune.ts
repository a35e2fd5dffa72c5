import { rm } from "node:fs/promises";

import pLimit from "p-limit";

import { asDiskError } from "../../support/files.js";
import { removeTree } from "../../support/trees.js";
import type { Leftover } from "./leftovers.js";
import { statsOf } from "./listing.js";
import { lastUse, type StoredObject } from "./stored-objects.js";

/** Files that are removed at the same time. */
const atOnce = 16;

/**
 * Removes objects, each in one step. One that was used or fetched anew since it was listed stays: whoever did so is
 * about to use it. Whoever has an object open, or linked into a kit, keeps its bytes.
 * @returns those that were removed
 * @throws AIRGO_DISK
 */
export async function removeObjects<T extends StoredObject>(objects: readonly T[]): Promise<T[]> {
  const limit = pLimit(atOnce);
  const removed = await Promise.all(
    objects.map((object) =>
      limit(async () => {
        const stats = await statsOf(object.file);
        if (stats === undefined || lastUse(stats) !== object.usedAt) return [];
        await rm(object.file, { force: true }).catch((error: unknown) => {
          throw asDiskError(error, object.file);
        });
        return [object];
      }),
    ),
  );
  return removed.flat();
}

/**
 * Removes waste, folders with all that is in them.
 * @throws AIRGO_DISK
 */
export async function removeLeftovers(leftovers: readonly Leftover[]): Promise<void> {
  for (const { path } of leftovers) {
    await removeTree(path).catch((error: unknown) => {
      throw asDiskError(error, path);
    });
  }
}
