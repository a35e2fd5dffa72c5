import type { RecordBook } from "../checksumdb/record-book.js";
import { toolchainModule, type Architecture, type Toolchain } from "../golang/go-source.js";
import { carriedBy, type Carried, type DraftModule, type DraftToolchain } from "../lock/draft.js";
import type { Lock, LockedInput, LockedKit, LockedModule } from "../lock/schema.js";
import { keyOf, parseModuleVersion, type ModuleVersion } from "../modules/module-version.js";
import type { Bringing } from "./bring-toolchains.js";
import type { GoChoice } from "./choose-go.js";
import { inputKey } from "./lock-inputs.js";
import type { MovingJob } from "./move-lock.js";
import type { Vouching } from "./vouching.js";
import { holdersIn, whoRequires } from "./who-requires.js";

/** Kits of the manifest that this run does not build keep what they have. */
export function keptKits({ manifest, kits }: MovingJob, old: Lock | undefined): Record<string, LockedKit> {
  const kept = Object.entries(old?.kits ?? {}).filter(
    ([name]) => Object.hasOwn(manifest.kits, name) && !kits.includes(name),
  );
  return Object.fromEntries(kept);
}

/** The kits that this run builds. */
export function newKits(
  job: MovingJob,
  choice: GoChoice,
  inputs: ReadonlyMap<string, LockedInput>,
): Record<string, LockedKit> {
  const kits: Record<string, LockedKit> = {};
  for (const [name, wish] of job.wishes) {
    kits[name] = {
      go: { ...choice.kits.get(name) },
      arch: [...wish.wish.arch] as Architecture[],
      inputs: wish.inputs.flatMap((input) => inputs.get(inputKey(input)) ?? []),
    };
  }
  return kits;
}

/** Every toolchain of these kits, once. */
export function neededToolchains(kits: Readonly<Record<string, LockedKit>>): Toolchain[] {
  const all = Object.values(kits).flatMap((kit) =>
    Object.values(kit.go).flatMap((version) => kit.arch.map((arch) => ({ version, arch }))),
  );
  return [...new Map(all.map((one) => [`${one.version} ${one.arch}`, one])).values()];
}

/** What is known of toolchains before they are fetched. */
export async function draftToolchains(
  book: RecordBook,
  bringing: Bringing,
  needed: readonly Toolchain[],
): Promise<DraftToolchain[]> {
  return Promise.all(
    needed.map(async (toolchain) => {
      const { h1, goModH1, id } = await book.of(toolchainModule(toolchain));
      const { kind, locked } = bringing.plan(toolchain, h1);
      return { ...toolchain, source: kind, h1, goModH1, record: id, file: locked?.file, zip: locked?.zip };
    }),
  );
}

/**
 * What is known before it is fetched of every module that these kits carry.
 * @throws what vouching throws, with the chain through which the module is required
 */
export async function draftModules(
  { sources, wishes }: MovingJob,
  old: Lock | undefined,
  vouching: Vouching,
  kits: Readonly<Record<string, LockedKit>>,
): Promise<DraftModule[]> {
  const carried = carriedBy(Object.values(kits).flatMap((kit) => kit.inputs));
  const locked = new Map((old?.modules ?? []).map((module) => [keyOf(module), module]));
  const forModule = whoRequires(sources.files, () => holdersIn(wishes, kits));
  const draft = async (module: ModuleVersion, how: Carried): Promise<DraftModule> => {
    const { goModH1, record } = await vouching.goMod(module);
    const isWhole = how === "whole";
    const h1 = record !== undefined || isWhole ? await vouching.zip(module) : undefined;
    const before = locked.get(keyOf(module));
    const known = before !== undefined && isSame(before, { goModH1, record, h1 }) ? before : undefined;
    // A version's time stays as it was locked: mirrors differ in it, and none of them proves it.
    const hasTime = known?.time !== undefined || known?.zip !== undefined;
    return {
      ...module,
      h1,
      goModH1,
      record,
      whole: isWhole,
      time: how === "mod" ? undefined : hasTime ? known?.time : (await sources.files.info(module)).time,
      mod: known?.mod,
      zip: isWhole ? known?.zip : undefined,
    };
  };
  return Promise.all(
    [...carried].map(([key, how]) => {
      const module = parseModuleVersion(key) as ModuleVersion;
      return forModule(module, () => draft(module, how));
    }),
  );
}

/** True when what vouches for a version now says the same as when it was locked: else its digests are another's. */
function isSame(locked: LockedModule, now: Pick<DraftModule, "goModH1" | "record" | "h1">): boolean {
  return (
    locked.goModH1 === now.goModH1 &&
    (locked.record === undefined) === (now.record === undefined) &&
    (locked.h1 === undefined || now.h1 === undefined || locked.h1 === now.h1)
  );
}
