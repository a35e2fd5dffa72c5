import type { OnBytes } from "../transfer/download/download.js";
import type { ObjectId, Store } from "../store/store.js";
import { escapePath, escapeVersion } from "./escape.js";
import type { HashPool } from "./hash-pool.js";
import type { VersionInfo } from "./info.js";
import type { ModuleVersion } from "./module-version.js";
import type { Traffic } from "./traffic.js";
import type { Upstream } from "./upstream.js";

/** The files of module versions, from the store or from upstream; what two callers ask for is fetched once. */
export interface ModuleFiles {
  /** The version's time, as the store or a proxy says it. */
  info(module: ModuleVersion): Promise<VersionInfo>;
  /**
   * go.mod bytes, for reading. They prove nothing until `keepMod` has checked them.
   * @param likelyH1 what a go.sum says of it: a source that serves these bytes is preferred to one that does not
   */
  readMod(module: ModuleVersion, likelyH1?: string): Promise<Buffer>;
  /**
   * Makes sure that the store has the go.mod; `readMod` gives this one from then on.
   * @throws AIRGO_CHECKSUM_MISMATCH unless it has that `h1:`
   */
  keepMod(module: ModuleVersion, goModH1: string): Promise<ObjectId>;
  /**
   * The zip as an object of the store, checked against its `h1:` and, where it is locked, its SHA-256.
   * @throws AIRGO_CHECKSUM_MISMATCH, AIRGO_ZIP_INVALID, and what upstreams throw
   */
  keepZip(module: ModuleVersion, h1: string, options?: ZipOptions): Promise<ObjectId>;
  /** The zip of a version that nothing vouches for yet, as its source serves it, with the `h1:` that it has. */
  pinZip(module: ModuleVersion): Promise<KeptZip>;
  /** Any other answer of the proxy for a module path: `@v/list`, `@latest`. */
  raw(path: string, tail: string): Promise<Buffer>;
}

/** A module zip in the store, with the `h1:` that it was found to have. */
export interface KeptZip {
  readonly id: ObjectId;
  readonly h1: string;
}

export interface ZipOptions {
  readonly locked?: ObjectId | undefined;
  /** True when the caller looks into the zip whenever it uses it: then one that the store has is not looked into here. */
  readonly isInspectedByCaller?: boolean;
  readonly onBytes?: OnBytes | undefined;
}

export interface ModuleFilesOptions {
  readonly store: Store;
  /** Where a module comes from: private ones have proxies of their own. */
  readonly upstreamOf: (modulePath: string) => Upstream;
  readonly hashPool: HashPool;
  /**
   * True for a version that no checksum database covers. What the store holds by its name is no answer for it: that may
   * have come from anywhere, and nothing would tell.
   */
  readonly isPrivate: (modulePath: string) => boolean;
  readonly traffic: Pick<Traffic, "hit">;
}

/** The path of a version's file below a proxy's base, escaped. `kind` is `info`, `mod` or `zip`. */
export function filePath(module: ModuleVersion, kind: "info" | "mod" | "zip"): string {
  return `${escapePath(module.path)}/@v/${escapeVersion(module.version)}.${kind}`;
}
