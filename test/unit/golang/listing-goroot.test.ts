import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, test } from "@jest/globals";

import { makeListingGoroot } from "../../../src/golang/listing-goroot.js";
import { h1ToHex } from "../../../src/modules/dirhash.js";
import { createHashPool } from "../../../src/modules/hash-pool.js";
import { openStore, type ObjectId, type Store } from "../../../src/store/store.js";
import { scratchFolder } from "../../support/scratch.js";
import { makeToolchain, toolchainFiles, type MadeToolchain } from "./layers/toolchain-zip.js";

const scratch = scratchFolder("listing-goroot");
const workerFile = new URL("../../../dist/modules/hash-worker.js", import.meta.url);
const hashPool = createHashPool({ workerFile, size: 1 });
afterAll(() => hashPool.close());

const toolchain = { version: "1.99.1", arch: "amd64" } as const;
const goEnv = { name: "go.env", data: "GOTOOLCHAIN=auto\n" };
const files = [...toolchainFiles("amd64"), goEnv];
let folders = 0;
const fresh = (name: string): string => join(scratch, `${name}-${++folders}`);

/** A store, and a toolchain that is brought into it on demand; `brought` counts how often. */
async function setting(made?: MadeToolchain) {
  const one = made ?? (await makeToolchain("amd64", files));
  const store = await openStore(fresh("store"));
  let brought = 0;
  const bringZip = async (): Promise<ObjectId> => {
    brought++;
    return store.put(one.zip);
  };
  const make = async (change: { bringZip?: () => Promise<ObjectId>; h1?: string } = {}): Promise<string> => {
    const folder = fresh("goroot");
    await makeListingGoroot({ store, hashPool }, { toolchain, h1: one.h1, bringZip, folder, ...change });
    return folder;
  };
  return { store, made: one, make, brought: () => brought };
}

const fileOf = (name: string): string => String(files.find((file) => file.name === name)?.data);
const refOf = (made: MadeToolchain, path: string): string => `goroots/${h1ToHex(made.h1)}/${path}`;

function expectGoroot(folder: string): void {
  expect(readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()).toEqual([
    "VERSION",
    "bin",
    "bin/go",
    "go.env",
    "pkg",
    "pkg/tool",
  ]);
  for (const path of ["bin/go", "VERSION", "go.env"])
    expect(readFileSync(join(folder, path), "utf8")).toBe(fileOf(path));
  expect(statSync(join(folder, "bin", "go")).mode & 0o777).toBe(0o755);
  expect(statSync(join(folder, "VERSION")).mode & 0o777).toBe(0o644);
}

test("has the few files that listing modules takes, and a go that can run", async () => {
  const { make } = await setting();
  expectGoroot(await make());
});

test("a toolchain is unpacked once; from then on the files come from the store, without its zip", async () => {
  const { make, brought, store, made } = await setting();
  expectGoroot(await make());
  const { sha256 } = await store.put(made.zip);
  rmSync(store.fileOf(sha256), { force: true });
  expectGoroot(await make());
  expect(brought()).toBe(1);
});

describe("what the store has of it and is not whole is taken from the zip again", () => {
  const damages: [string, (store: Store, made: MadeToolchain, path: string) => Promise<void>][] = [
    [
      "damaged",
      async (store, made, path) => {
        const id = (await store.ref(refOf(made, path))) as ObjectId;
        chmodSync(store.fileOf(id.sha256), 0o644);
        writeFileSync(store.fileOf(id.sha256), "x".repeat(id.size));
      },
    ],
    [
      "gone",
      async (store, made, path) => {
        const id = (await store.ref(refOf(made, path))) as ObjectId;
        rmSync(store.fileOf(id.sha256));
      },
    ],
    [
      "without its name",
      async (store, made, path) => store.setNote(`refs/${refOf(made, path)}`, Buffer.of()),
    ],
  ];
  for (const [what, damage] of damages) {
    test.each(["bin/go", "VERSION", "go.env"])(`%s, ${what}`, async (path) => {
      const { make, brought, store, made } = await setting();
      await make();
      await damage(store, made, path);
      expectGoroot(await make());
      expect(brought()).toBe(2);
      expectGoroot(await make());
      expect(brought()).toBe(2);
    });
  }
});

test("of a zip that is not the tree with that hash nothing is unpacked or remembered: it would run", async () => {
  const foreign = await makeToolchain(
    "amd64",
    files.map((file) => (file.name === "bin/go" ? { ...file, data: "foreign code" } : file)),
  );
  const { make, store, made } = await setting(await makeToolchain("amd64", files));
  const bringZip = () => store.put(foreign.zip);
  await expect(make({ bringZip })).rejects.toMatchObject({ code: "AIRGO_STORE_DAMAGED" });
  for (const path of ["bin/go", "VERSION", "go.env"])
    expect(await store.ref(refOf(made, path))).toBeUndefined();
  expectGoroot(await make());
});

test("two trees do not share files, though their names are the same", async () => {
  const other = await makeToolchain(
    "amd64",
    files.map((file) => (file.name === "bin/go" ? { ...file, data: "another go" } : file)),
  );
  const { make, store, brought } = await setting();
  await make();
  const folder = await make({ h1: other.h1, bringZip: () => store.put(other.zip) });
  expect(readFileSync(join(folder, "bin", "go"), "utf8")).toBe("another go");
  expectGoroot(await make());
  expect(brought()).toBe(1);
});

test("a Go from before there was a go.env has an empty one", async () => {
  const { make, brought } = await setting(await makeToolchain("amd64", toolchainFiles("amd64")));
  for (const folder of [await make(), await make()]) {
    expect(readFileSync(join(folder, "go.env"), "utf8")).toBe("");
    expect(readFileSync(join(folder, "bin", "go"), "utf8")).toBe(fileOf("bin/go"));
  }
  expect(brought()).toBe(1);
});

test("a zip that cannot be brought is told as that", async () => {
  const { make } = await setting();
  const failure = new Error("no proxy has it");
  await expect(make({ bringZip: () => Promise.reject(failure) })).rejects.toBe(failure);
});
