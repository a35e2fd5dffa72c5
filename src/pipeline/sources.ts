import type { ChecksumDbClient } from "../checksumdb/client.js";
import { toolchainPath } from "../golang/go-source.js";
import { createToolchainModuleSource } from "../golang/toolchain-module.js";
import type { Lock } from "../lock/schema.js";
import type { Manifest } from "../manifest/schema.js";
import { createModuleFiles } from "../modules/create-module-files.js";
import type { ProxyEntry } from "../modules/goproxy.js";
import type { ModuleFiles } from "../modules/module-files.js";
import { matchesPrefixPatterns } from "../modules/private-patterns.js";
import type { Upstream } from "../modules/upstream.js";
import type { RunContext } from "./context.js";
import { openDatabase } from "./database-source.js";
import { databaseOf, type Database } from "./database.js";
import { proxiesOfGoEnv } from "./go-env.js";
import { openGoSources, type GoSources } from "./go-sources.js";
import { memo } from "./memo.js";
import { storeAsSource } from "./offline.js";
import { checkedUpstream, privateNames } from "./private-names.js";
import { openPrivateSource } from "./private-source.js";
import { isProxyUnset, proxyLists } from "./proxy-lists.js";
import { upstreamsOf } from "./upstreams.js";

/** The places that a run fetches from. Nothing is asked before something is needed. */
export interface Sources {
  readonly files: ModuleFiles;
  readonly go: GoSources;
  readonly database: Database;
  readonly databaseClient: ChecksumDbClient;
  /** An answer of the checksum database as it is, for go itself; undefined for "no such thing". */
  readonly databaseAnswer: (path: string) => Promise<Buffer | undefined>;
  /** True for a module that comes from a private source: it is in no checksum database. */
  readonly isPrivate: (modulePath: string) => boolean;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** @param lock the one there is, current or not: what it has need not be asked for */
export async function openSources(context: RunContext, manifest: Manifest, lock?: Lock): Promise<Sources> {
  if (context.isOffline) return storeAsSource(context, manifest);
  const { store, hashPool, traffic } = context;
  const http = await context.createHttp();
  const lists = proxyLists(context, http, manifest.sources);
  const configured = memo(() => lists.configured());
  const upstreamOver = upstreamsOf(context);

  const privateSources = manifest.sources.private.map((spec) => openPrivateSource(context, spec));
  const privateUpstreams = privateSources.map(({ match, client, proxies }) => ({
    match,
    upstream: upstreamOver(client, proxies),
  }));
  /** The first whose pattern matches; Go itself is never private, however wide a pattern is. */
  const privateUpstreamOf = (path: string): Upstream | undefined =>
    path === toolchainPath
      ? undefined
      : privateUpstreams.find(({ match }) => matchesPrefixPatterns(match, path))?.upstream;
  const isPrivate = (path: string): boolean => privateUpstreamOf(path) !== undefined;
  const names = privateNames(context, manifest.sources);

  const upstream = upstreamOver(http, memo(proxies));
  // Where nobody says a proxy, the module is no source of Go: another source's Go knows which proxy to ask.
  const toolchainUpstream = upstreamOver(http, configured);
  const publicUpstreamOf = (path: string): Upstream =>
    path === toolchainPath ? toolchainUpstream : checkedUpstream(upstream, () => names.checkProxies(path));
  const upstreamOf = (path: string): Upstream => privateUpstreamOf(path) ?? publicUpstreamOf(path);
  const files = createModuleFiles({ store, upstreamOf, hashPool, isPrivate, traffic });

  const database = databaseOf(manifest.sources);
  const { client: databaseClient, answer: databaseAnswer } = openDatabase(context, database, {
    http,
    proxies: configured,
    isPrivate,
    checkName: async (path) => (path === toolchainPath ? undefined : names.checkDatabase(path)),
  });
  const go = await openGoSources(context, manifest.sources, {
    module: createToolchainModuleSource(files, toolchainUpstream),
    upstreamOf: (addresses) =>
      upstreamOver(
        http,
        memo(() => lists.anyOf(addresses)),
      ),
  });

  /**
   * Those of somebody's configuration, else those that Go itself would ask. The latter come by way of an archive and the
   * database, both of which need `configured` alone: so neither waits for this.
   */
  async function proxies(): Promise<ProxyEntry[]> {
    try {
      return await configured();
    } catch (error) {
      const archive = go.order.find(({ kind }) => kind === "archive");
      if (!isProxyUnset(error) || archive === undefined) throw error;
      return lists.ordered(await proxiesOfGoEnv({ context, archive, databaseClient, lock }, manifest));
    }
  }

  return {
    files,
    go,
    database,
    databaseClient,
    databaseAnswer,
    isPrivate,
    close: async () => {
      await Promise.all([http, ...privateSources.map(({ client }) => client)].map((one) => one.close()));
    },
  };
}
