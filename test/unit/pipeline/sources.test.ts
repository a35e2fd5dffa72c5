import { truncate } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { parseManifest } from "../../../src/manifest/load.js";
import { createHashPool } from "../../../src/modules/hash-pool.js";
import { createTraffic } from "../../../src/modules/traffic.js";
import type { RunContext } from "../../../src/pipeline/context.js";
import { openSources, type Sources } from "../../../src/pipeline/sources.js";
import { createHttpClient, type HttpClientOptions } from "../../../src/store/http.js";
import { openStore } from "../../../src/store/store.js";
import { startFakeUpstream, type FakeUpstream } from "../../support/fake-upstream.js";
import { scratchFolder } from "../../support/scratch.js";
import { filesBelow } from "../modules/rig.js";

const scratch = scratchFolder("sources");
const workerFile = new URL("../../../dist/modules/hash-worker.js", import.meta.url);
const hashPool = createHashPool({ workerFile, size: 1 });
afterAll(() => hashPool.close());

let open: FakeUpstream;
let corp: FakeUpstream;
let lab: FakeUpstream;
const upstreams = (): FakeUpstream[] => [open, corp, lab];
const opened: Sources[] = [];
let number = 0;

const publicModule = { path: "a.b/open", version: "v1.0.0" };
const corpModule = { path: "git.corp.example/team/m", version: "v1.0.0" };
const labModule = { path: "git.corp.example/lab/m", version: "v1.0.0" };

beforeAll(async () => {
  [open, corp, lab] = [await startFakeUpstream(), await startFakeUpstream(), await startFakeUpstream()];
  // Each has all of them: where a module comes from shows by who was asked.
  for (const upstream of upstreams()) {
    for (const { path, version } of [publicModule, corpModule, labModule])
      upstream.addModule({ path, version, goMod: `module ${path}\n`, files: {} });
    upstream.addToolchain({ version: "1.90.0", arch: "amd64" });
  }
});
beforeEach(() => void number++);
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  for (const upstream of upstreams()) {
    upstream.faults.clear();
    upstream.requests.length = 0;
  }
});
afterAll(() => Promise.all(upstreams().map((upstream) => upstream.close())));

