import { chmod, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { h1ToHex } from "../../../src/modules/dirhash.js";
import { createHashPool } from "../../../src/modules/hash-pool.js";
import { createModuleFiles } from "../../../src/modules/create-module-files.js";
import { filePath } from "../../../src/modules/module-files.js";
import type { ObjectId } from "../../../src/store/store.js";
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
const noteOf = (kind: "info" | "mod"): string => `modules/${filePath(module, kind)}`;
const zipRef = (h1: string): string => `zips/${h1ToHex(h1)}`;
/** The store's one file of notes; the note that is asked for is the last in it. */
const noteFile = async (): Promise<string> =>
  join(rig.store.root, "notes", (await rig.stored("notes"))[0] ?? "");

/** Changes a file's bytes behind the store's back, as a failing disk does; its size stays. */
async function damage(file: string): Promise<void> {
  const data = await readFile(file);
  data.writeUInt8(data.readUInt8(data.length - 1) ^ 1, data.length - 1);
  await chmod(file, 0o644);
  await writeFile(file, data);
}

/** Nothing was made an object, nothing has a name, no temporary file is left. */
async function expectEmptyStore(): Promise<void> {
  for (const below of ["objects", "notes", "tmp"]) expect(await rig.stored(below)).toEqual([]);
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
    expect(String(await rig.store.note(noteOf("info")))).toBe(
      `{"Version":"v1.0.0-RC1","Time":"2026-01-02T03:04:05Z"}`,
    );
  });

  test.each([
    ["a login page", { kind: "html" }, 4, "AIRGO_WEB_PAGE"],
    [
      "another version",
      { kind: "serve", path: "example.com/other/@v/v1.0.0.info" },
      1,
      "AIRGO_UPSTREAM_MALFORMED",
    ],
  ] as const)("%s is refused and not stored; the next try is a new one", async (_, effect, times, code) => {
    upstream.faults.add(infoUrl, effect, times);
    await expect(rig.files.info(module)).rejects.toMatchObject({ code });
    await expectEmptyStore();
    expect(await rig.files.info(module)).toMatchObject({ version: module.version });
  });

  test.each<[string, () => Promise<void>]>([
    ["is damaged", async () => damage(await noteFile())],
    ["was cut", async () => truncate(await noteFile(), 70)],
    ["is empty", async () => truncate(await noteFile(), 0)],
    ["is of another version", () => rig.store.setNote(noteOf("info"), Buffer.from(`{"Version":"v9.9.9"}`))],
  ])("what is stored and %s is healed", async (_, spoil) => {
    const expected = await rig.files.info(module);
    await spoil();
    expect(await rig.anotherRun().info(module)).toEqual(expected);
    expect(asked()).toHaveLength(2);
    expect(await rig.anotherRun().info(module)).toEqual(expected);
    expect(asked()).toHaveLength(2);
  });
});

