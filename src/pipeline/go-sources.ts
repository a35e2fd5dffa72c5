import { resolve } from "node:path";

import { createArchiveSource } from "../golang/archives/archive-source.js";
import { fetchReleaseIndex } from "../golang/archives/fetch-release-index.js";
import { readTrustedKeys } from "../golang/archives/trusted-keys.js";
import type { GoSource, GoSourceKind } from "../golang/go-source.js";
import { defaults, type Manifest } from "../manifest/schema.js";
import type { Upstream } from "../modules/upstream.js";
import type { RunContext } from "./context.js";
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

export function openGoSources(
  context: RunContext,
  sources: Manifest["sources"],
  { module, upstreamOf }: GoUpstreams,
): GoSources {
  const named = sources.go.filter(isAddress);
  // A lock may name archives where the manifest does not.
  const addresses = named.length > 0 ? named : defaults.go.filter(isAddress);
  const archive = openArchives(context, sources, addresses, upstreamOf);
  const of = (kind: GoSourceKind): GoSource => (kind === "module" ? module : archive);
  const kinds = sources.go.map((source) => (isAddress(source) ? "archive" : "module"));
  return { order: [...new Set(kinds)].map(of), of };
}

function isAddress(source: string): boolean {
  return source !== "module";
}

function openArchives(
  context: RunContext,
  { archiveKeys }: Manifest["sources"],
  addresses: readonly string[],
  upstreamOf: GoUpstreams["upstreamOf"],
): GoSource {
  const { store, hashPool, convert, traffic, emit, paths } = context;
  const bases = addresses.map((address) => ({ address, upstream: upstreamOf([address]) }));
  const keyFiles = (): string[] => [
    context.airgo.googleKey,
    ...(archiveKeys === undefined ? [] : [resolve(paths.folder, archiveKeys.slice("file:".length))]),
  ];
  return createArchiveSource({
    store,
    hashPool,
    convert,
    upstream: upstreamOf(addresses),
    index: memo(() =>
      fetchReleaseIndex(bases, (base, reason) =>
        emit({ type: "note", stage: "resolve", text: `${base} has no index of Go's releases: ${reason}` }),
      ),
    ),
    keys: memo(() => readTrustedKeys(keyFiles())),
    traffic,
    onConversion: (name) =>
      emit({ type: "note", stage: "fetch", text: `making the toolchain module's zip of ${name}` }),
    onWarning: (text) => emit({ type: "warning", stage: "fetch", text }),
  });
}
