import { keyOf } from "../modules/module-version.js";
import { matchesPrefixPatterns } from "../modules/private-patterns.js";
import type { Lock, LockedInput } from "./schema.js";

/**
 * Says where a lock contradicts itself, one sentence each: what a careless merge leaves. A kit built from such a lock
 * would lack something without a word.
 */
export function contradictionsOf(lock: Lock): string[] {
  const toolchains = lock.toolchains.map((one) => `go${one.version} for ${one.arch}`);
  const modules = new Map(lock.modules.map((one) => [keyOf(one), one]));
  const found = repeated([...toolchains, ...lock.modules.map(keyOf)]).map((name) => `${name} is there twice`);
  for (const module of lock.modules) {
    const isVouched = module.h1 !== undefined || (module.zip === undefined && module.record === undefined);
    if (!isVouched) found.push(`${keyOf(module)} has no h1`);
    // Without a record nothing is looked up for a module: only a pattern of the manifest may say so.
    const isPrivate = matchesPrefixPatterns(lock.checksumDatabase.notCovered, module.path);
    if (module.record === undefined && !isPrivate)
      found.push(`${keyOf(module)} has no record, and no pattern makes it private`);
  }
  for (const [name, kit] of Object.entries(lock.kits)) {
    const wanted = Object.values(kit.go).flatMap((version) =>
      kit.arch.map((arch) => `go${version} for ${arch}`),
    );
    const missing = [
      ...wanted.filter((toolchain) => !toolchains.includes(toolchain)),
      ...kit.inputs.flatMap((input) => missingModules(input, modules)),
    ];
    found.push(...new Set(missing.map((what) => `kit ${name} needs ${what}, which is not there`)));
  }
  return found;
}

function missingModules(input: LockedInput, modules: ReadonlyMap<string, Lock["modules"][number]>): string[] {
  return [
    ...input.modules.filter((key) => modules.get(key)?.zip === undefined).map((key) => `${key} whole`),
    ...[...input.listed, ...input.graph]
      .filter((key) => !modules.has(key))
      .map((key) => `the go.mod of ${key}`),
  ];
}

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) (seen.has(name) ? twice : seen).add(name);
  return [...twice];
}