describe("go.mod", () => {
  test("reading one stores nothing; keeping one fetches it no second time", async () => {
    const [one, two] = await Promise.all([rig.files.readMod(module), rig.files.readMod(module)]);
    expect(String(one)).toBe(modulesServed[0]?.goMod);
    expect(two).toEqual(one);
    await expectEmptyStore();
    const id = await rig.files.keepMod(module, hashes.goModH1);
    expect(id).toEqual({ sha256: sha256Hex(one), size: one.byteLength });
    expect(await rig.store.note(noteOf("mod"))).toEqual(one);
    expect(await rig.anotherRun().keepMod(module, hashes.goModH1)).toEqual(id);
    expect(await rig.anotherRun().readMod(module)).toEqual(one);
    expect(asked()).toHaveLength(1);
  });

  test("one with another hash is refused and not stored, and asked for again", async () => {
    const fault = upstream.faults.add(modUrl, { kind: "flip", at: 3 });
    await expect(rig.files.keepMod(module, hashes.goModH1)).rejects.toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
      where: "example.com/Mod@v1.0.0-RC1",
      expected: hashes.goModH1,
      found: expect.stringMatching(/^h1:/),
    });
    await expectEmptyStore();
    upstream.faults.remove(fault);
    await expect(rig.files.keepMod(module, hashes.goModH1)).resolves.toMatchObject({ size: 32 });
  });

  test("one that a go.sum names is looked for before another one is read", async () => {
    upstream.faults.add(modUrl, { kind: "flip", at: 3 }, 3);
    expect(String(await rig.files.readMod(module, hashes.goModH1))).toBe(modulesServed[0]?.goMod);
    await expect(rig.files.keepMod(module, hashes.goModH1)).resolves.toMatchObject({ size: 32 });
    expect(asked()).toHaveLength(4);
  });

  test("one that nobody serves as a go.sum names it is read as it is served", async () => {
    expect(String(await rig.files.readMod(module, otherHashes.goModH1))).toBe(modulesServed[0]?.goMod);
    expect(asked()).toHaveLength(5);
  });

  test("one that was damaged on the way is fetched again", async () => {
    upstream.faults.add(modUrl, { kind: "flip", at: 3 }, 3);
    await expect(rig.files.keepMod(module, hashes.goModH1)).resolves.toMatchObject({ size: 32 });
    expect(asked()).toHaveLength(4);
  });

  test("when go has read one with another hash, nothing in this run makes up for it; the next run is well", async () => {
    upstream.faults.add(modUrl, { kind: "flip", at: 3 }, 1);
    await rig.files.readMod(module);
    // A guess that fails unheard comes first; what counts asks later, and by then the proxy serves the right one.
    for (const _ of ["a guess", "what counts"]) {
      await expect(rig.files.keepMod(module, hashes.goModH1)).rejects.toMatchObject({
        code: "AIRGO_CHECKSUM_MISMATCH",
      });
    }
    await expect(rig.anotherRun().keepMod(module, hashes.goModH1)).resolves.toMatchObject({ size: 32 });
  });

  test.each<[string, () => Promise<void>]>([
    ["damaged", async () => damage(await noteFile())],
    ["cut short", async () => truncate(await noteFile(), 80)],
    ["emptied", async () => truncate(await noteFile(), 0)],
  ])("a stored one that was %s is fetched anew", async (_, spoil) => {
    const id = await rig.files.keepMod(module, hashes.goModH1);
    await spoil();
    expect(sha256Hex(await rig.anotherRun().readMod(module))).toBe(id.sha256);
    expect(await rig.anotherRun().keepMod(module, hashes.goModH1)).toEqual(id);
    expect(asked()).toHaveLength(3);
    expect(await rig.anotherRun().keepMod(module, hashes.goModH1)).toEqual(id);
    expect(asked()).toHaveLength(3);
  });

  const forged = Buffer.from("module example.com/forged\n");

  test("a name that leads to another go.mod is healed", async () => {
    const id = await rig.files.keepMod(module, hashes.goModH1);
    await rig.store.setNote(noteOf("mod"), forged);
    const run = rig.anotherRun();
    expect(await run.keepMod(module, hashes.goModH1)).toEqual(id);
    expect(String(await rig.store.note(noteOf("mod")))).toBe(modulesServed[0]?.goMod);
    expect(String(await run.readMod(module))).toBe(modulesServed[0]?.goMod);
  });

  test("when go has already read the wrong one, its answers are worth nothing: the run ends, the next is well", async () => {
    const id = await rig.files.keepMod(module, hashes.goModH1);
    await rig.store.setNote(noteOf("mod"), forged);
    const run = rig.anotherRun();
    await run.readMod(module);
    for (const _ of ["a guess", "what counts"]) {
      await expect(run.keepMod(module, hashes.goModH1)).rejects.toMatchObject({
        code: "AIRGO_STORE_DAMAGED",
        where: "example.com/Mod@v1.0.0-RC1",
      });
    }
    const next = rig.anotherRun();
    expect(sha256Hex(await next.readMod(module))).toBe(id.sha256);
    expect(await next.keepMod(module, hashes.goModH1)).toEqual(id);
  });

  test("when go reads one while its hash is looked at, go gets the right one or none", async () => {
    const fault = upstream.faults.add(modUrl, { kind: "flip", at: 3 });
    const keeping = rig.files.keepMod(module, hashes.goModH1);
    const reading = rig.files.readMod(module);
    await expect(keeping).rejects.toMatchObject({ code: "AIRGO_CHECKSUM_MISMATCH" });
    await expect(reading).rejects.toMatchObject({ code: "AIRGO_CHECKSUM_MISMATCH" });
    upstream.faults.remove(fault);
    upstream.faults.add(modUrl, { kind: "flip", at: 3 }, 1);
    const [, read] = await Promise.all([
      rig.files.keepMod(module, hashes.goModH1),
      rig.files.readMod(module),
    ]);
    expect(String(read)).toBe(modulesServed[0]?.goMod);
  });

  test("when go read one before its hash was looked at, that counts as read", async () => {
    upstream.faults.add(modUrl, { kind: "flip", at: 3 }, 1);
    const reading = rig.files.readMod(module);
    const keeping = rig.files.keepMod(module, hashes.goModH1);
    await expect(keeping).rejects.toMatchObject({ code: "AIRGO_CHECKSUM_MISMATCH" });
    expect(String(await reading)).not.toBe(modulesServed[0]?.goMod);
    await expect(rig.files.keepMod(module, hashes.goModH1)).rejects.toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
    });
  });

  test("no proxy can vouch for what it stores: another hash asks for another go.mod", async () => {
    await rig.files.keepMod(module, hashes.goModH1);
    await expect(rig.anotherRun().keepMod(module, otherHashes.goModH1)).rejects.toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
      found: hashes.goModH1,
    });
  });
});

