import { resolve } from "node:path";

import { createArchiveSource } from "../golang/archives/archive-source.js";
import { fetchReleaseIndex } from "../golang/archives/fetch-release-index.js";
import { readTrustedKeys } from "../golang/archives/trusted-keys.js";
import type { GoSource, GoSourceKind } from "../golang/go-source.js";
import { defaults, type Manifest } from "../manifest/schema.js";
import type { Upstream } from "../modules/upstream.js";
import { progressOf, type RunContext } from "./context.js";
import { memo } from "./memo.js";

/** The places that Go itself comes from. */
export interface GoSources {
  /** Those of the manifest: releases are chosen from the first that does. */
  readonly order: readonly GoSource[];
  /** Any, by what a lock calls it: the manifest's order is for choosing only. */
  of(kind: GoSourceKind): GoSource;
}

export interface GoUpstreams {
  /** The golang.org/toolchain module, from the module proxies. */
  readonly module: GoSource;
  /** Asks any of these addresses for what lies below them. */
  readonly upstreamOf: (addresses: readonly string[]) => Upstream;
}

/** @throws AIRGO_KEY_UNREADABLE for keys of the manifest's, whether or not they are needed in this run */
export async function openGoSources(
  context: RunContext,
  sources: Manifest["sources"],
  { module, upstreamOf }: GoUpstreams,
): Promise<GoSources> {
  const named = sources.go.filter(isAddress);
  // A lock may name archives where the manifest does not.
  const addresses = named.length > 0 ? named : defaults.go.filter(isAddress);
  const keys = memo(() => readTrustedKeys(keyFiles(context, sources)));
  // A mistake in the manifest is told at once, not in the night when an archive is fetched.
  if (sources.archiveKeys !== undefined) await keys();
  const archive = openArchives(context, addresses, upstreamOf, keys);
  const of = (kind: GoSourceKind): GoSource => (kind === "module" ? module : archive);
  const kinds = sources.go.map((source) => (isAddress(source) ? "archive" : "module"));
  return { order: [...new Set(kinds)].map(of), of };
}

function isAddress(source: string): boolean {
  return source !== "module";
}

function keyFiles({ airgo, paths }: RunContext, { archiveKeys }: Manifest["sources"]): string[] {
  const own = archiveKeys === undefined ? [] : [resolve(paths.folder, archiveKeys.slice("file:".length))];
  return [airgo.googleKey, ...own];
}

function openArchives(
  context: RunContext,
  addresses: readonly string[],
  upstreamOf: GoUpstreams["upstreamOf"],
  keys: () => Promise<readonly string[]>,
): GoSource {
  const { store, hashPool, convert, traffic, emit } = context;
  const bases = addresses.map((address) => ({ address, upstream: upstreamOf([address]) }));
  const note = (text: string): void => emit({ type: "note", stage: "resolve", text });
  return createArchiveSource({
    store,
    hashPool,
    convert,
    upstream: upstreamOf(addresses),
    index: memo(() => {
      // It may be the second choice only, and take long where it cannot be reached.
      note(`asking for Go's releases: ${addresses.join(", ")}`);
      return fetchReleaseIndex(bases, (base, reason) =>
        note(`no index of Go's releases from ${base}: ${reason}`),
      );
    }),
    keys,
    traffic,
    onConversion: (name, size) => progressOf(emit, "fetch", `converting ${name}`, size),
    onWarning: (text) => emit({ type: "warning", stage: "fetch", text }),
  });
}
