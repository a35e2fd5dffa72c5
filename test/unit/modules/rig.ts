import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { parseGoProxy } from "../../../src/modules/goproxy.js";
import { createHashPool } from "../../../src/modules/hash-pool.js";
import {
  startLoopbackProxy,
  type LoopbackProxy,
  type LoopbackProxyOptions,
} from "../../../src/modules/loopback-proxy.js";
import { createModuleFiles } from "../../../src/modules/create-module-files.js";
import type { ModuleFiles } from "../../../src/modules/module-files.js";
import { createTraffic, type Traffic } from "../../../src/modules/traffic.js";
import {
  createUpstream,
  placesFor,
  type Upstream,
  type UpstreamOptions,
} from "../../../src/modules/upstream.js";
import { fetchBytes } from "../../../src/transfer/download/download.js";
import { createHttpClient } from "../../../src/transfer/client/http.js";
import { createSourceHealth, type OnSetAside } from "../../../src/transfer/source-health.js";
import { openStore, type Store } from "../../../src/store/store.js";

/** The modules room on a store of its own, all of it real; retries do not wait. */
export interface Rig {
  readonly folder: string;
  readonly store: Store;
  readonly upstream: Upstream;
  readonly traffic: Traffic;
  readonly files: ModuleFiles;
  /** Another run over the same store: nothing is remembered but what the store holds. */
  readonly anotherRun: () => ModuleFiles;
  /** A loopback proxy over `files`, or over those of another run. Zips are what the upstream serves. */
  readonly loopback: (change?: Partial<LoopbackProxyOptions>) => Promise<LoopbackProxy>;
  /** Names of everything below a folder of the store, sorted. */
  readonly stored: (below: string) => Promise<string[]>;
  readonly close: () => Promise<void>;
}

export type RigOptions = Partial<Pick<UpstreamOptions, "signal" | "now" | "delay" | "onWrongBytes">> & {
  readonly onSetAside?: OnSetAside;
  readonly atOnce?: { readonly small: number; readonly zips: number };
  /** Another upstream for some modules: a second GOPROXY list. */
  readonly privateModules?: { readonly isOne: (path: string) => boolean; readonly goproxy: string };
};

/** Opens one in a temporary folder. Close it, or its threads and files stay. */
export async function openRig(goproxy: string, options: RigOptions = {}): Promise<Rig> {
  const {
    signal,
    atOnce = { small: 8, zips: 4 },
    now = () => 0,
    onSetAside = () => {},
    onWrongBytes = () => {},
    privateModules,
  } = options;
  const { delay = async () => signal?.throwIfAborted() } = options;
  const folder = await mkdtemp(join(tmpdir(), "airgo-modules-"));
  const store = await openStore(join(folder, "store"));
  const http = createHttpClient("airgo-test", {});
  const workerFile = new URL("../../../dist/modules/hash-worker.js", import.meta.url);
  const hashPool = createHashPool({ workerFile, size: 1 });
  const traffic = createTraffic();
  const health = createSourceHealth(onSetAside);
  const upstreamOver = (list: string): Upstream =>
    createUpstream({
      http,
      store,
      proxies: async () => parseGoProxy(list),
      signal,
      delay,
      places: placesFor(atOnce),
      traffic,
      now,
      health,
      onFetched: async () => undefined,
      onWrongBytes,
    });
  const upstream = upstreamOver(goproxy);
  const privateUpstream = privateModules === undefined ? upstream : upstreamOver(privateModules.goproxy);
  const isPrivate = (path: string): boolean => privateModules?.isOne(path) === true;
  const upstreamOf = (path: string): Upstream => (isPrivate(path) ? privateUpstream : upstream);
  const anotherRun = (): ModuleFiles =>
    createModuleFiles({ store, upstreamOf, hashPool, isPrivate, traffic });
  const files = anotherRun();
  const database = {
    name: "sum.example.com",
    answer: (path: string) =>
      fetchBytes(http, `${goproxy.split(/[,|]/)[0]}/sumdb/sum.example.com/${path}`, { maxBytes: 1 << 20 }),
  };
  return {
    folder,
    store,
    upstream,
    traffic,
    files,
    anotherRun,
    loopback: (change) =>
      startLoopbackProxy({
        files,
        async zip(module) {
          const { id } = await files.pinZip(module);
          return { id, file: store.fileOf(id.sha256) };
        },
        database,
        local: { isUnasked: () => false },
        onAsked: () => {},
        ...change,
      }),
    stored: (below) => filesBelow(join(store.root, below)),
    async close() {
      await hashPool.close();
      await http.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The files below a folder, by name relative to it, sorted; none when it is not there. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}