describe("zip", () => {
  test("is checked, stored and named; a later run fetches nothing", async () => {
    const id = await rig.files.keepZip(module, hashes.h1);
    expect(await rig.store.has(id)).toBe(true);
    expect(await rig.store.ref(zipRef(hashes.h1))).toEqual(id);
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
    ["of another module", { kind: "serve", path: "example.com/other/@v/v1.0.0.zip" }, "AIRGO_ZIP_UNSAFE"],
    ["cut short in good order", { kind: "truncate", after: 100, honest: true }, "AIRGO_ZIP_INVALID"],
    ["that is a login page", { kind: "html" }, "AIRGO_NOT_A_ZIP"],
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

  test("an object that was cut is fetched anew; nothing else is looked into again, for packing looks", async () => {
    const id = await rig.files.keepZip(module, hashes.h1);
    const file = rig.store.fileOf(id.sha256);
    await chmod(file, 0o644);
    await truncate(file, id.size - 1);
    expect(await rig.anotherRun().keepZip(module, hashes.h1)).toEqual(id);
    expect(sha256Hex(await readFile(file))).toBe(id.sha256);
    expect(asked()).toHaveLength(2);
  });

  test("an object that was set aside is fetched anew, in a later run as in this one", async () => {
    const id = await rig.files.keepZip(module, hashes.h1);
    for (const run of [rig.files, rig.anotherRun()]) {
      await damage(rig.store.fileOf(id.sha256));
      await rig.store.setAside(id.sha256);
      expect(await run.keepZip(module, hashes.h1)).toEqual(id);
      expect(sha256Hex(await readFile(rig.store.fileOf(id.sha256)))).toBe(id.sha256);
    }
    expect(await rig.stored("damaged")).toHaveLength(2);
  });

  test("a damaged object that nothing but a lock names is set aside and fetched anew", async () => {
    const id = await rig.files.keepZip(module, hashes.h1);
    await damage(rig.store.fileOf(id.sha256));
    await rig.store.setNote(`refs/${zipRef(hashes.h1)}`, Buffer.of());
    expect(await rig.anotherRun().keepZip(module, hashes.h1, { locked: id })).toEqual(id);
    expect(sha256Hex(await readFile(rig.store.fileOf(id.sha256)))).toBe(id.sha256);
    expect(await rig.stored("damaged")).toHaveLength(1);
    expect(await rig.store.ref(zipRef(hashes.h1))).toEqual(id);
  });

  test("an object that only a lock names is looked into, and found by its hash from then on", async () => {
    const id = await rig.files.keepZip(module, hashes.h1);
    await rig.store.setNote(`refs/${zipRef(hashes.h1)}`, Buffer.of());
    expect(await rig.anotherRun().keepZip(module, hashes.h1, { locked: id })).toEqual(id);
    expect(await rig.store.ref(zipRef(hashes.h1))).toEqual(id);
    expect(asked()).toHaveLength(1);
  });

  test("a name that leads to another module's zip is healed where a lock says better, and that zip stays where it is", async () => {
    const wrong = await rig.files.keepZip(other, otherHashes.h1);
    const id = await rig.files.keepZip(module, hashes.h1);
    await rig.store.setRef(zipRef(hashes.h1), wrong);
    expect(await rig.anotherRun().keepZip(module, hashes.h1, { locked: id })).toEqual(id);
    expect(await rig.store.ref(zipRef(hashes.h1))).toEqual(id);
    expect(await rig.store.has(wrong)).toBe(true);
  });

  test("a name that leads to another module's zip is not believed where no lock says better, and is healed", async () => {
    const wrong = await rig.files.keepZip(other, otherHashes.h1);
    await rig.store.setRef(zipRef(hashes.h1), wrong);
    const id = await rig.anotherRun().keepZip(module, hashes.h1);
    expect(id).not.toEqual(wrong);
    expect(sha256Hex(await readFile(rig.store.fileOf(id.sha256)))).toBe(id.sha256);
    expect(await rig.store.ref(zipRef(hashes.h1))).toEqual(id);
    expect(await rig.store.has(wrong)).toBe(true);
  });

  test("a damaged object that only a name leads to is set aside and fetched anew", async () => {
    const id = await rig.files.keepZip(module, hashes.h1);
    await damage(rig.store.fileOf(id.sha256));
    expect(await rig.anotherRun().keepZip(module, hashes.h1)).toEqual(id);
    expect(sha256Hex(await readFile(rig.store.fileOf(id.sha256)))).toBe(id.sha256);
    expect(await rig.stored("damaged")).toHaveLength(1);
  });

  test("a zip gets its name by its hash only after that was computed: a refused one names nothing", async () => {
    upstream.faults.add(zipUrl, { kind: "tamper" });
    await expect(rig.files.keepZip(module, hashes.h1)).rejects.toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
    });
    expect(await rig.stored("notes")).toEqual([]);
  });

  test("work that was called off leaves the object alone", async () => {
    const id = await rig.files.keepZip(module, hashes.h1);
    await rig.store.setNote(`refs/${zipRef(hashes.h1)}`, Buffer.of());
    const hashPool = createHashPool({ workerFile: "unused", size: 1 });
    await hashPool.close();
    const { store, traffic } = rig;
    const files = createModuleFiles({
      store,
      upstreamOf: () => rig.upstream,
      hashPool,
      isPrivate: () => false,
      traffic,
    });
    await expect(files.keepZip(module, hashes.h1, { locked: id })).rejects.toMatchObject({
      code: "AIRGO_INTERRUPTED",
    });
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

  test("a byte damaged on the way that changes no content is no repacking: it is asked for once more", async () => {
    // In the name of the first file, of which the one in the directory at the zip's end counts.
    upstream.faults.add(zipUrl, { kind: "flip", at: 40 }, 1);
    expect(await rig.files.keepZip(module, hashes.h1, { locked })).toEqual(locked);
    expect(asked()).toHaveLength(2);
  });

  test("other bytes of the same size that come twice are a repacked one", async () => {
    upstream.faults.add(zipUrl, { kind: "flip", at: 40 });
    await expect(rig.files.keepZip(module, hashes.h1, { locked })).rejects.toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
      message: expect.stringContaining("repacked"),
    });
    expect(asked()).toHaveLength(2);
    expect(await rig.stored("objects")).toEqual([]);
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
    code: "AIRGO_MODULE_NOT_FOUND",
    message: expect.stringContaining("example.com/none"),
  });
});

