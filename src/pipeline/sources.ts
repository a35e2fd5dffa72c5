import { createChecksumDbClient, type ChecksumDbClient } from "../checksumdb/client.js";
import { toolchainPath, type GoSource } from "../golang/go-source.js";
import { createToolchainModuleSource } from "../golang/toolchain-module.js";
import type { Manifest } from "../manifest/schema.js";
import { askProxies } from "../modules/goproxy.js";
import { createModuleFiles } from "../modules/create-module-files.js";
import type { ModuleFiles } from "../modules/module-files.js";
import { matchesPrefixPatterns } from "../modules/private-patterns.js";
import { lookedUp } from "../modules/proxy-request.js";
import { proxySetting } from "../modules/proxy-setting.js";
import { createUpstream, type Upstream } from "../modules/upstream.js";
import { fetchBytes } from "../store/download.js";
import type { HttpClient } from "../store/http.js";
import { withRetry } from "../store/retry.js";
import { isUnobtainable } from "../support/absence.js";
import type { RunContext } from "./context.js";
import { databaseOf, type Database } from "./database.js";
import { memo } from "./memo.js";
import { storeAsSource } from "./offline.js";
import { checkedUpstream, privateNames } from "./private-names.js";
import { openPrivateSource } from "./private-source.js";
import { tileCache } from "./tile-cache.js";

/** The places that a run fetches from. Nothing is asked before something is needed. */
export interface Sources {
  readonly files: ModuleFiles;
  readonly go: GoSource;
  readonly database: Database;
  readonly databaseClient: ChecksumDbClient;
  /** An answer of the checksum database as it is, for go itself; undefined for "no such thing". */
  readonly databaseAnswer: (path: string) => Promise<Buffer | undefined>;
  /** True for a module that comes from a private source: it is in no checksum database. */
  readonly isPrivate: (modulePath: string) => boolean;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/**
 * Requests at the same time: they wait for answers, not for this machine. Small files and zips have places of their
 * own, because go waits for the small ones.
 */
const atOnce = { small: 20, zips: 10, database: 16 } as const;
/** The largest answer of a checksum database: a tile is 8 kB, a lookup far less. Bytes. */
const maxDatabaseAnswer = 1 << 20;

export async function openSources(context: RunContext, manifest: Manifest): Promise<Sources> {
  if (context.isOffline === true) return storeAsSource(context, manifest);
  const { store, hashPool, signal, delay, now, traffic } = context;
  const http = await context.createHttp();
  const proxies = memo(() =>
    proxySetting(manifest.sources.proxy, context.env, context.run, context.paths.folder),
  );
  const onSetAside = (base: string, reason: string): void =>
    context.emit({ type: "warning", stage: "fetch", text: `${base} is not asked any more: ${reason}` });
  const upstreamOver = (client: HttpClient, its: typeof proxies): Upstream =>
    createUpstream({ http: client, store, proxies: its, signal, delay, atOnce, traffic, now, onSetAside });
  const upstream = upstreamOver(http, proxies);
  const privateSources = manifest.sources.private.map((spec) => openPrivateSource(context, spec));
  const privateUpstreams = privateSources.map(({ match, client, proxies: its }) => ({
    match,
    upstream: upstreamOver(client, its),
  }));
  /** The first whose pattern matches; Go itself is never private, however wide a pattern is. */
  const privateUpstreamOf = (path: string): Upstream | undefined =>
    path === toolchainPath
      ? undefined
      : privateUpstreams.find(({ match }) => matchesPrefixPatterns(match, path))?.upstream;
  const isPrivate = (path: string): boolean => privateUpstreamOf(path) !== undefined;
  const names = privateNames(context, manifest.sources);
  const publicUpstreamOf = (path: string): Upstream =>
    path === toolchainPath ? upstream : checkedUpstream(upstream, () => names.checkProxies(path));
  const upstreamOf = (path: string): Upstream => privateUpstreamOf(path) ?? publicUpstreamOf(path);
  const files = createModuleFiles({ store, upstreamOf, hashPool, isPrivate, traffic });
  const database = databaseOf(manifest.sources);

  const fetch = async (url: string): Promise<Buffer | undefined> => {
    const started = now();
    let bytes = 0;
    const onBytes = (part: number): void => void (bytes += part);
    try {
      return await withRetry(() => fetchBytes(http, url, { maxBytes: maxDatabaseAnswer, signal, onBytes }), {
        delay,
        now,
      });
    } finally {
      traffic.miss("checksum database", bytes, now() - started);
    }
  };

  /** As Go finds it (https://go.dev/ref/mod#checksum-database): the first proxy that mirrors it, else itself. */
  const databaseBase = memo(async () =>
    askProxies(await proxies(), database.name, async (proxy) => {
      const base = `${proxy}/sumdb/${database.name}`;
      return (await fetch(`${base}/supported`)) === undefined ? undefined : base;
    }).catch((error: unknown) => {
      if (isUnobtainable(error)) return database.address;
      throw error;
    }),
  );
  /** Whatever is looked up in the database is looked up here: a private name goes no further. */
  const databaseAnswer = async (path: string): Promise<Buffer | undefined> => {
    if (path.startsWith("lookup/")) {
      const module = lookedUp(path);
      if (module === undefined || isPrivate(module.path)) return undefined;
      if (module.path !== toolchainPath) await names.checkDatabase(module.path);
    }
    return fetch(`${await databaseBase()}/${path}`);
  };

  return {
    files,
    go: createToolchainModuleSource(files, upstream),
    database,
    databaseClient: createChecksumDbClient({
      name: database.name,
      verifierKey: database.key,
      fetchPath: databaseAnswer,
      limit: atOnce.database,
      tileCache: tileCache(context, database.name),
    }),
    databaseAnswer,
    isPrivate,
    close: async () => {
      await Promise.all([http, ...privateSources.map(({ client }) => client)].map((one) => one.close()));
    },
  };
}
