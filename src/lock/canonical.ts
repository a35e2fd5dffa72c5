import { byBytes, sortedBy } from "../support/order.js";
import type { Lock, LockedInput, LockedKit, LockedModule, LockedToolchain } from "./schema.js";

/**
 * The one order of a lock: keys as in its schema, lists by the bytes of what names their items. Two locks that say the
 * same are equal in it, whoever made them in whatever order.
 */
export function canonicalLock(lock: Lock): Lock {
  const { name, key, head, earlier, notCovered } = lock.checksumDatabase;
  return {
    version: lock.version,
    serial: lock.serial,
    checksumDatabase: {
      name,
      key,
      head,
      earlier: [...earlier].sort((a, b) => b - a),
      notCovered: [...notCovered].sort(byBytes),
    },
    toolchains: sortedBy(lock.toolchains, (one) => `${one.version} ${one.arch}`).map(canonicalToolchain),
    modules: sortedBy(lock.modules, (one) => `${one.path} ${one.version}`).map(canonicalModule),
    kits: sortedRecord(lock.kits, canonicalKit),
  };
}

/** A toolchain whose optional part may also be there as undefined. */
type LooseToolchain = Omit<LockedToolchain, "zip"> & { readonly zip?: LockedToolchain["file"] | undefined };

/** One toolchain with its fields in their order, and no others. */
export function canonicalToolchain(toolchain: LooseToolchain): LockedToolchain {
  const { version, arch, source, h1, goModH1, record, file, zip } = toolchain;
  return {
    version,
    arch,
    source,
    h1,
    goModH1,
    record,
    file: canonicalObject(file),
    ...(zip === undefined ? {} : { zip: canonicalObject(zip) }),
  };
}

/** A module whose optional parts may also be there as undefined. */
type LooseModule = { readonly [K in keyof LockedModule]: LockedModule[K] | undefined } & Pick<
  LockedModule,
  "path" | "version" | "goModH1" | "mod"
>;

/** One module with its fields in their order, and no others. */
export function canonicalModule(module: LooseModule): LockedModule {
  const { path, version, h1, goModH1, record, mod, zip, time } = module;
  return {
    path,
    version,
    ...(h1 === undefined ? {} : { h1 }),
    goModH1,
    ...(record === undefined ? {} : { record }),
    mod: canonicalObject(mod),
    ...(zip === undefined ? {} : { zip: canonicalObject(zip) }),
    ...(time === undefined ? {} : { time }),
  };
}

function canonicalObject({ sha256, size }: LockedToolchain["file"]): LockedToolchain["file"] {
  return { sha256, size };
}

function canonicalKit(kit: LockedKit): LockedKit {
  return {
    go: sortedRecord(kit.go, (version) => version),
    arch: [...kit.arch].sort(byBytes),
    inputs: sortedBy(kit.inputs, (input) => input.name).map(canonicalInput),
  };
}

function canonicalInput({ name, scope, files, modules, listed, graph }: LockedInput): LockedInput {
  return {
    name,
    scope,
    files: sortedRecord(files, (digest) => digest),
    modules: [...modules].sort(byBytes),
    listed: [...listed].sort(byBytes),
    graph: [...graph].sort(byBytes),
  };
}

function sortedRecord<T>(record: Readonly<Record<string, T>>, each: (value: T) => T): Record<string, T> {
  return Object.fromEntries(
    sortedBy(Object.entries(record), ([key]) => key).map(([key, value]) => [key, each(value)]),
  );
}