describe("a version that nothing vouches for", () => {
  test("is pinned to what its source serves, with its hash, and shared", async () => {
    const [one, two] = await Promise.all([rig.files.pinZip(module), rig.files.pinZip(module)]);
    expect(one.h1).toBe(hashes.h1);
    expect(two).toEqual(one);
    expect(await rig.store.ref(zipRef(hashes.h1))).toEqual(one.id);
    expect(asked()).toHaveLength(1);
    // From then on it is known by its hash, as any other.
    expect(await rig.anotherRun().keepZip(module, one.h1)).toEqual(one.id);
    expect(asked()).toHaveLength(1);
  });

  test("is asked for in each run: nothing else says that what the store has is what its source serves now", async () => {
    await rig.files.pinZip(module);
    await rig.anotherRun().pinZip(module);
    expect(asked()).toHaveLength(2);
  });

  test("must be a sound zip of that version all the same", async () => {
    upstream.faults.add(zipUrl, { kind: "serve", path: "example.com/other/@v/v1.0.0.zip" });
    await expect(rig.files.pinZip(module)).rejects.toMatchObject({
      code: expect.stringMatching(/^AIRGO_ZIP_/),
    });
    await expectEmptyStore();
  });
});

describe("a module with an upstream of its own", () => {
  test("is asked for there and nowhere else, whatever is asked", async () => {
    const corp = await startFakeUpstream();
    corp.addModule({
      path: "corp.example/m",
      version: "v1.0.0",
      goMod: "module corp.example/m\n",
      files: {},
    });
    const own = { path: "corp.example/m", version: "v1.0.0" };
    const both = await openRig(upstream.proxyUrl, {
      privateModules: { isOne: (path) => path.startsWith("corp.example/"), goproxy: corp.proxyUrl },
    });
    await both.files.info(own);
    await both.files.readMod(own);
    await both.files.pinZip(own);
    await both.files.raw(own.path, "@v/list");
    await both.files.info(module);
    expect(corp.requests.map(({ path }) => path)).toEqual([
      "/go/corp.example/m/@v/v1.0.0.info",
      "/go/corp.example/m/@v/v1.0.0.mod",
      "/go/corp.example/m/@v/v1.0.0.zip",
      "/go/corp.example/m/@v/list",
    ]);
    expect(asked()).toEqual([expect.stringContaining("/!mod/")]);
    await both.close();
    await corp.close();
  });
});

test("traffic tells what the store had and what was fetched, by version", async () => {
  await rig.files.info(module);
  await rig.files.keepMod(module, hashes.goModH1);
  const { size } = await rig.files.keepZip(module, hashes.h1);
  const [row] = rig.traffic.rows();
  expect(row).toMatchObject({ subject: "example.com/Mod@v1.0.0-RC1", hits: 0, misses: 3 });
  expect(row?.bytes).toBeGreaterThan(size);
  const run = rig.anotherRun();
  await run.info(module);
  await run.keepMod(module, hashes.goModH1);
  await run.keepZip(module, hashes.h1);
  expect(rig.traffic.rows()).toEqual([{ ...row, hits: 3 }]);
});
