import { createChecksumDbClient, type ChecksumDbClient } from "../checksumdb/client.js";
import type { GoSource } from "../golang/go-source.js";
import { createToolchainModuleSource } from "../golang/toolchain-module.js";
import type { Manifest } from "../manifest/schema.js";
import { createModuleFiles, type ModuleFiles } from "../modules/module-files.js";
import { proxySetting } from "../modules/proxy-setting.js";
import { createUpstream } from "../modules/upstream.js";
import { fetchBytes } from "../store/download.js";
import { withRetry } from "../store/retry.js";
import type { RunContext } from "./context.js";
import { databaseOf, type Database } from "./database.js";

/** The places that a run fetches from. Nothing is asked before something is needed. */
export interface Sources {
  readonly files: ModuleFiles;
  readonly go: GoSource;
  readonly database: Database;
  readonly databaseClient: ChecksumDbClient;
  /** Bytes received so far. */
  downloadedBytes(): number;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** Requests at the same time: they wait for answers, not for this machine. */
const concurrency = 24;
/** The largest answer of a checksum database: a tile is 8 kB, a lookup far less. Bytes. */
const maxDatabaseAnswer = 1 << 20;

export async function openSources(context: RunContext, manifest: Manifest): Promise<Sources> {
  const { store, hashPool, signal, delay } = context;
  const http = await context.createHttp();
  let downloaded = 0;
  const onBytes = (bytes: number): void => {
    downloaded += bytes;
  };
  const proxies = memo(() =>
    proxySetting(manifest.sources.proxy, context.env, context.run, context.paths.folder),
  );
  const upstream = createUpstream({ http, proxies, signal, delay, concurrency, onBytes });
  const files = createModuleFiles({ store, upstream, hashPool });
  const database = databaseOf(manifest.sources.sumdb);

  const fetch = (url: string): Promise<Buffer | undefined> =>
    withRetry(() => fetchBytes(http, url, { maxBytes: maxDatabaseAnswer, signal, onBytes }), { delay });

  /** As Go finds it (https://go.dev/ref/mod#checksum-database): the first proxy that mirrors it, else itself. */
  const databaseBase = memo(async () => {
    for (const entry of await proxies()) {
      if (entry.kind !== "http") break;
      const base = `${entry.base}/sumdb/${database.name}`;
      if ((await fetch(`${base}/supported`)) !== undefined) return base;
    }
    return database.address;
  });

  return {
    files,
    go: createToolchainModuleSource(files, upstream),
    database,
    databaseClient: createChecksumDbClient({
      name: database.name,
      verifierKey: database.key,
      fetchPath: async (path) => fetch(`${await databaseBase()}/${path}`),
      limit: concurrency,
      tileCache: tileCache(context, database.name),
    }),
    downloadedBytes: () => downloaded,
    close: () => http.close(),
  };
}

/** Tiles never change once they are whole, so the store keeps them; they are proven again whenever they are used. */
function tileCache({ store }: RunContext, database: string) {
  const refOf = (path: string): string => `checksumdb/${database}/${path}`;
  return {
    async get(path: string): Promise<Buffer | undefined> {
      const id = await store.ref(refOf(path));
      // A damaged one is set aside and fetched anew: it is only a copy.
      return id !== undefined && (await store.has(id)) ? store.read(id).catch(() => undefined) : undefined;
    },
    async put(path: string, data: Buffer): Promise<void> {
      await store.setRef(refOf(path), await store.put(data));
    },
  };
}

function memo<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
