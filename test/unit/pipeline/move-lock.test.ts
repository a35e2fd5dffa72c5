import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "@jest/globals";

import type { Lock } from "../../../src/lock/schema.js";
import { formatLock, parseLock } from "../../../src/lock/text.js";
import { parseManifest } from "../../../src/manifest/load.js";
import { createHashPool } from "../../../src/modules/hash-pool.js";
import { createTraffic } from "../../../src/modules/traffic.js";
import type { RunContext } from "../../../src/pipeline/context.js";
import { fetch } from "../../../src/pipeline/fetch.js";
import { resolve } from "../../../src/pipeline/resolve.js";
import { openSources } from "../../../src/pipeline/sources.js";
import { readWishes } from "../../../src/pipeline/wishes.js";
import { createHttpClient, type HttpClientOptions } from "../../../src/transfer/client/http.js";
import { openStore } from "../../../src/store/store.js";
import { runProcess } from "../../../src/support/processes.js";
import {
  findRealGo,
  standardWorld,
  startFakeUpstream,
  writeProject,
  type FakeUpstream,
} from "../../support/fake-upstream.js";
import { scratchFolder } from "../../support/scratch.js";
import { testWhen } from "../../support/tools.js";

/* The resolve and the fetch stage together, as a run without a lock goes through them. */

const scratch = scratchFolder("move-lock");
const workerFile = new URL("../../../dist/modules/hash-worker.js", import.meta.url);
const hashPool = createHashPool({ workerFile, size: 1 });
const goTest = (name: string, run: () => Promise<void>): void =>
  testWhen(findRealGo() !== undefined && process.platform === "linux", "go on PATH", name, run);

let upstream: FakeUpstream;
let folder: string;
let number = 0;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
});
beforeEach(() => {
  folder = join(scratch, `${++number}`);
});
afterEach(() => {
  upstream.faults.clear();
  upstream.requests.length = 0;
});
afterAll(async () => {
  await upstream.close();
  await hashPool.close();
});

/** Resolves and fetches what one kit lists, with a store of the test's own. */
async function makeLock(modules: readonly unknown[], update?: { readonly lock: Lock }): Promise<Lock> {
  const context = {
    paths: { folder },
    store: await openStore(join(folder, "..", `store-${number}`)),
    createHttp: async (options?: HttpClientOptions) => createHttpClient("airgo/test", {}, options),
    hashPool,
    traffic: createTraffic(),
    run: runProcess,
    emit: () => {},
    signal: new AbortController().signal,
    env: {},
    now: () => 0,
    delay: async () => {},
    arch: process.arch === "arm64" ? "arm64" : "amd64",
  } as unknown as RunContext;
  const sources = { proxy: upstream.proxyUrl, sumdb: upstream.verifierKey };
  const kits = { k: { go: ["1.90.1"], arch: ["amd64"], modules, sign: [] } };
  const manifest = parseManifest(JSON.stringify({ version: 1, sources, kits }), "bundles.yaml");
  const request = { manifest, kits: ["k"], lock: update?.lock, update: undefined, frozen: false };
  const opened = await openSources(context, manifest);
  try {
    const wishes = await readWishes(context.paths, request);
    const draft = await resolve(context, opened, request, wishes, undefined);
    return await fetch(context, opened, draft, ["k"], wishes);
  } finally {
    await opened.close();
  }
}
const pathOf = (key: string): string => key.replace(/@.*$/, "").replace("example.com/", "");

