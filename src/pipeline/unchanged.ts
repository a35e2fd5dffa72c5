import { join } from "node:path";

import type { RunContext } from "./context.js";
import { findBuilt, recipeOf, type Ingredients } from "./recipe.js";
import { pointLatest } from "./latest.js";

/**
 * Reports a kit as unchanged when it stands there, made by the same recipe and whole.
 * @returns whether it does
 */
export async function reportUnchanged(context: RunContext, ingredients: Ingredients): Promise<boolean> {
  const started = context.now();
  const { kit, signers } = ingredients;
  const built = await findBuilt(context, kit, recipeOf(ingredients, context.airgo.digest), signers);
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
