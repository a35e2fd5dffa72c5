import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { parseGoProxy } from "../../../src/modules/goproxy.js";
import { createHashPool } from "../../../src/modules/hash-pool.js";
import { createModuleFiles, type ModuleFiles } from "../../../src/modules/module-files.js";
import { createUpstream, type Upstream } from "../../../src/modules/upstream.js";
import { createHttpClient } from "../../../src/store/http.js";
import { openStore, type Store } from "../../../src/store/store.js";

/** The modules room on a store of its own, all of it real; retries do not wait. */
export interface Rig {
  readonly folder: string;
  readonly store: Store;
  readonly upstream: Upstream;
  readonly files: ModuleFiles;
  /** Another run over the same store: nothing is remembered but what the store holds. */
  readonly anotherRun: () => ModuleFiles;
  /** Names of everything below a folder of the store, sorted. */
  readonly stored: (below: string) => Promise<string[]>;
  readonly close: () => Promise<void>;
}

/** Opens one in a temporary folder. Close it, or its threads and files stay. */
export async function openRig(
  goproxy: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "airgo-modules-"));
  const store = await openStore(join(folder, "store"));
  const http = createHttpClient("airgo-test", {});
  const workerFile = new URL("../../../dist/modules/hash-worker.js", import.meta.url);
  const hashPool = createHashPool({ workerFile, size: 1 });
  const upstream = createUpstream({
    http,
    proxies: async () => parseGoProxy(goproxy),
    signal: options.signal,
    delay: async () => options.signal?.throwIfAborted(),
    concurrency: 8,
  });
  const anotherRun = (): ModuleFiles => createModuleFiles({ store, upstream, hashPool });
  return {
    folder,
    store,
    upstream,
    files: anotherRun(),
    anotherRun,
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
