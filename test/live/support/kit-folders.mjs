// Builds the folder of every kit of a manifest, by the stages resolve, fetch and assemble: what a host gets, without
// the rehearsal, the archive and the signature. It uses the built program, in a process of its own.
// usage: node kit-folders.mjs MANIFEST STORE FOLDER; prints one line of JSON, { kits } or { error }
import { setMaxListeners } from "node:events";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";

import { hashWorkerFile, installerFile } from "../../../dist/cli/program.js";
import { loadManifest } from "../../../dist/manifest/load.js";
import { createHashPool } from "../../../dist/modules/hash-pool.js";
import { createTraffic } from "../../../dist/modules/traffic.js";
import { assemble } from "../../../dist/pipeline/assemble.js";
import { fetch } from "../../../dist/pipeline/fetch.js";
import { resolve as resolveStage } from "../../../dist/pipeline/resolve.js";
import { openSources } from "../../../dist/pipeline/sources.js";
import { readWishes } from "../../../dist/pipeline/wishes.js";
import { createHttpClient } from "../../../dist/transfer/client/http.js";
import { openStore } from "../../../dist/store/store.js";
import { isAirgoError } from "../../../dist/support/errors.js";
import { makeFolder } from "../../../dist/support/files.js";
import { runProcess } from "../../../dist/support/processes.js";

const [manifestFile, storeFolder, outFolder] = process.argv.slice(2).map((path) => resolve(path));
const hashPool = createHashPool({ workerFile: hashWorkerFile, size: availableParallelism() });
const notes = [];
const { signal } = new AbortController();
// Every request listens to it.
setMaxListeners(0, signal);
try {
  process.stdout.write(`${JSON.stringify({ kits: await buildAll(), notes })}\n`);
} catch (error) {
  if (!isAirgoError(error)) throw error;
  const { code, message, where, expected, found, hint } = error;
  process.stdout.write(`${JSON.stringify({ error: { code, message, where, expected, found, hint } })}\n`);
} finally {
  await hashPool.close();
}

async function buildAll() {
  const manifest = await loadManifest(manifestFile, {});
  const context = await makeContext();
  const request = {
    manifest,
    kits: Object.keys(manifest.kits),
    lock: undefined,
    update: undefined,
    frozen: false,
  };
  const sources = await openSources(context, manifest);
  try {
    const started = performance.now();
    const wishes = await readWishes(context.paths, request);
    const draft = await resolveStage(context, sources, request, wishes, undefined);
    const lock = await fetch(context, sources, draft, request.kits, wishes);
    const fetchedMs = performance.now() - started;
    const kits = [];
    for (const name of request.kits) {
      const assembling = performance.now();
      const folder = join(outFolder, name);
      await makeFolder(folder);
      const kit = await assemble(context, sources, lock, { name, expires: undefined }, folder);
      kits.push(figuresOf(kit, fetchedMs + performance.now() - assembling));
    }
    return kits;
  } finally {
    await sources.close();
  }
}

/** @returns what the caller wants to know of a kit; `ms` counts what all kits of the manifest share */
function figuresOf({ name, folder, lock }, ms) {
  const whole = lock.modules.filter(({ zip }) => zip !== undefined);
  return {
    name,
    folder,
    goVersion: lock.toolchains[0].version,
    inputs: lock.kits[name].inputs,
    zips: whole.length,
    zipBytes: whole.reduce((sum, { zip }) => sum + zip.size, 0),
    ms,
  };
}

async function makeContext() {
  const folder = dirname(manifestFile);
  return {
    paths: {
      manifest: manifestFile,
      folder,
      lock: join(folder, "bundles.lock"),
      kits: outFolder,
      state: "",
      built: "",
    },
    store: await openStore(storeFolder),
    createHttp: async (options) => createHttpClient("airgo/live-test", process.env, options),
    hashPool,
    traffic: createTraffic(),
    run: runProcess,
    emit: (event) => event.type === "note" && notes.push(event.text),
    signal,
    env: process.env,
    now: Date.now,
    delay: (ms) => new Promise((done) => setTimeout(done, ms)),
    arch: { x64: "amd64", arm64: "arm64" }[process.arch],
    airgo: { version: "0.0.0", digest: "", installer: installerFile },
  };
}
