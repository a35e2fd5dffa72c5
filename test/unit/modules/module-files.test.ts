import { chmod, readFile, writeFile } from "node:fs/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { filePath } from "../../../src/modules/module-files.js";
import type { ObjectId, Store } from "../../../src/store/store.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { startFakeUpstream, type FakeUpstream, type ModuleHashes } from "../../support/fake-upstream.js";
import { openRig, type Rig } from "./rig.js";

const module = { path: "example.com/Mod", version: "v1.0.0-RC1" };
const other = { path: "example.com/other", version: "v1.0.0" };
const zipUrl = /v1\.0\.0-!r!c1\.zip$/;
const modUrl = /v1\.0\.0-!r!c1\.mod$/;
const infoUrl = /v1\.0\.0-!r!c1\.info$/;

let upstream: FakeUpstream;
let hashes: ModuleHashes;
let otherHashes: ModuleHashes;
let rig: Rig;

const modulesServed = [
  {
    ...module,
    goMod: "module example.com/Mod\n\ngo 1.21\n",
    files: { "a.go": "package a\n", "b.go": "package a\n" },
  },
  { ...other, goMod: "module example.com/other\n", files: { "o.go": "package o\n" } },
];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  [hashes, otherHashes] = modulesServed.map((one) => upstream.addModule(one)) as [ModuleHashes, ModuleHashes];
});
beforeEach(async () => {
  rig = await openRig(upstream.proxyUrl);
});
afterEach(async () => {
  upstream.faults.clear();
  upstream.requests.length = 0;
  await rig.close();
});
afterAll(() => upstream.close());

const asked = (): string[] => upstream.requests.map(({ path }) => path);
const refOf = (kind: "info" | "mod" | "zip"): string => `modules/${filePath(module, kind)}`;

/** Changes an object's bytes behind the store's back, as a failing disk does; its size stays. */
async function damage(store: Store, { sha256 }: ObjectId): Promise<void> {
  const file = store.fileOf(sha256);
  const data = await readFile(file);
  data.writeUInt8(data.readUInt8(0) ^ 1, 0);
  await chmod(file, 0o644);
  await writeFile(file, data);
}

/** Nothing was made an object, nothing has a name, no temporary file is left. */
async function expectEmptyStore(): Promise<void> {
  for (const below of ["objects", "refs", "tmp"]) expect(await rig.stored(below)).toEqual([]);
}

test("paths are escaped", () => {
  expect(filePath(module, "zip")).toBe("example.com/!mod/@v/v1.0.0-!r!c1.zip");
});

describe("info", () => {
  test("is stored in our own words, and fetched once", async () => {
    const expected = { version: module.version, time: "2026-01-02T03:04:05Z" };
    upstream.faults.add(infoUrl, {
      kind: "rewrite",
      change: (body) =>
        Buffer.from(JSON.stringify({ Origin: { VCS: "git" }, ...(JSON.parse(String(body)) as object) })),
    });
    expect(await Promise.all([rig.files.info(module), rig.files.info(module)])).toEqual([expected, expected]);
    expect(await rig.anotherRun().info(module)).toEqual(expected);
    expect(asked()).toHaveLength(1);
    const id = (await rig.store.ref(refOf("info"))) as ObjectId;
    expect(String(await rig.store.read(id))).toBe(`{"Version":"v1.0.0-RC1","Time":"2026-01-02T03:04:05Z"}`);
  });

  test.each([
    ["a login page", { kind: "html" }],
    ["another version", { kind: "serve", path: "example.com/other/@v/v1.0.0.info" }],
  ] as const)("%s is refused and not stored; the next try is a new one", async (_, effect) => {
    upstream.faults.add(infoUrl, effect, 1);
    await expect(rig.files.info(module)).rejects.toMatchObject({ code: "AIRGO_UPSTREAM_MALFORMED" });
    await expectEmptyStore();
    expect(await rig.files.info(module)).toMatchObject({ version: module.version });
  });

  test("a name that leads to a damaged object, to another one or to none is healed", async () => {
    const expected = await rig.files.info(module);
    await damage(rig.store, (await rig.store.ref(refOf("info"))) as ObjectId);
    expect(await rig.anotherRun().info(module)).toEqual(expected);
    await rig.store.setRef(refOf("info"), await rig.store.put(Buffer.from(`{"Version":"v9.9.9"}`)));
    expect(await rig.anotherRun().info(module)).toEqual(expected);
    await rig.store.setRef(refOf("info"), { sha256: sha256Hex("gone"), size: 4 });
    expect(await rig.anotherRun().info(module)).toEqual(expected);
    expect(asked()).toHaveLength(4);
    expect(await rig.anotherRun().info(module)).toEqual(expected);
    expect(asked()).toHaveLength(4);
  });
});

