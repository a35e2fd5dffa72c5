import type { LockedModule } from "../lock/schema.js";
import { escapePath } from "../modules/escape.js";
import { canonicalInfo } from "../modules/info.js";
import { filePath } from "../modules/module-files.js";
import { compareModuleVersions } from "../modules/semver.js";
import type { ObjectId } from "../store/store.js";

/** The files of a kit's GOPROXY tree, below `proxy/`: objects of the store, and texts made here. */
export interface ProxyTree {
  readonly objects: ReadonlyMap<string, ObjectId>;
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Lays out modules as a module proxy serves them (https://go.dev/ref/mod#goproxy-protocol). A `list` names exactly
 * the versions that are there whole: one that named more would send `@latest` to a version that cannot be had.
 */
export function proxyTree(modules: readonly LockedModule[]): ProxyTree {
  const objects = new Map<string, ObjectId>();
  const texts = new Map<string, string>();
  const versions = new Map<string, string[]>();
  for (const module of modules) {
    objects.set(filePath(module, "mod"), module.mod);
    if (module.zip === undefined) continue;
    objects.set(filePath(module, "zip"), module.zip);
    texts.set(filePath(module, "info"), canonicalInfo(module));
    versions.set(module.path, [...(versions.get(module.path) ?? []), module.version]);
  }
  for (const [path, whole] of versions) {
    texts.set(`${escapePath(path)}/@v/list`, `${whole.sort(compareModuleVersions).join("\n")}\n`);
  }
  return { objects, texts };
}
