import type { KitWish } from "../lock/drift.js";
import type { Lock } from "../lock/schema.js";
import type { Manifest } from "../manifest/schema.js";
import { digestInput, findInputs, type ModuleInput } from "../modules/inputs.js";
import { AirgoError } from "../support/errors.js";
import type { ProjectPaths } from "./context.js";

/** What `--update` names: everything, the choice of Go versions, or the closures of the go.mod files. */
export type UpdateWhat = "all" | "go" | "modules";

export interface BundleRequest {
  readonly manifest: Manifest;
  /** The kits to build, by name; never empty. */
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
  paths: ProjectPaths,
  { manifest, kits, lock }: Pick<BundleRequest, "manifest" | "kits" | "lock">,
): Promise<Map<string, KitInputs>> {
  const wishes = new Map<string, KitInputs>();
  for (const name of kits) {
    const spec = Object.hasOwn(manifest.kits, name) ? manifest.kits[name] : undefined;
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

function unknownKit(name: string, known: readonly string[]): AirgoError {
  return new AirgoError("AIRGO_USAGE", {
    what: `the manifest has no kit "${name}"`,
    expected: known.join(" or "),
    found: name,
    hint: "name a kit of the manifest, or none for all of them",
  });
}
