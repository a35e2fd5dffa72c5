import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { parseManifest } from "../../../src/manifest/load.js";
import { createHashPool } from "../../../src/modules/hash-pool.js";
import { createTraffic } from "../../../src/modules/traffic.js";
import type { RunContext } from "../../../src/pipeline/context.js";
import type { RunEvent } from "../../../src/pipeline/events.js";
import { openSources, type Sources } from "../../../src/pipeline/sources.js";
import { createHttpClient, type HttpClientOptions } from "../../../src/transfer/client/http.js";
import { openStore } from "../../../src/store/store.js";
import { AirgoError } from "../../../src/support/errors.js";
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
  readonly policy?: "order" | "fastest";
  /** Where the modules of git.corp.example come from. */
  readonly corpProxy?: string;
  readonly sumdb?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What a go on PATH tells of its settings; none is there by default. */
  readonly goEnv?: string;
}

/** The sources of a run; two settings of one test share a store, as two runs do. */
async function sourcesOf(setting: Setting = {}) {
  const { proxy = open.proxyUrl, policy = "order", sumdb = open.verifierKey, env = {}, goEnv } = setting;
  const { corpProxy = corp.proxyUrl } = setting;
  const traffic = createTraffic();
  const events: RunEvent[] = [];
  const context = {
    paths: { folder: scratch },
    store: await openStore(join(scratch, `store-${number}`)),
    createHttp: async (options?: HttpClientOptions) => createHttpClient("airgo/test", {}, options),
    hashPool,
    run: async () => {
      if (proxy !== "env" && sumdb.startsWith(open.verifierKey)) throw new Error("nothing is run here");
      if (goEnv === undefined) throw new AirgoError("AIRGO_PLATFORM", { what: "cannot run go" });
      return { code: 0, stdout: goEnv, stderr: "" };
    },
    emit: (event: RunEvent) => void events.push(event),
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
        policy,
        sumdb,
        private: [
          { match: ["git.corp.example/lab"], proxy: lab.proxyUrl },
          { match: ["git.corp.example/*", "golang.org/t*"], proxy: corpProxy },
        ],
      },
      kits: { k: { go: ["1.90.x"], modules: ["go.mod"], sign: [] } },
    }),
    "bundles.yaml",
  );
  const sources = await openSources(context, manifest);
  opened.push(sources);
  return { sources, traffic, events };
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

  test("a private source that is a folder, and no server hears of it", async () => {
    const folder = join(scratch, "tree");
    await mkdir(join(folder, corpModule.path, "@v"), { recursive: true });
    await writeFile(join(folder, corpModule.path, "@v", `${corpModule.version}.mod`), "module its.own\n");
    const { sources } = await sourcesOf({ corpProxy: `file://${folder}/` });
    expect(String(await sources.files.readMod(corpModule))).toBe("module its.own\n");
    await expect(sources.files.pinZip(corpModule)).rejects.toMatchObject({ exitCode: 4 });
    for (const upstream of upstreams()) expect(asked(upstream)).toEqual([]);
  });

  test("Go itself is never private, however wide a pattern is", async () => {
    const { sources } = await sourcesOf();
    expect(sources.isPrivate("golang.org/tour")).toBe(true);
    expect(sources.isPrivate("golang.org/toolchain")).toBe(false);
    expect(await sources.go.of("module").has({ version: "1.90.0", arch: "amd64" })).toBe(true);
    const { h1 } = open.hashes("golang.org/toolchain", "v0.0.1-go1.90.0.linux-amd64");
    await sources.go.of("module").keep({ version: "1.90.0", arch: "amd64" }, h1, {});
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

  test("only whether its newest tree head is still what it was, once the store has one", async () => {
    const first = await (await sourcesOf()).sources.databaseAnswer("latest");
    open.requests.length = 0;
    expect(await (await sourcesOf()).sources.databaseAnswer("latest")).toEqual(first);
    expect(open.requests.map(({ path, status }) => [path, status])).toEqual([
      ["/go/sumdb/sum.example.com/supported", 200],
      ["/go/sumdb/sum.example.com/latest", 304],
    ]);
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

describe("what the engineer's own settings call private, and no private source covers,", () => {
  const { path, version } = publicModule;
  const lookup = `lookup/${path}@${version}`;
  const asking: [string, (sources: Sources) => Promise<unknown>][] = [
    ["a go.mod", ({ files }) => files.readMod(publicModule)],
    ["a go.mod with its hash", ({ files }) => files.keepMod(publicModule, "h1:x")],
    ["an .info", ({ files }) => files.info(publicModule)],
    ["a zip", ({ files }) => files.keepZip(publicModule, open.hashes(path, version).h1)],
    ["a zip that nothing vouches for", ({ files }) => files.pinZip(publicModule)],
    ["the versions", ({ files }) => files.raw(path, "@v/list")],
    ["the newest version", ({ files }) => files.raw(path, "@latest")],
  ];
  const lookingUp: [string, (sources: Sources) => Promise<unknown>][] = [
    ["a record", ({ databaseClient }) => databaseClient.lookup(path, version)],
    ["a record, by go itself", ({ databaseAnswer }) => databaseAnswer(lookup)],
  ];
  const refused = (variable: string, pattern: string) => ({
    code: "AIRGO_PRIVATE_SOURCE_MISSING",
    exitCode: 2,
    message: expect.stringContaining(`${path} is private by ${variable}`),
    where: path,
    found: `the pattern ${pattern} of ${variable}`,
    hint: expect.stringContaining("`sources.private` entry"),
  });

  for (const [variable, questions] of [
    ["GOPRIVATE", [...asking, ...lookingUp]],
    // Lookups start before the files are there: without these they are of no use.
    ["GONOPROXY", [...asking, ...lookingUp]],
    ["GONOSUMDB", lookingUp],
  ] as const) {
    for (const [what, ask] of questions) {
      test(`is asked for nowhere: ${what}, by ${variable}`, async () => {
        const env = { GOPROXY: open.proxyUrl, [variable]: "x.y,a.b/*" };
        const { sources } = await sourcesOf({ proxy: "env", env });
        await expect(ask(sources)).rejects.toMatchObject(refused(variable, "a.b/*"));
        expect(asked(open)).toEqual([]);
      });
    }
  }

  test("is asked for nowhere, by what `go env` has stored", async () => {
    const goEnv = `a.b\na.b\na.b\n`;
    const { sources } = await sourcesOf({ proxy: "env", env: { GOPROXY: open.proxyUrl }, goEnv });
    await expect(sources.files.readMod(publicModule)).rejects.toMatchObject(refused("GOPRIVATE", "a.b"));
    expect(asked(open)).toEqual([]);
  });

  test("is asked of a proxy where GONOPROXY=none says so, and still of no database", async () => {
    const env = { GOPROXY: open.proxyUrl, GOPRIVATE: "a.b", GONOPROXY: "none" };
    const { sources } = await sourcesOf({ proxy: "env", env });
    await sources.files.readMod(publicModule);
    await expect(sources.databaseAnswer(lookup)).rejects.toMatchObject(refused("GOPRIVATE", "a.b"));
    expect(asked(open)).toEqual([`/go/${path}/@v/${version}.mod`]);
  });

  test("is asked of the proxies that the manifest names, and of no database of Go's own", async () => {
    const env = { GOPRIVATE: "a.b" };
    const sumdb = `sum.golang.org ${open.proxyUrl}/sumdb/sum.golang.org`;
    const { sources } = await sourcesOf({ sumdb, env });
    await sources.files.readMod(publicModule);
    await expect(sources.databaseAnswer(lookup)).rejects.toMatchObject(refused("GOPRIVATE", "a.b"));
    expect(asked(open)).toEqual([`/go/${path}/@v/${version}.mod`]);
  });

  test("is not Go itself, nor the database's own answers", async () => {
    const env = { GOPROXY: open.proxyUrl, GOPRIVATE: "*" };
    const { sources } = await sourcesOf({ proxy: "env", env });
    expect((await sources.go.of("module").versions()).has("1.90.0")).toBe(true);
    await sources.databaseClient.lookup("golang.org/toolchain", "v0.0.1-go1.90.0.linux-amd64");
    expect(await sources.databaseClient.latest()).toBeDefined();
  });

  test("is no module that a private source covers: all goes as ever", async () => {
    const env = { GOPROXY: open.proxyUrl, GOPRIVATE: "git.corp.example,golang.org" };
    const { sources } = await sourcesOf({ proxy: "env", env });
    await sources.files.readMod(corpModule);
    await sources.files.readMod(publicModule);
    await sources.databaseAnswer(lookup);
    expect(asked(corp)).toHaveLength(1);
    expect(asked(open).filter((one) => one.includes("corp"))).toEqual([]);
  });
});

test("no private module, nor what is no module, is looked up in the database, whoever asks", async () => {
  const { sources } = await sourcesOf();
  for (const name of ["git.corp.example/team/m@v1.0.0", "git.corp.example/Team/m@v1.0.0", "git.corp.example"])
    expect(await sources.databaseAnswer(`lookup/${name}`)).toBeUndefined();
  expect(asked(open)).toEqual([]);
});

test("the proxies are Go's own setting where the manifest says so, and are looked up when one is needed", async () => {
  const { sources } = await sourcesOf({ proxy: "env", env: { GOPROXY: open.proxyUrl } });
  expect(asked(open)).toEqual([]);
  await sources.files.readMod(publicModule);
  expect(asked(open)).toHaveLength(1);
});

describe("of proxies of which any will do, the one is asked first", () => {
  test("that is written first", async () => {
    const { sources, events } = await sourcesOf({ proxy: `${corp.proxyUrl}|${open.proxyUrl}` });
    await sources.files.readMod(publicModule);
    expect(asked(corp)).toHaveLength(1);
    expect([asked(open), events]).toEqual([[], []]);
  });

  test("that answers soonest, with `fastest`: they are asked once, with no module's name, and it is told", async () => {
    corp.faults.add(/supported$/, { kind: "status", status: 503 });
    const { sources, events } = await sourcesOf({
      proxy: `${corp.proxyUrl}|${open.proxyUrl},${lab.proxyUrl}`,
      policy: "fastest",
    });
    await Promise.all([sources.files.readMod(publicModule), sources.files.info(publicModule)]);
    expect(asked(corp)).toEqual(["/go/sumdb/sum.golang.org/supported"]);
    expect(asked(open)).toHaveLength(3);
    expect(asked(open)[0]).toBe("/go/sumdb/sum.golang.org/supported");
    // Behind a comma nobody is asked before those in front of it have said no.
    expect(asked(lab)).toEqual([]);
    expect(events).toEqual([
      {
        type: "note",
        stage: "fetch",
        text: `proxies, the fastest first: ${open.proxyUrl} (0 ms), ${corp.proxyUrl} (no answer)`,
      },
    ]);
  });
});
