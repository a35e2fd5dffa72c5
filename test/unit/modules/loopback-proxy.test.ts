import { writeFile } from "node:fs/promises";
import { get as httpGet } from "node:http";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import type { ModuleInput } from "../../../src/modules/inputs.js";
import type { LoopbackProxy } from "../../../src/modules/loopback-proxy.js";
import { keyOf } from "../../../src/modules/module-version.js";
import { AirgoError } from "../../../src/support/errors.js";
import { startFakeUpstream, type FakeUpstream } from "../../support/fake-upstream.js";
import { once } from "../../support/loopback.js";
import { openRig, type Rig } from "./rig.js";

let upstream: FakeUpstream;
let rig: Rig;
let proxy: LoopbackProxy;
const others: LoopbackProxy[] = [];
/** What it has told of, in order. */
let told: string[];

const input = (name: string): ModuleInput => ({
  kind: "file",
  name,
  scope: "all",
  folder: "/src",
  project: "/src",
});
const app = input("go.mod");

beforeAll(async () => {
  upstream = await startFakeUpstream();
  upstream.addModule({
    path: "example.com/Mod",
    version: "v1.0.0",
    goMod: "module example.com/Mod\n",
    files: {},
  });
  upstream.addModule({
    path: "example.com/Mod",
    version: "v1.1.0",
    goMod: "module example.com/Mod\n",
    files: {},
  });
});
beforeEach(async () => {
  rig = await openRig(upstream.proxyUrl);
  told = [];
  proxy = await rig.loopback({
    onAsked: (input, module, kind) => told.push(`${input.name}: ${kind} ${keyOf(module)}`),
  });
});
afterEach(async () => {
  upstream.faults.clear();
  await Promise.all([proxy, ...others.splice(0)].map((one) => one.close()));
  await rig.close();
});
afterAll(() => upstream.close());

async function another(change: Parameters<Rig["loopback"]>[0]): Promise<LoopbackProxy> {
  const made = await rig.loopback(change);
  others.push(made);
  return made;
}
async function get(url: string): Promise<{ status: number; body: string }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.text() };
}
const mods = (question: ReturnType<LoopbackProxy["open"]>): string[] => [...question.asked().mods.keys()];

test("answers the module proxy protocol, on the loopback interface only", async () => {
  const { url } = proxy.open(app);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}$/);
  const at = `${url}/example.com/!mod`;
  expect(await get(`${at}/@v/list`)).toEqual({ status: 200, body: "v1.0.0\nv1.1.0\n" });
  expect(await get(`${at}/@v/v1.0.0.mod`)).toEqual({ status: 200, body: "module example.com/Mod\n" });
  expect(await get(`${at}/@v/v1.0.0.info`)).toEqual({
    status: 200,
    body: `{"Version":"v1.0.0","Time":"2026-01-02T03:04:05Z"}`,
  });
  expect(await get(`${at}/@latest`)).toMatchObject({ status: 200, body: expect.stringContaining("v1.1.0") });
});

test("serves zips that have been verified, as files, and records nothing of them", async () => {
  const question = proxy.open(app);
  const response = await fetch(`${question.url}/example.com/!mod/@v/v1.0.0.zip`);
  const body = Buffer.from(await response.arrayBuffer());
  expect(response.status).toBe(200);
  expect(response.headers.get("content-length")).toBe(String(body.byteLength));
  expect(body.subarray(0, 2).toString()).toBe("PK");
  expect(mods(question)).toEqual([]);
  expect(told).toEqual([]);
});

test("a zip that is refused, or one that breaks off while it is sent, is a failure of the question", async () => {
  const refused = new AirgoError("AIRGO_CHECKSUM_MISMATCH", { what: "not the one" });
  const strict = await another({ zip: () => Promise.reject(refused) });
  const question = strict.open(app);
  expect(await get(`${question.url}/example.com/!mod/@v/v1.0.0.zip`)).toEqual({
    status: 502,
    body: "not the one",
  });
  expect(question.asked().failure).toMatchObject({
    error: refused,
    module: { path: "example.com/Mod", version: "v1.0.0" },
  });

  const file = join(rig.folder, "gone.zip");
  const short = await another({
    zip: async () => ({ id: { sha256: "0".repeat(64), size: 9 }, file }),
  });
  const other = short.open(app);
  await expect(get(`${other.url}/example.com/!mod/@v/v1.0.0.zip`)).rejects.toThrow();
  expect(other.asked().failure).toMatchObject({ error: { code: "ENOENT" } });
  await writeFile(file, "nine byte");
  // What has failed stays so: go should end soon, and nobody is asked for the rest.
  expect(await get(`${other.url}/example.com/!mod/@v/v1.0.0.zip`)).toMatchObject({ status: 502 });
  expect(await get(`${short.open(app).url}/example.com/!mod/@v/v1.0.0.zip`)).toEqual({
    status: 200,
    body: "nine byte",
  });
});

