import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, expect, test } from "@jest/globals";

import { inspectToolchain } from "../../../src/golang/inspect-toolchain.js";
import { createHashPool } from "../../../src/modules/hash-pool.js";
import { openStore } from "../../../src/store/store.js";
import { makeZip } from "../../support/make-zip.js";
import { scratchFolder } from "../../support/scratch.js";
import { makeToolchain, toolchainFiles } from "./layers/toolchain-zip.js";

const scratch = scratchFolder("inspect-toolchain");
const workerFile = new URL("../../../dist/modules/hash-worker.js", import.meta.url);
const hashPool = createHashPool({ workerFile, size: 1 });
afterAll(() => hashPool.close());
const toolchain = { version: "1.99.1", arch: "amd64" } as const;
let stores = 0;

/** A store that keeps a toolchain, whose file is then overwritten, as another user of a shared store could. */
async function storeWith(swapped?: Buffer) {
  const store = await openStore(join(scratch, `${++stores}`));
  const made = await makeToolchain("amd64");
  const { sha256 } = await store.put(made.zip);
  const zipFile = store.fileOf(sha256);
  if (swapped !== undefined) {
    chmodSync(zipFile, 0o644);
    writeFileSync(zipFile, swapped);
  }
  return { store, made, sha256, zipFile };
}

test("gives the entries of the zip that has the right h1", async () => {
  const { store, made, sha256, zipFile } = await storeWith();
  expect(await inspectToolchain({ store, hashPool }, toolchain, { h1: made.h1, sha256 })).toMatchObject({
    h1: made.h1,
    entries: made.entries,
    zipFile,
  });
});

const foreign = toolchainFiles("amd64").map((file) =>
  file.name === "bin/go" ? { ...file, data: "foreign code" } : file,
);

test.each<[string, () => Promise<Buffer>]>([
  ["a sound zip with a foreign program in it", async () => (await makeToolchain("amd64", foreign)).zip],
  ["the zip of another module", async () => makeZip([{ name: "example.com/m@v1.0.0/go", data: "" }])],
  ["no zip at all", async () => Buffer.from("no zip")],
])("of %s in its place nothing is given, and it is set aside", async (_what, swap) => {
  const { store, made, sha256, zipFile } = await storeWith(await swap());
  await expect(
    inspectToolchain({ store, hashPool }, toolchain, { h1: made.h1, sha256 }),
  ).rejects.toMatchObject({ code: "AIRGO_STORE_DAMAGED", where: zipFile });
  expect(existsSync(zipFile)).toBe(false);
});

test("a zip that a prune removed meanwhile is no damage: the error says what to do", async () => {
  const { store, made } = await storeWith();
  await expect(
    inspectToolchain({ store, hashPool }, toolchain, { h1: made.h1, sha256: "0".repeat(64) }),
  ).rejects.toMatchObject({ code: "AIRGO_BUSY", where: store.fileOf("0".repeat(64)) });
});
