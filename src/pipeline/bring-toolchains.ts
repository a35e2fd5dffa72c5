import {
  nameOf,
  type GoSourceKind,
  type KeptToolchain,
  type LockedFiles,
  type Toolchain,
} from "../golang/go-source.js";
import type { Lock } from "../lock/schema.js";
import { progressOf, type RunContext } from "./context.js";
import type { Sources } from "./sources.js";

/** Where a toolchain comes from, and what a lock pins there. */
export interface SourcePlan {
  readonly kind: GoSourceKind;
  readonly locked: LockedFiles | undefined;
}

/** Brings toolchains while the lock moves; whoever needs one gets it by the same plan, so that it is fetched once. */
export interface Bringing {
  plan(toolchain: Toolchain, h1: string): SourcePlan;
  bring(toolchain: Toolchain, h1: string): Promise<KeptToolchain>;
}

/**
 * @param old the lock that is moved
 * @param chosen the source of each version that was chosen anew
 */
export function bringing(
  { context, sources }: { readonly context: RunContext; readonly sources: Sources },
  old: Lock | undefined,
  chosen: ReadonlyMap<string, GoSourceKind>,
): Bringing {
  const kinds = sources.go.order.map(({ kind }) => kind);
  const plan = ({ version, arch }: Toolchain, h1: string): SourcePlan =>
    planSource({ version, arch, h1 }, { toolchains: old?.toolchains ?? [], kinds, chosen });
  return {
    plan,
    bring(toolchain, h1) {
      const { kind, locked } = plan(toolchain, h1);
      const onBytes = progressOf(context.emit, "resolve", nameOf(toolchain), locked?.file.size);
      return sources.go.of(kind).keep(toolchain, h1, { locked, onBytes });
    },
  };
}

export interface KnownSources {
  readonly toolchains: Lock["toolchains"];
  /** Of the manifest, first choice first. */
  readonly kinds: readonly GoSourceKind[];
  readonly chosen: ReadonlyMap<string, GoSourceKind>;
}

/**
 * What a lock has stays as it is, as long as the manifest still names that kind of source: another one would give the
 * same tree in other bytes, and so another kit for no reason.
 */
export function planSource(
  { version, arch, h1 }: Toolchain & { readonly h1: string },
  { toolchains, kinds, chosen }: KnownSources,
): SourcePlan {
  const isUsable = (one: Lock["toolchains"][number]): boolean => {
    const isWanted = kinds.includes(one.source) || !chosen.has(version);
    return one.version === version && isWanted;
  };
  const locked = toolchains.find((one) => one.arch === arch && one.h1 === h1 && isUsable(one));
  if (locked !== undefined) return { kind: locked.source, locked: { file: locked.file, zip: locked.zip } };
  const kind = toolchains.find(isUsable)?.source ?? chosen.get(version) ?? kinds[0] ?? "module";
  return { kind, locked: undefined };
}