test("a go that leaves in the middle of a zip, or with all of it, has not failed for that", async () => {
  const file = join(rig.folder, "large.zip");
  // More than connections hold: some of it is still to be sent when the client leaves.
  await writeFile(file, Buffer.alloc(32 << 20));
  const large = await another({
    zip: async () => ({ id: { sha256: "0".repeat(64), size: 32 << 20 }, file }),
  });
  const question = large.open(app);
  const left = once();
  const request = httpGet(`${question.url}/example.com/!mod/@v/v1.0.0.zip`, (response) => {
    response
      .once("data", () => request.destroy())
      .on("error", () => {})
      .on("close", left.tell);
  });
  request.on("error", () => {});
  await left.happened;
  // Go's next questions are answered, also once the proxy has noticed.
  for (let round = 0; round < 20; round++)
    expect(await get(`${question.url}/example.com/!mod/@v/list`)).toMatchObject({ status: 200 });
  expect(question.asked()).toMatchObject({ failure: undefined, missing: undefined });
});

test("stands in for the checksum database of that name, as it answers", async () => {
  const question = proxy.open(app);
  const at = `${question.url}/sumdb/sum.example.com`;
  expect(await get(`${at}/supported`)).toEqual({ status: 200, body: "" });
  expect(await get(`${at}/latest`)).toMatchObject({
    status: 200,
    body: expect.stringContaining("go.sum database tree"),
  });
  expect(await get(`${at}/lookup/example.com/!mod@v1.0.0`)).toMatchObject({
    body: expect.stringContaining("example.com/Mod v1.0.0/go.mod h1:"),
  });
  expect(question.asked()).toMatchObject({ mods: new Map(), failure: undefined, missing: undefined });
  expect(told).toEqual([]);
});

test("a checksum database that breaks down is a failure of the question", async () => {
  const failure = new AirgoError("AIRGO_NETWORK", { what: "broken" });
  const broken = await another({
    database: { name: "sum.example.com", answer: () => Promise.reject(failure) },
  });
  const question = broken.open(app);
  expect(await get(`${question.url}/sumdb/sum.example.com/latest`)).toMatchObject({ status: 502 });
  expect(question.asked().failure).toMatchObject({ error: failure, module: undefined });
});

test("tells of each go.mod and .info before it is answered, with the question's input, and of nothing else", async () => {
  const [one, two] = [proxy.open(app), proxy.open(input("b/go.mod"))];
  await get(`${one.url}/example.com/!mod/@v/v1.0.0.mod`);
  await get(`${two.url}/example.com/!mod/@v/v1.1.0.info`);
  await get(`${one.url}/example.com/!mod/@v/list`);
  await get(`${one.url}/example.com/!mod/@latest`);
  await get(`${one.url}/example.com/none/@v/v1.0.0.mod`);
  expect(told).toEqual([
    "go.mod: mod example.com/Mod@v1.0.0",
    "b/go.mod: info example.com/Mod@v1.1.0",
    "go.mod: mod example.com/none@v1.0.0",
  ]);
});

test("records the go.mod files that were read, each question apart", async () => {
  const [one, two] = [proxy.open(app), proxy.open(app)];
  await get(`${one.url}/example.com/!mod/@v/v1.0.0.mod`);
  await get(`${one.url}/example.com/!mod/@v/v1.0.0.info`);
  await get(`${one.url}/example.com/!mod/@v/list`);
  await get(`${two.url}/example.com/!mod/@v/v1.1.0.mod`);
  await get(`${two.url}/example.com/!mod/@v/v1.9.0.mod`);
  expect(mods(one)).toEqual(["example.com/Mod@v1.0.0"]);
  expect(mods(two)).toEqual(["example.com/Mod@v1.1.0"]);
  expect([one.asked().failure, two.asked().failure]).toEqual([undefined, undefined]);
});

describe("what is not there is 404, and no failure", () => {
  test.each([
    "example.com/none/@v/list",
    "example.com/!mod/@v/v9.0.0.mod",
    "example.com/!mod/@v/v9.0.0.zip",
    // Of the checksum databases it has one only, and that not under every path.
    "sumdb/sum.golang.org/supported",
    "sumdb/sum.example.com/no/such/thing",
    "sumdb/sum.example.com",
    "sumdb/",
    // A branch, a commit: go asks for them when a go.mod requires no version.
    "example.com/!mod/@v/main.info",
    "example.com/!mod/@v/abcdef123456.info",
    "example.com/Mod/@v/v1.0.0.mod",
    "example.com/../x/@v/v1.0.0.mod",
    "example.com/%2e%2e/x/@v/v1.0.0.mod",
    "%zz/@v/list",
    "",
  ])("%j", async (below) => {
    const question = proxy.open(app);
    expect(await get(`${question.url}/${below}`)).toMatchObject({ status: 404 });
    expect(question.asked()).toMatchObject({ mods: new Map(), failure: undefined });
  });

  test("nor is a question that nobody opened", async () => {
    const question = proxy.open(app);
    const { url } = question;
    expect(proxy.open(app).url).not.toBe(url);
    const below = "example.com/!mod/@v/v1.0.0.mod";
    for (const path of [
      "q0",
      "0",
      "constructor",
      "__proto__",
      "0".repeat(32),
      new URL(url).pathname.slice(1, -1),
    ])
      expect(await get(new URL(`/${path}/${below}`, url).href)).toMatchObject({ status: 404 });
    expect(await get(`${url}1/example.com/!mod/@v/list`)).toMatchObject({ status: 404 });
    expect(await get(new URL("/example.com/!mod/@v/list", url).href)).toMatchObject({ status: 404 });
    expect(mods(question)).toEqual([]);
  });
});

