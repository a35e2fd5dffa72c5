import type { Carried } from "../lock/draft.js";
import type { LockedModule } from "../lock/schema.js";
import { escapePath } from "../modules/escape.js";
import { canonicalInfo } from "../modules/info.js";
import { filePath } from "../modules/module-files.js";
import { keyOf } from "../modules/module-version.js";
import { compareModuleVersions } from "../modules/semver.js";
import type { ObjectId } from "../store/store.js";

/** The files of a kit's GOPROXY tree, below `proxy/`. */
export interface ProxyTree {
  /** Objects of the store. */
  readonly zips: ReadonlyMap<string, ObjectId>;
  readonly mods: ReadonlyMap<string, LockedModule>;
  /** Made here. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Lays out modules as a module proxy serves them (https://go.dev/ref/mod#goproxy-protocol). A `list` names exactly
 * the versions that are there whole: one that named more would send `@latest` to a version that cannot be had.
 * @param carried how much of each version the kit's inputs need
 */
export function proxyTree(
  modules: readonly LockedModule[],
  carried: ReadonlyMap<string, Carried>,
): ProxyTree {
  const zips = new Map<string, ObjectId>();
  const mods = new Map<string, LockedModule>();
  const texts = new Map<string, string>();
  const versions = new Map<string, string[]>();
  for (const module of modules) {
    mods.set(filePath(module, "mod"), module);
    if (carried.get(keyOf(module)) === "mod") continue;
    texts.set(filePath(module, "info"), canonicalInfo(module));
    if (module.zip === undefined) continue;
    zips.set(filePath(module, "zip"), module.zip);
    versions.set(module.path, [...(versions.get(module.path) ?? []), module.version]);
  }
  for (const [path, whole] of versions) {
    texts.set(`${escapePath(path)}/@v/list`, `${whole.sort(compareModuleVersions).join("\n")}\n`);
  }
  return { zips, mods, texts };
}
