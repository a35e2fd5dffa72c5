import pLimit from "p-limit";

import { lockPartOf } from "../lock/draft.js";
import type { Lock } from "../lock/schema.js";
import type { ObjectId } from "../store/store.js";
import { diskSpaceOf } from "../support/disk-space.js";
import type { RunContext } from "./context.js";
import { kitNeed, requireSpace, storeNeed } from "./space-needs.js";

/** Looks at objects at the same time. */
const looksAtOnce = 16;

/**
 * Makes sure that the store has room for what is going to be fetched, as far as its size is known.
 * @param wanted what it is to hold
 * @throws AIRGO_DISK
 */
export async function checkStoreSpace(
  { store, isOffline }: Pick<RunContext, "store" | "isOffline">,
  wanted: readonly ObjectId[],
): Promise<void> {
  // What is missing then is an error, not a download.
  if (isOffline) return;
  const limit = pLimit(looksAtOnce);
  const found = await Promise.all(wanted.map((id) => limit(() => store.has(id))));
  const missing = wanted.filter((_, index) => found[index] === false);
  if (missing.length === 0) return;
  requireSpace([{ ...storeNeed(missing, store.root), left: await diskSpaceOf(store.root) }]);
}

/**
 * Makes sure that a kit can be made.
 * @throws AIRGO_DISK
 */
export async function checkKitSpace(
  { store, paths }: Pick<RunContext, "store" | "paths">,
  lock: Lock,
  kit: string,
): Promise<void> {
  const [left, stores] = await Promise.all([diskSpaceOf(paths.kits), diskSpaceOf(store.root)]);
  const need = kitNeed(lockPartOf(lock, kit), kit, paths.kits, left.device === stores.device);
  requireSpace([{ ...need, left }]);
}
