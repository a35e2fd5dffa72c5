import type { ModuleVersion } from "../modules/module-version.js";
import type { OnBytes } from "../transfer/download/download.js";
import type { ObjectId } from "../store/store.js";

/** The architectures of the hosts that kits are for, by Go's names; the system is always linux. */
export const architectures = ["amd64", "arm64"] as const;
export type Architecture = (typeof architectures)[number];

/** A Go release for one architecture. */
export interface Toolchain {
  /** Without `go`: `1.27.3`. */
  readonly version: string;
  readonly arch: Architecture;
}

/** What the lock calls the kinds of places that Go comes from: the module golang.org/toolchain, official archives. */
export const goSourceKinds = ["module", "archive"] as const;
export type GoSourceKind = (typeof goSourceKinds)[number];

/** A toolchain in the store. */
export interface KeptToolchain {
  /** What the source served: the lock pins it. */
  readonly file: ObjectId;
  /** The toolchain as the module's zip, which everything is made from: the same, or made of it. */
  readonly zip: ObjectId;
}

/** What a lock pins of a toolchain. */
export interface LockedFiles {
  readonly file: ObjectId;
  /** What was made of the file, where that is another one. */
  readonly zip: ObjectId | undefined;
}

export interface KeepOptions {
  readonly locked?: LockedFiles | undefined;
  readonly onBytes?: OnBytes | undefined;
}

/** One kind of place that Go releases come from. Whatever it is, the tree's `h1:` in the checksum database decides. */
export interface GoSource {
  readonly kind: GoSourceKind;
  /** Every release it names, with the architectures it names it for. May name what it cannot serve yet. */
  versions(): Promise<ReadonlyMap<string, ReadonlySet<Architecture>>>;
  /** True when it really serves that one. */
  has(toolchain: Toolchain): Promise<boolean>;
  /**
   * Brings it into the store, checked against `h1` and, where it is locked, the SHA-256 of what is served.
   * @throws AIRGO_CHECKSUM_MISMATCH, AIRGO_LOCK_DRIFT when something else is made of it than the lock says, and what
   *   upstreams throw
   */
  keep(toolchain: Toolchain, h1: string, options: KeepOptions): Promise<KeptToolchain>;
}

/** `go1.27.3 for linux-arm64`, for messages. */
export function nameOf(toolchain: Toolchain): string {
  return `go${toolchain.version} for linux-${toolchain.arch}`;
}

/** The module whose versions are Go's own releases. */
export const toolchainPath = "golang.org/toolchain";

/**
 * The module that the checksum database knows a toolchain by (https://go.dev/doc/toolchain). Its files are named
 * below `<path>@<version>/`.
 */
export function toolchainModule(toolchain: Toolchain): ModuleVersion {
  return { path: toolchainPath, version: `v0.0.1-go${toolchain.version}.linux-${toolchain.arch}` };
}
