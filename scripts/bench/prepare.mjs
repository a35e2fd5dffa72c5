// What bench:modules needs before it can measure: the project's go.mod and go.sum, a store with nothing but the
// toolchain in it, and that toolchain unpacked for `go mod download`.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { hashWorkerFile } from "../../dist/cli/program.js";
import { unpackToolchain } from "../../dist/golang/layers/unpack.js";
import { createHashPool } from "../../dist/modules/hash-pool.js";
import { createModuleFiles } from "../../dist/modules/create-module-files.js";
import { proxySetting } from "../../dist/modules/proxy-setting.js";
import { createTraffic } from "../../dist/modules/traffic.js";
import { createUpstream, placesFor } from "../../dist/modules/upstream.js";
import { readEntry } from "../../dist/modules/zip-content.js";
import { createHttpClient } from "../../dist/transfer/client/http.js";
import { createSourceHealth } from "../../dist/transfer/source-health.js";
import { openStore } from "../../dist/store/store.js";
import { runProcess } from "../../dist/support/processes.js";

const child = fileURLToPath(new URL("resolve-and-fetch.mjs", import.meta.url));

/** @returns the project's folder, the warm store, the GOROOT, its version and the proxy list for go */
export async function prepare(folder, module) {
  const entries = await proxySetting("env", process.env, runProcess, folder);
  const goproxy = entries.map(({ base }) => base).join(",");
  const project = join(folder, "project");
  mkdirSync(project);
  const hashPool = createHashPool({ workerFile: hashWorkerFile, size: availableParallelism() });
  const http = createHttpClient("airgo/bench", process.env);
  try {
    await fetchGoMod(folder, project, module, { entries, hashPool, http });
    const warmStore = join(folder, "warm-store");
    const { version, arch, file } = warmUp(folder, warmStore);
    const store = await openStore(warmStore);
    const zipFile = store.fileOf(file.sha256);
    const prefix = `golang.org/toolchain@v0.0.1-go${version}.linux-${arch}/`;
    const { entries: files } = await hashPool.inspect(zipFile, { prefix, keepEntries: true });
    const goroot = join(folder, "goroot");
    await unpackToolchain({ zipFile, entries: files, targetDir: goroot });
    writeFileSync(join(project, "bundles.yaml"), manifest(version, "{ path: go.mod, scope: build }"));
    return { project, warmStore, goroot, goVersion: version, goproxy };
  } finally {
    await hashPool.close();
    await http.close();
  }
}

function manifest(goVersion, modules) {
  return `version: 1\nkits:\n  bench:\n    go: ["${goVersion}"]\n    arch: [${{ x64: "amd64", arm64: "arm64" }[process.arch]}]\n    modules: [${modules}]\n`;
}

/** One run for a go.mod that requires nothing: afterwards the store holds the toolchain and no module. */
function warmUp(folder, warmStore) {
  const empty = join(folder, "empty");
  mkdirSync(empty);
  writeFileSync(join(empty, "go.mod"), "module airgo.invalid/empty\n\ngo 1.21\n");
  writeFileSync(join(empty, "bundles.yaml"), manifest("stable", "go.mod"));
  const report = join(folder, "warm-up.json");
  execFileSync(process.execPath, [child, join(empty, "bundles.yaml"), warmStore, report], {
    stdio: "inherit",
  });
  return JSON.parse(readFileSync(report, "utf8")).go;
}

/** The go.mod and go.sum of a published module, from its zip. */
async function fetchGoMod(folder, project, module, { entries, hashPool, http }) {
  const store = await openStore(join(folder, "project-store"));
  const upstream = createUpstream({
    http,
    store,
    proxies: async () => entries,
    delay: (ms) => new Promise((done) => setTimeout(done, ms)),
    places: placesFor({ small: 4, zips: 4 }),
    traffic: createTraffic(),
    now: Date.now,
    health: createSourceHealth(() => undefined),
    onFetched: async () => undefined,
    onWrongBytes: () => undefined,
  });
  const files = createModuleFiles({
    store,
    upstreamOf: () => upstream,
    hashPool,
    isPrivate: () => false,
    traffic: createTraffic(),
  });
  const { id } = await files.pinZip(module);
  const prefix = `${module.path}@${module.version}/`;
  const zipFile = store.fileOf(id.sha256);
  const { entries: inside } = await hashPool.inspect(zipFile, { prefix, keepEntries: true });
  const zip = readFileSync(zipFile);
  for (const name of ["go.mod", "go.sum"]) {
    const entry = inside.find((one) => one.name === prefix + name);
    writeFileSync(join(project, name), readEntry(zip, entry));
  }
}