interface Setting {
  readonly proxy?: string;
  readonly sumdb?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** The sources of a run; two settings of one test share a store, as two runs do. */
async function sourcesOf({ proxy = open.proxyUrl, sumdb = open.verifierKey, env = {} }: Setting = {}) {
  const traffic = createTraffic();
  const context = {
    paths: { folder: scratch },
    store: await openStore(join(scratch, `store-${number}`)),
    createHttp: async (options?: HttpClientOptions) => createHttpClient("airgo/test", {}, options),
    hashPool,
    run: () => Promise.reject(new Error("nothing is run here")),
    signal: new AbortController().signal,
    env,
    now: () => 0,
    delay: async () => {},
    traffic,
  } as unknown as RunContext;
  const manifest = parseManifest(
    JSON.stringify({
      version: 1,
      sources: {
        proxy,
        sumdb,
        private: [
          { match: ["git.corp.example/lab"], proxy: lab.proxyUrl },
          { match: ["git.corp.example/*", "golang.org/t*"], proxy: corp.proxyUrl },
        ],
      },
      kits: { k: { go: ["1.90.x"], modules: ["go.mod"], sign: [] } },
    }),
    "bundles.yaml",
  );
  const sources = await openSources(context, manifest);
  opened.push(sources);
  return { sources, traffic };
}
const asked = (upstream: FakeUpstream): string[] => upstream.requests.map(({ path }) => path);

test("nothing is asked when they are opened, nor when they are closed", async () => {
  const { sources } = await sourcesOf();
  await sources.close();
  for (const upstream of upstreams()) expect(asked(upstream)).toEqual([]);
});

describe("a module comes from", () => {
  test.each([
    ["the proxies of the manifest", publicModule, () => open],
    ["the one private source whose pattern matches", corpModule, () => corp],
    ["the first of two whose patterns match", labModule, () => lab],
  ] as const)("%s, and nobody else hears of it", async (_, module, from) => {
    const { sources } = await sourcesOf();
    await sources.files.info(module);
    await sources.files.readMod(module);
    await sources.files.pinZip(module);
    await sources.files.raw(module.path, "@v/list");
    expect(sources.isPrivate(module.path)).toBe(module !== publicModule);
    for (const upstream of upstreams()) expect(asked(upstream)).toHaveLength(upstream === from() ? 4 : 0);
  });

  test("a private one that its source lacks is asked for nowhere else", async () => {
    const { sources } = await sourcesOf();
    corp.faults.add(/./, { kind: "status", status: 404 });
    await expect(sources.files.readMod(corpModule)).rejects.toMatchObject({ exitCode: 4 });
    expect([asked(open), asked(lab)]).toEqual([[], []]);
  });

  test("Go itself is never private, however wide a pattern is", async () => {
    const { sources } = await sourcesOf();
    expect(sources.isPrivate("golang.org/tour")).toBe(true);
    expect(sources.isPrivate("golang.org/toolchain")).toBe(false);
    expect(await sources.go.has({ version: "1.90.0", arch: "amd64" })).toBe(true);
    const { h1 } = open.hashes("golang.org/toolchain", "v0.0.1-go1.90.0.linux-amd64");
    await sources.go.keep({ version: "1.90.0", arch: "amd64" }, h1, {});
    expect(asked(open)).toHaveLength(2);
    expect([asked(corp), asked(lab)]).toEqual([[], []]);
  });
});

describe("the checksum database is asked", () => {
  test("behind the first proxy that mirrors it, found once", async () => {
    corp.faults.add(/supported$/, { kind: "status", status: 404 });
    const { sources } = await sourcesOf({ proxy: `${corp.proxyUrl},${open.proxyUrl},direct` });
    await Promise.all([sources.databaseAnswer("latest"), sources.databaseAnswer("latest")]);
    const { path, version } = publicModule;
    expect(await sources.databaseClient.lookup(path, version)).toMatchObject(open.hashes(path, version));
    expect(asked(corp)).toEqual(["/go/sumdb/sum.example.com/supported"]);
    expect(asked(open).filter((one) => one.endsWith("/supported"))).toHaveLength(1);
  });

  test.each(["direct", "off"])(
    "at its own address where no proxy in front of `%s` mirrors it",
    async (end) => {
      corp.faults.add(/supported$/, { kind: "status", status: 410 });
      const address = `${open.proxyUrl}/sumdb/${open.sumdb}`;
      const { sources } = await sourcesOf({
        proxy: `${corp.proxyUrl},${end}`,
        sumdb: `${open.verifierKey} ${address}/`,
      });
      expect(sources.database).toMatchObject({ name: "sum.example.com", key: open.verifierKey, address });
      expect(String(await sources.databaseAnswer("latest"))).toContain("go.sum database tree");
      expect(asked(open)).toEqual(["/go/sumdb/sum.example.com/latest"]);
    },
  );

  test("for everything but private modules, which it is told to pass over", async () => {
    const { sources } = await sourcesOf();
    expect(sources.database.notCovered).toEqual([
      "git.corp.example/lab",
      "git.corp.example/*",
      "golang.org/t*",
    ]);
  });

  test("and what it does not have is nothing; each answer counts as traffic", async () => {
    const { sources, traffic } = await sourcesOf();
    expect(await sources.databaseAnswer("lookup/a.b/none@v1.0.0")).toBeUndefined();
    open.faults.add(/latest$/, { kind: "status", status: 503 }, 1);
    await sources.databaseAnswer("latest");
    expect(traffic.rows()).toMatchObject([{ subject: "checksum database", hits: 0, misses: 3 }]);
    expect(traffic.total().bytes).toBeGreaterThan(0);
  });

  test("once for a tile: a later run takes it from the store, and one that is damaged anew", async () => {
    const first = (await sourcesOf()).sources.databaseClient;
    const { size } = await first.latest();
    const tile = { level: 0, index: 0, width: size };
    const before = await first.tiles([tile]);
    await first.keep(before);
    open.requests.length = 0;
    expect(await (await sourcesOf()).sources.databaseClient.tiles([tile])).toEqual(before);
    expect(asked(open)).toEqual([]);
    const notes = join(scratch, `store-${number}`, "notes");
    for (const name of await filesBelow(notes)) await truncate(join(notes, name), 40);
    expect(await (await sourcesOf()).sources.databaseClient.tiles([tile])).toEqual(before);
    expect(asked(open).filter((path) => path.includes("/tile/"))).toHaveLength(1);
  });
});

test("the proxies are Go's own setting where the manifest says so, and are looked up when one is needed", async () => {
  const { sources } = await sourcesOf({ proxy: "env", env: { GOPROXY: open.proxyUrl } });
  expect(asked(open)).toEqual([]);
  await sources.files.readMod(publicModule);
  expect(asked(open)).toHaveLength(1);
});
