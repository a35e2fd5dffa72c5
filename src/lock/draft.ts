import type { ObjectId } from "../store/store.js";
import { keyOf, type ModuleVersion } from "../modules/module-version.js";
import { canonicalLock, canonicalModule, canonicalToolchain } from "./canonical.js";
import type { Lock, LockedModule, LockedToolchain } from "./schema.js";

/** What the checksum database says of a module version. */
export interface DatabaseRecord {
  readonly h1: string;
  readonly goModH1: string;
  /** The record's number in the log. */
  readonly record: number;
}

/** A toolchain as resolving knows it: the digest of its zip is known once it was fetched, or from an earlier lock. */
export type DraftToolchain = Omit<LockedToolchain, "zip"> & { readonly zip: ObjectId | undefined };

/** A module version as resolving knows it. */
export type DraftModule = ModuleVersion &
  DatabaseRecord & {
    /** Carried with .info and .zip; otherwise its go.mod only. */
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
    modules: lock.modules.map((module) => ({
      ...module,
      whole: module.zip !== undefined,
      time: module.time,
      zip: module.zip,
    })),
  };
}

/** A module's line of the lock, once its files are fetched. */
export function lockedModule(module: DraftModule, mod: ObjectId, zip: ObjectId | undefined): LockedModule {
  return canonicalModule({ ...module, mod, zip, time: zip === undefined ? undefined : module.time });
}

/** A toolchain's line of the lock, once its zip is fetched. */
export function lockedToolchain(toolchain: DraftToolchain, zip: ObjectId): LockedToolchain {
  return canonicalToolchain({ ...toolchain, zip });
}

/**
 * The part of a lock that makes one kit: this kit, its toolchains and its modules, in the lock's one order, so that a
 * lock just made gives the same kit as the lock that is read back.
 */
export function lockPartOf(lock: Lock, kitName: string): Lock {
  const kit = Object.hasOwn(lock.kits, kitName) ? lock.kits[kitName] : undefined;
  const versions = new Set(Object.values(kit?.go ?? {}));
  const arches = new Set<string>(kit?.arch ?? []);
  const whole = new Set((kit?.inputs ?? []).flatMap((input) => input.modules));
  const graph = new Set((kit?.inputs ?? []).flatMap((input) => input.graph));
  return canonicalLock({
    ...lock,
    toolchains: lock.toolchains.filter((one) => versions.has(one.version) && arches.has(one.arch)),
    modules: lock.modules
      .filter((one) => whole.has(keyOf(one)) || graph.has(keyOf(one)))
      .map((one) => (whole.has(keyOf(one)) ? one : withoutZip(one))),
    kits: kit === undefined ? {} : { [kitName]: kit },
  });
}

/** What one kit carries whole, another may need the go.mod of only. */
function withoutZip({ zip: _zip, time: _time, ...module }: LockedModule): LockedModule {
  return module;
}
