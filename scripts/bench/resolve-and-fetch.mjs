// What bench:modules measures: the resolve and fetch stages of one run, in a process of their own.
// usage: node resolve-and-fetch.mjs MANIFEST STORE REPORT
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";

import { hashWorkerFile } from "../../dist/cli/program.js";
import { loadManifest } from "../../dist/manifest/load.js";
import { createHashPool } from "../../dist/modules/hash-pool.js";
import { createTraffic } from "../../dist/modules/traffic.js";
import { fetch } from "../../dist/pipeline/fetch.js";
import { resolve as resolveStage } from "../../dist/pipeline/resolve.js";
import { openSources } from "../../dist/pipeline/sources.js";
import { readWishes } from "../../dist/pipeline/wishes.js";
import { createHttpClient } from "../../dist/transfer/client/http.js";
import { openStore } from "../../dist/store/store.js";
import { runProcess } from "../../dist/support/processes.js";

const [manifestFile, storeFolder, reportFile] = process.argv.slice(2).map((path) => resolve(path));
const manifest = await loadManifest(manifestFile, {});
const folder = dirname(manifestFile);
const hashPool = createHashPool({ workerFile: hashWorkerFile, size: availableParallelism() });
const started = performance.now();
const since = () => Math.round(performance.now() - started);
const phases = { goStarted: 0, goEnded: 0, lastZipHashed: 0, resolved: 0, fetched: 0 };

const context = {
  paths: {
    manifest: manifestFile,
    folder,
    lock: join(folder, "bundles.lock"),
    kits: "",
    state: "",
    built: "",
  },
  store: await openStore(storeFolder),
  isOffline: false,
  createHttp: async (options) => createHttpClient("airgo/bench", process.env, options),
  hashPool: {
    async inspect(...request) {
      const facts = await hashPool.inspect(...request);
      phases.lastZipHashed = since();
      return facts;
    },
    close: hashPool.close,
  },
  traffic: createTraffic(),
  async run(argv, options) {
    if (argv[1] !== "list") return runProcess(argv, options);
    phases.goStarted = since();
    const result = await runProcess(argv, options);
    phases.goEnded = since();
    return result;
  },
  emit: () => undefined,
  signal: new AbortController().signal,
  env: process.env,
  now: Date.now,
  delay: (ms) => new Promise((done) => setTimeout(done, ms)),
  arch: { x64: "amd64", arm64: "arm64" }[process.arch],
  airgo: { version: "bench", digest: "", installer: "", googleKey: "" },
  convert: () => Promise.reject(new Error("Go comes from the module here")),
};
const request = {
  manifest,
  kits: Object.keys(manifest.kits),
  lock: undefined,
  update: undefined,
  frozen: false,
};
const sources = await openSources(context, manifest);
const wishes = await readWishes(context.paths, request);
const draft = await resolveStage(context, sources, request, wishes, undefined);
phases.resolved = since();
const lock = await fetch(context, sources, draft, request.kits, wishes);
phases.fetched = since();
await sources.close();
await hashPool.close();

const zips = lock.modules.filter((module) => module.zip !== undefined);
writeFileSync(
  reportFile,
  JSON.stringify({
    phases,
    go: lock.toolchains[0],
    modules: lock.modules.length,
    zips: zips.length,
    zipBytes: zips.reduce((sum, { zip }) => sum + zip.size, 0),
    traffic: context.traffic.total(),
    slowest: context.traffic.rows().slice(0, 5),
  }),
);