describe("go.mod", () => {
  test("reading one stores nothing; keeping one fetches it no second time", async () => {
    const [one, two] = await Promise.all([rig.files.readMod(module), rig.files.readMod(module)]);
    expect(String(one)).toBe(modulesServed[0]?.goMod);
    expect(two).toEqual(one);
    await expectEmptyStore();
    const id = await rig.files.keepMod(module, hashes.goModH1);
    expect(await rig.store.read(id)).toEqual(one);
    expect(await rig.anotherRun().keepMod(module, hashes.goModH1)).toEqual(id);
    expect(await rig.anotherRun().readMod(module)).toEqual(one);
    expect(asked()).toHaveLength(1);
  });

  test("one with another hash is refused and not stored, and asked for again", async () => {
    upstream.faults.add(modUrl, { kind: "flip", at: 3 }, 1);
    await rig.files.readMod(module);
    await expect(rig.files.keepMod(module, hashes.goModH1)).rejects.toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
      where: "example.com/Mod@v1.0.0-RC1",
      expected: hashes.goModH1,
      found: expect.stringMatching(/^h1:/),
    });
    await expectEmptyStore();
    await expect(rig.files.keepMod(module, hashes.goModH1)).resolves.toMatchObject({ size: 32 });
  });

  test("a damaged object is set aside and fetched anew", async () => {
    const id = await rig.files.keepMod(module, hashes.goModH1);
    await damage(rig.store, id);
    expect(sha256Hex(await rig.anotherRun().readMod(module))).toBe(id.sha256);
    expect(await rig.stored("damaged")).toHaveLength(1);
    expect(await rig.anotherRun().keepMod(module, hashes.goModH1)).toEqual(id);
  });

  test("a name that leads to another object is healed", async () => {
    const id = await rig.files.keepMod(module, hashes.goModH1);
    await rig.store.setRef(refOf("mod"), await rig.store.put(Buffer.from("module example.com/forged\n")));
    expect(await rig.anotherRun().keepMod(module, hashes.goModH1)).toEqual(id);
    expect(await rig.store.ref(refOf("mod"))).toEqual(id);
  });

  test("when go has already read the wrong one, its answers are worth nothing: the run ends, the next is well", async () => {
    const id = await rig.files.keepMod(module, hashes.goModH1);
    await rig.store.setRef(refOf("mod"), await rig.store.put(Buffer.from("module example.com/forged\n")));
    const run = rig.anotherRun();
    await run.readMod(module);
    await expect(run.keepMod(module, hashes.goModH1)).rejects.toMatchObject({
      code: "AIRGO_STORE_DAMAGED",
      where: "example.com/Mod@v1.0.0-RC1",
    });
    const next = rig.anotherRun();
    expect(sha256Hex(await next.readMod(module))).toBe(id.sha256);
    expect(await next.keepMod(module, hashes.goModH1)).toEqual(id);
  });
});