test.each(["POST", "PUT", "HEAD", "DELETE", "OPTIONS"])("answers no %s, and records none", async (method) => {
  const question = proxy.open(app);
  const response = await fetch(`${question.url}/example.com/!mod/@v/v1.0.0.mod`, { method });
  expect(response.status).toBe(405);
  expect(mods(question)).toEqual([]);
});

describe("what nobody is asked for", () => {
  test.each([
    ["@v/list", undefined],
    ["@latest", undefined],
    ["@v/v1.0.0.info", undefined],
    ["@v/v1.0.0.zip", undefined],
    // Without this one go cannot go on: the reason is told.
    ["@v/v1.0.0.mod", "AIRGO_MODULE_NOT_FOUND"],
  ])("is 404 without a question to anybody: %s", async (tail, code) => {
    const quiet = await another({
      local: { isUnasked: (asker, { path }) => asker.name === "go.mod" && path === "example.com/Mod" },
      onAsked: () => told.push("asked"),
    });
    const question = quiet.open(app);
    upstream.requests.length = 0;
    expect(await get(`${question.url}/example.com/!mod/${tail}`)).toMatchObject({ status: 404 });
    const lookup = `${question.url}/sumdb/sum.example.com/lookup/example.com/!mod@v1.0.0`;
    expect(await get(lookup)).toMatchObject({ status: 404 });
    expect([upstream.requests.map(({ path }) => path), told]).toEqual([[], []]);
    expect(question.asked().failure).toBeUndefined();
    expect(question.asked().missing).toEqual(
      code === undefined
        ? undefined
        : {
            error: expect.objectContaining({ code }),
            module: { path: "example.com/Mod", version: "v1.0.0" },
          },
    );
    // It is so for the input that has it in a folder.
    const other = quiet.open(input("b/go.mod"));
    expect(await get(`${other.url}/example.com/!mod/${tail}`)).toMatchObject({ status: 200 });
  });
});

test("a lookup that fails is a failure of the module that is looked up", async () => {
  const failure = new AirgoError("AIRGO_PRIVATE_SOURCE_MISSING", { what: "private" });
  const strict = await another({
    database: { name: "sum.example.com", answer: () => Promise.reject(failure) },
  });
  const question = strict.open(app);
  await get(`${question.url}/sumdb/sum.example.com/lookup/example.com/!mod@v1.0.0`);
  const module = { path: "example.com/Mod", version: "v1.0.0" };
  expect(question.asked().failure).toEqual({ error: failure, module });
});

test("remembers the first thing that was missing, in case go cannot do without", async () => {
  const question = proxy.open(app);
  await get(`${question.url}/example.com/none/@v/v1.0.0.mod`);
  await get(`${question.url}/example.com/other/@v/v1.0.0.mod`);
  expect(question.asked()).toMatchObject({
    failure: undefined,
    missing: {
      error: { message: expect.stringContaining("example.com/none@v1.0.0") },
      module: { path: "example.com/none", version: "v1.0.0" },
    },
  });
});

test("keeps the first failure of a question, and gives go a status that it does not go on after", async () => {
  const [one, two] = [proxy.open(app), proxy.open(app)];
  upstream.faults.add(/v1\.0\.0\.mod$/, { kind: "status", status: 500 });
  upstream.faults.add(/v1\.1\.0\.mod$/, { kind: "status", status: 403 });
  expect(await get(`${one.url}/example.com/!mod/@v/v1.0.0.mod`)).toMatchObject({ status: 502 });
  expect(await get(`${one.url}/example.com/!mod/@v/v1.1.0.mod`)).toMatchObject({ status: 502 });
  expect(one.asked().failure).toMatchObject({
    error: { code: "AIRGO_UPSTREAM_STATUS" },
    module: { path: "example.com/Mod", version: "v1.0.0" },
  });
  expect(mods(one)).toEqual([]);
  expect(two.asked().failure).toBeUndefined();
});
