import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { startLoopbackProxy, type LoopbackProxy } from "../../../src/modules/loopback-proxy.js";
import { startFakeUpstream, type FakeUpstream } from "../../support/fake-upstream.js";
import { openRig, type Rig } from "./rig.js";

let upstream: FakeUpstream;
let rig: Rig;
let proxy: LoopbackProxy;

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
  proxy = await startLoopbackProxy(rig.files);
});
afterEach(async () => {
  upstream.faults.clear();
  await proxy.close();
  await rig.close();
});
afterAll(() => upstream.close());

async function get(url: string): Promise<{ status: number; body: string }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.text() };
}
const mods = (question: ReturnType<LoopbackProxy["open"]>): string[] => [...question.asked().mods.keys()];

test("answers the module proxy protocol, on the loopback interface only", async () => {
  const { url } = proxy.open();
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

test("records the go.mod files that were read, each question apart", async () => {
  const [one, two] = [proxy.open(), proxy.open()];
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
    "example.com/!mod/@v/v1.0.0.zip",
    "sumdb/sum.golang.org/supported",
    // A branch, a commit: go asks for them when a go.mod requires no version.
    "example.com/!mod/@v/main.info",
    "example.com/!mod/@v/abcdef123456.info",
    "example.com/Mod/@v/v1.0.0.mod",
    "example.com/../x/@v/v1.0.0.mod",
    "example.com/%2e%2e/x/@v/v1.0.0.mod",
    "%zz/@v/list",
    "",
  ])("%j", async (below) => {
    const question = proxy.open();
    expect(await get(`${question.url}/${below}`)).toMatchObject({ status: 404 });
    expect(question.asked()).toMatchObject({ mods: new Map(), failure: undefined });
  });

  test("nor is a question that nobody opened", async () => {
    const question = proxy.open();
    const { url } = question;
    expect(proxy.open().url).not.toBe(url);
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
  const question = proxy.open();
  const response = await fetch(`${question.url}/example.com/!mod/@v/v1.0.0.mod`, { method });
  expect(response.status).toBe(405);
  expect(mods(question)).toEqual([]);
});

test("remembers the first thing that was missing, in case go cannot do without", async () => {
  const question = proxy.open();
  await get(`${question.url}/example.com/none/@v/v1.0.0.mod`);
  await get(`${question.url}/example.com/other/@v/v1.0.0.mod`);
  expect(question.asked()).toMatchObject({
    failure: undefined,
    missing: { code: "AIRGO_UPSTREAM_MISSING", message: expect.stringContaining("example.com/none@v1.0.0") },
  });
});

test("keeps the first failure of a question, and gives go a status that it does not go on after", async () => {
  const [one, two] = [proxy.open(), proxy.open()];
  upstream.faults.add(/v1\.0\.0\.mod$/, { kind: "status", status: 500 });
  upstream.faults.add(/v1\.1\.0\.mod$/, { kind: "status", status: 403 });
  expect(await get(`${one.url}/example.com/!mod/@v/v1.0.0.mod`)).toMatchObject({ status: 502 });
  expect(await get(`${one.url}/example.com/!mod/@v/v1.1.0.mod`)).toMatchObject({ status: 502 });
  expect(one.asked().failure).toMatchObject({ code: "AIRGO_UPSTREAM_STATUS" });
  expect(mods(one)).toEqual([]);
  expect(two.asked().failure).toBeUndefined();
});
