import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import { nearVersions } from "../../../src/modules/module-absence.js";
import { isAbsence, isUnobtainable } from "../../../src/support/absence.js";
import { errorCatalogue, type ErrorCode } from "../../../src/support/error-codes.js";
import { AirgoError } from "../../../src/support/errors.js";
import { startFakeUpstream, type FakeUpstream } from "../../support/fake-upstream.js";
import { openRig, type Rig } from "./rig.js";

const path = "example.com/Mod";
const missing = { path, version: "v1.2.9" };
const anyH1 = `h1:${Buffer.alloc(32).toString("base64")}`;
let first: FakeUpstream;
let second: FakeUpstream;
const rigs: Rig[] = [];

beforeAll(async () => {
  [first, second] = [await startFakeUpstream(), await startFakeUpstream()];
  for (const version of ["v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.10.0", "v2.0.0+incompatible"])
    second.addModule({ path, version, files: {} });
});
afterEach(async () => {
  for (const upstream of [first, second]) {
    upstream.faults.clear();
    upstream.requests.length = 0;
  }
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});
afterAll(() => Promise.all([first.close(), second.close()]));

async function over(list: (a: string, b: string) => string): Promise<Rig> {
  const rig = await openRig(list(first.proxyUrl, second.proxyUrl));
  rigs.push(rig);
  return rig;
}

const lists = (upstream: FakeUpstream): number =>
  upstream.requests.filter(({ path: asked }) => asked.endsWith("/@v/list")).length;

describe("a version that no proxy has", () => {
  test.each(["info", "readMod"] as const)(
    "of a module that one knows (%s) comes with near ones",
    async (ask) => {
      const { files } = await over((a, b) => `${a},${b}`);
      await expect(files[ask](missing)).rejects.toMatchObject({
        code: "AIRGO_VERSION_NOT_FOUND",
        message: expect.stringContaining("v1.2.9"),
        where: "example.com/Mod@v1.2.9",
        expected: expect.stringContaining("v2.0.0+incompatible, v1.10.0, v1.3.0, v1.2.0, v1.1.0"),
        found: `not found at ${first.proxyUrl}, ${second.proxyUrl}`,
      });
    },
  );

  test("is told of the zip too", async () => {
    const { files } = await over((a, b) => `${a},${b}`);
    await expect(files.keepZip(missing, anyH1)).rejects.toMatchObject({ code: "AIRGO_VERSION_NOT_FOUND" });
  });

  test("costs one request more, for all its files and versions, and only then", async () => {
    const { files } = await over((_, b) => b);
    await files.readMod({ path, version: "v1.0.0" });
    expect(lists(second)).toBe(0);
    for (const version of ["v1.2.9", "v1.2.9", "v1.2.8"])
      await expect(files.readMod({ path, version })).rejects.toMatchObject({
        code: "AIRGO_VERSION_NOT_FOUND",
      });
    expect(lists(second)).toBe(1);
  });

  test("is not looked into where a yes or no was asked for", async () => {
    const { upstream } = await over((_, b) => b);
    expect(await upstream.has("example.com/!mod/@v/v1.2.9.zip", "x")).toBe(false);
    expect(lists(second)).toBe(0);
  });

  test("says so where the proxy lists it and does not serve it", async () => {
    second.faults.add(/v1\.0\.0\.mod$/, { kind: "status", status: 404 });
    const { files } = await over((_, b) => b);
    await expect(files.readMod({ path, version: "v1.0.0" })).rejects.toMatchObject({
      code: "AIRGO_VERSION_NOT_FOUND",
      expected: "the version, which the module's own list names",
      found: `listed, but not found at ${second.proxyUrl}`,
    });
  });

  test("behind which the list goes on to `direct` says that git is never run", async () => {
    const { files } = await over((_, b) => `${b},direct`);
    await expect(files.readMod(missing)).rejects.toMatchObject({
      code: "AIRGO_VERSION_NOT_FOUND",
      hint: expect.stringContaining("never runs git"),
    });
  });
});

