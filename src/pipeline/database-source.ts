import { createChecksumDbClient, type ChecksumDbClient } from "../checksumdb/client.js";
import { askProxies, type ProxyEntry } from "../modules/goproxy.js";
import { lookedUp } from "../modules/proxy-request.js";
import { fetchBytes } from "../transfer/download/download.js";
import { fetchIndex } from "../transfer/indexes/fetch-index.js";
import type { HttpClient } from "../transfer/client/http.js";
import { withRetry } from "../transfer/retry.js";
import { isUnobtainable } from "../support/absence.js";
import type { RunContext } from "./context.js";
import type { Database } from "./database.js";
import { noteDatabase } from "./origins.js";
import { memo } from "./memo.js";
import { isProxyUnset } from "./proxy-lists.js";
import { tileCache } from "./tile-cache.js";

/** The checksum database as a run asks it. */
export interface DatabaseSource {
  readonly client: ChecksumDbClient;
  /** An answer as it is, for go itself; undefined for "no such thing". */
  readonly answer: (path: string) => Promise<Buffer | undefined>;
}

export interface DatabaseWays {
  readonly http: HttpClient;
  /** The proxies that somebody configured; rejects where nobody did. */
  readonly proxies: () => Promise<readonly ProxyEntry[]>;
  /** Fails for a name that must not be asked about. */
  readonly checkName: (modulePath: string) => Promise<void>;
  /** True for a module that the database does not cover, and that it does not hear of. */
  readonly isPrivate: (modulePath: string) => boolean;
}

const requestsAtOnce = 16;
/** The largest answer of a checksum database: a tile is 8 kB, a lookup far less. Bytes. */
const maxAnswer = 1 << 20;

export function openDatabase(
  context: RunContext,
  database: Database,
  { http, proxies, checkName, isPrivate }: DatabaseWays,
): DatabaseSource {
  const fetch = fetchingFrom(context, http);

  const base = memo(async () => {
    const address = await findBase();
    await noteDatabase(context.store, database.name, address);
    return address;
  });

  /** As Go finds it (https://go.dev/ref/mod#checksum-database): the first proxy that mirrors it, else itself. */
  async function findBase(): Promise<string> {
    try {
      return await askProxies(await proxies(), database.name, async (proxy) => {
        const address = `${proxy}/sumdb/${database.name}`;
        return (await fetch(`${address}/supported`)) === undefined ? undefined : address;
      });
    } catch (error) {
      if (isUnobtainable(error) || isProxyUnset(error)) return database.address;
      throw error;
    }
  }

  /** Whatever is looked up is looked up here: a private name goes no further. */
  const answer = async (path: string): Promise<Buffer | undefined> => {
    if (path.startsWith("lookup/")) {
      const module = lookedUp(path);
      if (module === undefined || isPrivate(module.path)) return undefined;
      await checkName(module.path);
    }
    return fetch(`${await base()}/${path}`);
  };

  const client = createChecksumDbClient({
    name: database.name,
    verifierKey: database.key,
    fetchPath: answer,
    limit: requestsAtOnce,
    tileCache: tileCache(context, database.name),
  });
  return { client, answer };
}

/** GETs an answer of the database, tried again and counted. */
function fetchingFrom({ store, signal, delay, now, traffic }: RunContext, http: HttpClient) {
  return async (url: string): Promise<Buffer | undefined> => {
    const started = now();
    let bytes = 0;
    const onBytes = (part: number): void => void (bytes += part);
    const options = { maxBytes: maxAnswer, signal, onBytes };
    try {
      // Of all that a database answers, only its newest tree head changes.
      const get = () =>
        url.endsWith("/latest")
          ? fetchIndex(http, store, url, { ...options, now })
          : fetchBytes(http, url, options);
      return await withRetry(get, { delay, now });
    } finally {
      traffic.miss("checksum database", bytes, now() - started);
    }
  };
}
