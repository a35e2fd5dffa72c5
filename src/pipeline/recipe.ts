import { join } from "node:path";

import { lockPartOf } from "../lock/draft.js";
import type { Lock } from "../lock/schema.js";
import { formatLock } from "../lock/text.js";
import { sha256Hex, sha256OfFile } from "../support/digest.js";
import { fileSize, readTextIfThere, writeFileAtomic } from "../support/files.js";
import type { RunContext } from "./context.js";
import type { Signer } from "./signers.js";

/** What a kit was built from and what came out, remembered under `.airgo/`, so that nothing is built twice. */
export interface BuiltKit {
  readonly recipe: string;
  readonly id: string;
  readonly archive: { readonly name: string; readonly size: number };
  /** SHA-256 of the folder's signed SHA256SUMS. */
  readonly document: string;
}

/** A digest over all that decides a kit folder's bytes, clocks apart: its part of the lock, its signers, airgo itself. */
export function recipeOf(lock: Lock, kit: string, signers: readonly Signer[], airgoDigest: string): string {
  const keys = signers.map(({ name, key }) => ({ name, fingerprint: key.fingerprint }));
  return sha256Hex(JSON.stringify({ lock: formatLock(lockPartOf(lock, kit)), keys, airgo: airgoDigest }));
}

/** The kit that stands there already, when it was made by this recipe and is still whole by size and signed document. */
export async function findBuilt(
  context: RunContext,
  kit: string,
  recipe: string,
  signers: readonly Signer[],
): Promise<BuiltKit | undefined> {
  const built = parse(await readTextIfThere(builtFile(context, kit)));
  if (built?.recipe !== recipe) return undefined;
  const folder = join(context.paths.kits, kit, built.id);
  if ((await fileSize(join(folder, built.archive.name))) !== built.archive.size) return undefined;
  const document = await sha256OfFile(join(folder, "SHA256SUMS")).catch(() => undefined);
  if (document !== built.document) return undefined;
  for (const { name } of signers) {
    if ((await fileSize(join(folder, `SHA256SUMS.${name}.sig`))) === undefined) return undefined;
  }
  return built;
}

export async function rememberBuilt(context: RunContext, kit: string, built: BuiltKit): Promise<void> {
  await writeFileAtomic(builtFile(context, kit), `${JSON.stringify(built, null, 2)}\n`);
}

function builtFile({ paths }: RunContext, kit: string): string {
  return join(paths.state, "built", `${kit}.json`);
}

/** This file is airgo's own: one that cannot be read only means that the kit is built again. */
function parse(text: string | undefined): BuiltKit | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as BuiltKit);
  } catch {
    return undefined;
  }
}
