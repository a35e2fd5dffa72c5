import { draftOf, type LockDraft } from "../lock/draft.js";
import type { Lock } from "../lock/schema.js";
import { removeTree } from "../support/trees.js";
import type { RunContext } from "./context.js";
import { moveLock } from "./move-lock.js";
import type { Sources } from "./sources.js";
import type { BundleRequest, KitInputs } from "./wishes.js";

/**
 * The resolve stage: manifest and lock to a lock (a draft, where it has to move).
 * @param current the lock, where it holds
 */
export async function resolve(
  context: RunContext,
  sources: Sources,
  request: BundleRequest,
  wishes: ReadonlyMap<string, KitInputs>,
  current: Lock | undefined,
): Promise<LockDraft> {
  if (current !== undefined) return draftOf(current);
  const workFolder = await context.store.temporaryFolder();
  try {
    return await moveLock({ context, sources, workFolder, ...request, wishes });
  } finally {
    await removeTree(workFolder);
  }
}