describe("a module that no proxy knows", () => {
  const unknown = { path: "example.com/none", version: "v1.0.0" };

  test("is named with everybody who was asked", async () => {
    const { files } = await over((a, b) => `${a},${b}`);
    await expect(files.readMod(unknown)).rejects.toMatchObject({
      code: "AIRGO_MODULE_NOT_FOUND",
      where: "example.com/none@v1.0.0",
      found: `not found at ${first.proxyUrl}, ${second.proxyUrl}`,
    });
  });

  test("stays so when the list of versions cannot be had: nothing is known then", async () => {
    first.faults.add(/\/@v\/list$/, { kind: "status", status: 500 });
    const { files } = await over((a) => a);
    await expect(files.readMod(unknown)).rejects.toMatchObject({ code: "AIRGO_MODULE_NOT_FOUND" });
    expect(lists(first)).toBe(1);
  });

  test("is AIRGO_PROXY_DIRECT where the list would have asked its repository next", async () => {
    const { files } = await over((a) => `${a},direct`);
    await expect(files.readMod(unknown)).rejects.toMatchObject({
      code: "AIRGO_PROXY_DIRECT",
      where: "example.com/none@v1.0.0",
    });
  });
});

describe("a version that is gone (410)", () => {
  test.each([
    ["alone", (a: string) => a],
    ["before `direct`", (a: string) => `${a},direct`],
    ["before a proxy that never had it", (a: string, b: string) => `${a},${b}`],
    ["behind one", (a: string, b: string) => `${b},${a}`],
  ])("%s is told as gone", async (_, list) => {
    first.faults.add(/./, { kind: "status", status: 410 });
    const { files } = await over(list);
    await expect(files.readMod(missing)).rejects.toMatchObject({
      code: "AIRGO_MODULE_GONE",
      where: "example.com/Mod@v1.2.9",
      found: `HTTP status 410 from ${first.proxyUrl}`,
      hint: expect.stringContaining("store"),
    });
  });

  test("is taken from a proxy that kept it", async () => {
    first.faults.add(/./, { kind: "status", status: 410 });
    const { files } = await over((a, b) => `${a},${b}`);
    expect(String(await files.readMod({ path, version: "v1.0.0" }))).toBe(`module ${path}\n`);
  });

  test("is no for `has`", async () => {
    first.faults.add(/./, { kind: "status", status: 410 });
    const { upstream } = await over((a) => `${a},direct`);
    expect(await upstream.has("example.com/!mod/@v/v1.0.0.zip", "x")).toBe(false);
  });
});

test.each([
  ["v1.2.9", ["v2.0.0", "v1.3.0", "v1.2.1", "v1.2.0"], ["v1.2.0", "v1.3.0", "v2.0.0", "v1.2.1"]],
  ["v0.1.0", ["v3.0.0", "v1.1.0", "v1.0.0"], ["v1.0.0", "v1.1.0", "v2.0.0", "v3.0.0"]],
  ["v9.0.0", ["v3.0.0", "v2.0.0"], ["v1.0.0", "v1.1.0", "v2.0.0", "v3.0.0"]],
  ["v1.0.0", ["v2.0.0"], ["v1.0.0", "v2.0.0", "v2.0.0"]],
  ["v1.10.0", ["v1.11.0", "v1.9.0", "v1.2.0"], ["v1.9.0", "v1.2.0", "v1.11.0"]],
  ["v1.0.0", [], []],
])("near to %s are the next ones on either side and the newest: %j", (version, near, listed) => {
  expect(nearVersions(listed, version)).toEqual(near);
});

test("absence is what says that everybody answered and nobody has it", () => {
  const codes = Object.keys(errorCatalogue) as ErrorCode[];
  const those = (is: (error: unknown) => boolean): string[] =>
    codes.filter((code) => is(new AirgoError(code, { what: "x" }))).sort();
  const absent = [
    "AIRGO_MODULE_GONE",
    "AIRGO_MODULE_NOT_FOUND",
    "AIRGO_UPSTREAM_MISSING",
    "AIRGO_VERSION_NOT_FOUND",
  ];
  expect(those(isAbsence)).toEqual(absent);
  expect(those(isUnobtainable)).toEqual([...absent, "AIRGO_PROXY_DIRECT"].sort());
  const behindFailure = new AirgoError("AIRGO_PROXY_DIRECT", { what: "x", cause: new Error("broke down") });
  expect(isUnobtainable(behindFailure)).toBe(false);
  expect(isAbsence(new Error("AIRGO_MODULE_GONE"))).toBe(false);
});