describe("a first lock", () => {
  goTest("holds each input by its scope, and of each module what the widest need asks for", async () => {
    await writeProject(join(folder, "app"), upstream);
    await writeProject(join(folder, "lib"));
    const lock = await makeLock([
      { path: "app/go.mod", scope: "build" },
      { path: "lib/go.mod", scope: "tidy" },
    ]);
    const [app, lib] = lock.kits["k"]?.inputs ?? [];
    expect(app).toMatchObject({ name: "app/go.mod", scope: "build", graph: ["example.com/words@v1.0.0"] });
    expect(app?.listed.map(pathOf)).toEqual(["deepcheck", "unused"]);
    expect(lib?.listed.map(pathOf)).toEqual(["unused"]);
    const has = (path: string, version: string) => {
      const { zip, time } = lock.modules.find((one) => one.path === path && one.version === version) ?? {};
      return { zip: zip !== undefined, time: time !== undefined };
    };
    expect(has("example.com/deepcheck", "v0.1.0")).toEqual({ zip: true, time: true });
    expect(has("example.com/unused", "v0.3.0")).toEqual({ zip: false, time: true });
    expect(has("example.com/words", "v1.0.0")).toEqual({ zip: false, time: false });
    for (const { path, version, ...module } of lock.modules)
      expect(module).toMatchObject(upstream.hashes(path, version));
    // What is written can be read.
    expect(parseLock(formatLock(lock), "x")).toEqual(lock);
  });

  goTest("asks for no file twice, however much is guessed early", async () => {
    await writeProject(join(folder, "app"), upstream);
    await makeLock(["app/go.mod"]);
    const asked = upstream.requests.map(({ method, path }) => `${method} ${path}`);
    // The newest tree head is a question, not a file.
    const files = asked.filter((one) => !one.endsWith("/latest"));
    expect(files.filter((one, index) => files.indexOf(one) !== index)).toEqual([]);
  });

  goTest("is the same again over what the store has, and then asks for no module's file", async () => {
    await writeProject(join(folder, "app"), upstream);
    const lock = await makeLock(["app/go.mod"]);
    upstream.requests.length = 0;
    expect(formatLock(await makeLock(["app/go.mod"]))).toBe(formatLock(lock));
    const files = upstream.requests.filter(
      ({ path }) => /\.(info|mod|zip)$/.test(path) && !path.includes("toolchain"),
    );
    expect(files).toEqual([]);
  });
});

describe("names of modules that lie in folders here", () => {
  goTest("are told to nobody, whatever a go.sum is left with of them", async () => {
    await writeProject(join(folder, "app"), upstream);
    await mkdir(join(folder, "lib"));
    await writeFile(join(folder, "lib", "go.mod"), "module quiet.example/lib\n\ngo 1.21\n");
    await writeFile(join(folder, "go.work"), "go 1.21\n\nuse (\n\t./app\n\t./lib\n)\n");
    await appendFile(join(folder, "app", "go.mod"), "\nreplace quiet.example/fork => ../lib\n");
    const h1 = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (const path of ["quiet.example/lib", "quiet.example/fork", "example.com/app"]) {
      const lines = `${path} v1.4.0 ${h1}\n${path} v1.4.0/go.mod ${h1}\n`;
      await appendFile(join(folder, "app", "go.sum"), lines);
    }
    const lock = await makeLock(["go.work"]);
    const asked = upstream.requests.map(({ path }) => path);
    expect(asked.filter((path) => /quiet|example\.com\/app\b/.test(path))).toEqual([]);
    expect(asked).toContain("/go/example.com/hello/@v/v1.0.0.zip");
    expect(lock.modules.map(({ path }) => path)).not.toContain("example.com/app");
  });
});

describe("a go.mod that is not the one which the checksum database knows", () => {
  goTest("makes no lock, though the proxy serves the right one when it is asked again", async () => {
    await writeProject(join(folder, "app"));
    // A requirement less: go would be content with it, and the kit would lack a module.
    upstream.faults.add(
      /hello\/@v\/v1\.0\.0\.mod$/,
      { kind: "rewrite", change: (body) => Buffer.from(String(body).replace(/.*unused.*\n/, "")) },
      1,
    );
    await expect(makeLock(["app/go.mod"])).rejects.toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
      where: expect.stringContaining("example.com/hello@v1.0.0"),
    });
    // The store has learned nothing of it.
    const lock = await makeLock(["app/go.mod"]);
    expect(lock.kits["k"]?.inputs[0]?.modules.map(pathOf)).toContain("unused");
  });
});
