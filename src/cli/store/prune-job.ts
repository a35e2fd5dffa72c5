import { resolve } from "node:path";

import { bytesOfAll, takeInventory, type NamedObject } from "../../store/upkeep/inventory.js";
import type { Leftover } from "../../store/upkeep/leftovers.js";
import { planPrune, type PrunePlan } from "../../store/upkeep/prune-plan.js";
import { keptBy, locksIn, readLocks } from "./locks.js";
import { parseAge, parseSize } from "./measures.js";

export interface PruneOptions {
  readonly keepLocked?: readonly string[];
  readonly maxSize?: string;
  readonly olderThan?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** All that a prune would free. */
export interface PruneJob {
  readonly root: string;
  /** Files of the locks whose objects stay. */
  readonly locks: readonly string[];
  readonly maxSize: number | undefined;
  /** True when the command line says which objects may go; otherwise only waste goes. */
  readonly hasRule: boolean;
  readonly plan: PrunePlan<NamedObject>;
  readonly waste: readonly Leftover[];
}

/**
 * Works out what a prune of the store at `root` would free; changes nothing.
 * @param now milliseconds since the epoch
 * @returns undefined when there is no store
 * @throws AIRGO_USAGE, AIRGO_LOCK_INVALID, AIRGO_DISK
 */
export async function planJob(
  root: string,
  options: PruneOptions,
  now: number,
): Promise<PruneJob | undefined> {
  const maxSize = options.maxSize === undefined ? undefined : parseSize(options.maxSize, "--max-size");
  const olderThan = options.olderThan === undefined ? undefined : parseAge(options.olderThan, "--older-than");
  const locks = options.keepLocked?.map((file) => resolve(file)) ?? (await locksIn(resolve(".")));
  const isKept = keptBy(await readLocks(locks));
  const inventory = await takeInventory(root, now);
  if (inventory === undefined) return undefined;
  const { objects, notes, leftovers } = inventory;
  const waste = leftovers.filter(({ isWaste }) => isWaste);
  const otherBytes = notes.bytes + bytesOfAll(leftovers.filter(({ isWaste }) => !isWaste));
  const plan = planPrune(objects, { now, isKept, olderThan, maxSize, otherBytes });
  return { root, locks, maxSize, hasRule: maxSize !== undefined || olderThan !== undefined, plan, waste };
}
