import type { ObjectId } from "../store/store.js";
import { keyOf, type ModuleVersion } from "../modules/module-version.js";
import { matchesPrefixPatterns } from "../modules/private-patterns.js";
import { canonicalLock, canonicalModule, canonicalToolchain } from "./canonical.js";
import type { Lock, LockedInput, LockedModule, LockedToolchain } from "./schema.js";

/** A toolchain as resolving knows it: the digests of its files are known once it was fetched, or from an earlier lock. */
export type DraftToolchain = Omit<LockedToolchain, "file" | "zip"> & {
  readonly file: ObjectId | undefined;
  readonly zip?: ObjectId | undefined;
};

/** A module version as resolving knows it. */
export type DraftModule = ModuleVersion & {
  /** Undefined for a private version that is not carried whole: nobody says one. */
  readonly h1: string | undefined;
  readonly goModH1: string;
  /** The record's number in the log; undefined for a private version. */
  readonly record: number | undefined;
  /** Carried with its .zip. */
  readonly whole: boolean;
  readonly time: string | undefined;
  readonly mod: ObjectId | undefined;
  readonly zip: ObjectId | undefined;
};

/** A lock that lacks what only fetching can tell. */
export type LockDraft = Omit<Lock, "toolchains" | "modules"> & {
  readonly toolchains: readonly DraftToolchain[];
  readonly modules: readonly DraftModule[];
};

/** A lock as a draft: nothing is missing in it. */
export function draftOf(lock: Lock): LockDraft {
  return {
    ...lock,
    modules: lock.modules.map(({ path, version, h1, goModH1, record, mod, zip, time }) => {
      return { path, version, h1, goModH1, record, mod, zip, time, whole: zip !== undefined };
    }),
  };
}

/** A module's line of the lock, once its files are fetched. */
export function lockedModule(module: DraftModule, mod: ObjectId, zip: ObjectId | undefined): LockedModule {
  return canonicalModule({ ...module, mod, zip });
}

/**
 * A toolchain's line of the lock, once its file is fetched.
 * @param zip what was made of it, where that is another one
 */
export function lockedToolchain(
  toolchain: DraftToolchain,
  file: ObjectId,
  zip: ObjectId | undefined,
): LockedToolchain {
  return canonicalToolchain({ ...toolchain, file, zip });
}

/**
 * The part of a lock that makes one kit: this kit, its toolchains and its modules, in the lock's one order, so that a
 * lock just made gives the same kit as the lock that is read back.
 */
export function lockPartOf(lock: Lock, kitName: string): Lock {
  const kit = Object.hasOwn(lock.kits, kitName) ? lock.kits[kitName] : undefined;
  const versions = new Set(Object.values(kit?.go ?? {}));
  const arches = new Set<string>(kit?.arch ?? []);
  const carried = carriedBy(kit?.inputs ?? []);
  const modules = lock.modules.flatMap((module) => cutTo(module, carried.get(keyOf(module))));
  const { notCovered, ...database } = lock.checksumDatabase;
  const privatePaths = modules.filter((one) => one.record === undefined).map((one) => one.path);
  return canonicalLock({
    ...lock,
    checksumDatabase: {
      ...database,
      notCovered: notCovered.filter((pattern) =>
        privatePaths.some((path) => matchesPrefixPatterns([pattern], path)),
      ),
    },
    toolchains: lock.toolchains.filter((one) => versions.has(one.version) && arches.has(one.arch)),
    modules,
    kits: kit === undefined ? {} : { [kitName]: kit },
  });
}

/** How much of a version is carried: with zip and .info, with .info, or its go.mod alone. */
export type Carried = "whole" | "listed" | "mod";

/** How much of each version these inputs need, by `path@version`; the most counts. */
export function carriedBy(
  inputs: readonly Pick<LockedInput, "modules" | "listed" | "graph">[],
): ReadonlyMap<string, Carried> {
  const carried = new Map<string, Carried>();
  // Each pass overrides what an earlier one said.
  for (const { graph } of inputs) for (const key of graph) carried.set(key, "mod");
  for (const { listed } of inputs) for (const key of listed) carried.set(key, "listed");
  for (const { modules } of inputs) for (const key of modules) carried.set(key, "whole");
  return carried;
}

/** What one kit carries whole, another may need less of. */
function cutTo(module: LockedModule, carried: Carried | undefined): LockedModule[] {
  if (carried === undefined) return [];
  if (carried === "whole") return [module];
  const { zip: _zip, time, record, h1, ...rest } = module;
  // Of a private version the h1 is known by its zip only.
  const vouched = record === undefined ? {} : { record, h1 };
  return [
    canonicalModule({
      ...rest,
      record: undefined,
      h1: undefined,
      zip: undefined,
      ...vouched,
      time: carried === "listed" ? time : undefined,
    }),
  ];
}
