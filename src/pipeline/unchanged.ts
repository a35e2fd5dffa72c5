import { join } from "node:path";

import type { Lock } from "../lock/schema.js";
import type { RunContext } from "./context.js";
import { findBuilt, recipeOf } from "./recipe.js";
import { pointLatest } from "./latest.js";
import type { Signer } from "./signers.js";

/**
 * Reports a kit as unchanged when it stands there, made by the same recipe and whole.
 * @returns whether it does
 */
export async function reportUnchanged(
  context: RunContext,
  lock: Lock,
  kit: string,
  signers: readonly Signer[],
): Promise<boolean> {
  const started = context.now();
  const built = await findBuilt(context, kit, recipeOf(lock, kit, signers, context.airgo.digest), signers);
  if (built === undefined) return false;
  const folder = join(context.paths.kits, kit);
  await pointLatest(folder, built.id);
  context.emit({
    type: "kit-unchanged",
    kit,
    id: built.id,
    folder: join(folder, built.id),
    ms: context.now() - started,
  });
  return true;
}