describe("zip", () => {
  test("is checked, stored and named; a later run fetches nothing", async () => {
    const id = await rig.files.keepZip(module, hashes.h1);
    expect(await rig.store.has(id)).toBe(true);
    expect(await rig.store.ref(refOf("zip"))).toEqual(id);
    expect(await rig.anotherRun().keepZip(module, hashes.h1)).toEqual(id);
    expect(await rig.anotherRun().keepZip(module, hashes.h1, { locked: id })).toEqual(id);
    expect(asked()).toEqual(["/go/example.com/!mod/@v/v1.0.0-!r!c1.zip"]);
    expect(await rig.stored("tmp")).toEqual([]);
  });

  test("two who ask at the same time get one transfer", async () => {
    const [one, two] = await Promise.all([
      rig.files.keepZip(module, hashes.h1),
      rig.files.keepZip(module, hashes.h1),
    ]);
    expect(two).toEqual(one);
    expect(asked()).toHaveLength(1);
  });

  test.each([
    ["with other contents", { kind: "tamper" }, "AIRGO_CHECKSUM_MISMATCH"],
    ["of another module", { kind: "serve", path: "example.com/other/@v/v1.0.0.zip" }, "AIRGO_ZIP_INVALID"],
    ["cut short in good order", { kind: "truncate", after: 100, honest: true }, "AIRGO_ZIP_INVALID"],
    ["that is a login page", { kind: "html" }, "AIRGO_ZIP_INVALID"],
    ["that keeps breaking off", { kind: "truncate", after: 100 }, "AIRGO_NETWORK"],
  ] as const)("one %s is refused, and nothing of it stays", async (_, effect, code) => {
    upstream.faults.add(zipUrl, effect);
    await expect(rig.files.keepZip(module, hashes.h1)).rejects.toMatchObject({ code });
    await expectEmptyStore();
    upstream.faults.clear();
    expect(await rig.store.has(await rig.files.keepZip(module, hashes.h1))).toBe(true);
  });

  test("a transfer damaged on the way is made again", async () => {
    upstream.faults.add(zipUrl, { kind: "flip", at: 70 }, 1);
    const id = await rig.files.keepZip(module, hashes.h1);
    expect(sha256Hex(await readFile(rig.store.fileOf(id.sha256)))).toBe(id.sha256);
    expect(asked()).toHaveLength(2);
  });

  test("a damaged object is set aside and fetched anew", async () => {
    const id = await rig.files.keepZip(module, hashes.h1);
    await damage(rig.store, id);
    expect(await rig.anotherRun().keepZip(module, hashes.h1)).toEqual(id);
    expect(sha256Hex(await readFile(rig.store.fileOf(id.sha256)))).toBe(id.sha256);
    expect(await rig.stored("damaged")).toHaveLength(1);
  });

  test("a name that leads to another module's zip is healed, and that zip stays where it is", async () => {
    const wrong = await rig.files.keepZip(other, otherHashes.h1);
    await rig.store.setRef(refOf("zip"), wrong);
    const id = await rig.files.keepZip(module, hashes.h1);
    expect(id.sha256).not.toBe(wrong.sha256);
    expect(await rig.store.ref(refOf("zip"))).toEqual(id);
    expect(await rig.store.has(wrong)).toBe(true);
  });

  test("work that was called off leaves the object alone", async () => {
    const id = await rig.files.keepZip(module, hashes.h1);
    const closed = await openRig(upstream.proxyUrl);
    await closed.close();
    const { createHashPool } = await import("../../../src/modules/hash-pool.js");
    const { createModuleFiles } = await import("../../../src/modules/module-files.js");
    const hashPool = createHashPool({ workerFile: "unused", size: 1 });
    await hashPool.close();
    const files = createModuleFiles({ store: rig.store, upstream: rig.upstream, hashPool });
    await expect(files.keepZip(module, hashes.h1)).rejects.toMatchObject({ code: "AIRGO_INTERRUPTED" });
    expect(await rig.store.has(id)).toBe(true);
  });

  test("the bytes that were counted are the zip's, also after a broken transfer", async () => {
    upstream.faults.add(zipUrl, { kind: "truncate", after: 50 }, 1);
    let counted = 0;
    const id = await rig.files.keepZip(module, hashes.h1, { onBytes: (bytes) => (counted += bytes) });
    expect(counted).toBe(id.size);
  });
});

describe("a locked zip", () => {
  let locked: ObjectId;
  beforeEach(async () => {
    const before = await openRig(upstream.proxyUrl);
    locked = await before.files.keepZip(module, hashes.h1);
    await before.close();
    upstream.requests.length = 0;
  });

  test("is fetched as it was", async () => {
    expect(await rig.files.keepZip(module, hashes.h1, { locked })).toEqual(locked);
  });

  test("a repacked one is refused by name, whatever ends the list, and not stored", async () => {
    upstream.faults.add(zipUrl, { kind: "repack" });
    for (const tail of ["", ",direct", "|off"]) {
      const strict = await openRig(`${upstream.proxyUrl}${tail}`);
      await expect(strict.files.keepZip(module, hashes.h1, { locked })).rejects.toMatchObject({
        code: "AIRGO_CHECKSUM_MISMATCH",
        message: expect.stringContaining("repacked"),
        expected: `sha256 ${locked.sha256}`,
      });
      expect(await strict.stored("objects")).toEqual([]);
      await strict.close();
    }
    // Once for each list: its bytes were whole, so another try would bring the same.
    expect(asked()).toHaveLength(3);
  });

  test("a repacked one is taken where nothing is locked yet", async () => {
    upstream.faults.add(zipUrl, { kind: "repack" });
    expect((await rig.files.keepZip(module, hashes.h1)).sha256).not.toBe(locked.sha256);
  });

  test("the next proxy of the list is asked instead", async () => {
    const mirror = await startFakeUpstream();
    for (const one of modulesServed) mirror.addModule(one);
    mirror.faults.add(zipUrl, { kind: "repack" });
    const both = await openRig(`${mirror.proxyUrl},${upstream.proxyUrl}`);
    expect(await both.files.keepZip(module, hashes.h1, { locked })).toEqual(locked);
    await both.close();
    await mirror.close();
  });

  test("an object that the lock names must be that module: a lock can be edited", async () => {
    const wrong = await rig.files.keepZip(other, otherHashes.h1);
    await expect(rig.files.keepZip(module, hashes.h1, { locked: wrong })).rejects.toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
    });
    expect(await rig.store.has(wrong)).toBe(true);
  });
});

test("raw gives other answers of the protocol", async () => {
  expect(String(await rig.files.raw(other.path, "@v/list"))).toBe("v1.0.0\n");
  await expect(rig.files.raw("example.com/none", "@v/list")).rejects.toMatchObject({
    code: "AIRGO_UPSTREAM_MISSING",
    message: expect.stringContaining("example.com/none"),
  });
});
