import { rm } from "node:fs/promises";

import { draftOf, type LockDraft } from "../lock/draft.js";
import { driftOf, type KitWish } from "../lock/drift.js";
import type { Lock } from "../lock/schema.js";
import type { Manifest } from "../manifest/schema.js";
import { digestInput, findInputs, type ModuleInput } from "../modules/inputs.js";
import { AirgoError } from "../support/errors.js";
import type { RunContext } from "./context.js";
import { moveLock } from "./move-lock.js";
import type { Database, Sources } from "./sources.js";

/** What `--update` names: everything, the choice of Go versions, or the closures of the go.mod files. */
export type UpdateWhat = "all" | "go" | "modules";

export interface ResolveRequest {
  readonly manifest: Manifest;
  /** The kits to build, by name. */
  readonly kits: readonly string[];
  readonly lock: Lock | undefined;
  readonly update: UpdateWhat | undefined;
  /** Refuses to write or move the lock. */
  readonly frozen: boolean;
}

/** A kit's wish together with the inputs that it was read from. */
export interface KitInputs {
  readonly wish: KitWish;
  readonly inputs: readonly ModuleInput[];
}

/** Reads what the manifest and the go.mod files beside it ask for now. */
export async function readWishes(
  paths: RunContext["paths"],
  { manifest, kits, lock }: Pick<ResolveRequest, "manifest" | "kits" | "lock">,
): Promise<Map<string, KitInputs>> {
  const wishes = new Map<string, KitInputs>();
  for (const name of kits) {
    const spec = manifest.kits[name];
    if (spec === undefined) throw unknownKit(name, Object.keys(manifest.kits));
    const inputs = await findInputs(spec.modules, paths.folder);
    const locked = new Map(
      (lock?.kits[name]?.inputs ?? []).map((input) => [input.name, Object.keys(input.files)]),
    );
    const digested = await Promise.all(
      inputs.map(async (input) => ({
        name: input.name,
        scope: input.scope,
        files: await digestInput(input, locked.get(input.name)),
      })),
    );
    wishes.set(name, { wish: { go: spec.go, arch: spec.arch, inputs: digested }, inputs });
  }
  return wishes;
}

/**
 * Decides whether the lock holds for these wishes.
 * @returns the lock to build with, or undefined when it is to be moved
 * @throws AIRGO_LOCK_DRIFT when it does not hold and was not told to move, AIRGO_LOCK_MISSING when --frozen forbids a first one
 */
export function currentLock(
  request: Pick<ResolveRequest, "lock" | "update" | "frozen">,
  wishes: ReadonlyMap<string, KitInputs>,
  database: Database,
  lockFile: string,
): Lock | undefined {
  const { lock, update, frozen } = request;
  if (lock === undefined) {
    if (!frozen) return undefined;
    throw new AirgoError("AIRGO_LOCK_MISSING", {
      what: "there is no lock, and it must not be written here: --frozen, or CI is set",
      where: lockFile,
      hint: "run `airgo bundle` where you work and commit bundles.lock, or allow it here with --no-frozen",
    });
  }
  if (update !== undefined && !frozen) return undefined;
  const drift = [...wishes].flatMap(([name, { wish }]) => driftOf(name, wish, lock, database));
  if (drift.length === 0) return lock;
  throw new AirgoError("AIRGO_LOCK_DRIFT", {
    what: `the lock no longer fits:\n${drift.map((line) => `  ${line}`).join("\n")}`,
    where: lockFile,
    hint: "run `airgo bundle --update` and commit bundles.lock, or take the change back",
  });
}

/** The resolve stage: manifest and lock to a lock (a draft, where it has to move). */
export async function resolve(
  context: RunContext,
  sources: Sources,
  request: ResolveRequest,
  wishes: ReadonlyMap<string, KitInputs>,
): Promise<{ draft: LockDraft; moved: boolean }> {
  const current = currentLock(request, wishes, sources.database, context.paths.lock);
  if (current !== undefined) return { draft: draftOf(current), moved: false };
  const workFolder = await context.store.temporaryFolder();
  try {
    return { draft: await moveLock({ context, sources, workFolder, ...request, wishes }), moved: true };
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

function unknownKit(name: string, known: readonly string[]): AirgoError {
  return new AirgoError("AIRGO_USAGE", {
    what: `the manifest has no kit "${name}"`,
    expected: known.join(" or "),
    found: name,
    hint: "name a kit of the manifest, or none for all of them",
  });
}
