import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { loadManifest } from "../../../src/manifest/load.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "airgo-manifest-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function written(data: string | Uint8Array): Promise<string> {
  const file = join(folder, "bundles.yaml");
  await writeFile(file, data);
  return file;
}

describe("loadManifest", () => {
  test("reads a file", async () => {
    const file = await written(
      "version: 1\nkits: { a: { go: [stable] } }\nprofiles: { p: { kits: { b: { go: [stable] } } } }",
    );
    expect(Object.keys((await loadManifest(file)).kits)).toEqual(["a"]);
    expect(Object.keys((await loadManifest(file, { profile: "p" })).kits)).toEqual(["a", "b"]);
  });

  test("names the file as it was asked for", async () => {
    const file = await written("version: 1\nkits: {}");
    await expect(loadManifest(file)).rejects.toMatchObject({
      code: "AIRGO_MANIFEST_INVALID",
      message: `the manifest has a mistake\n${file}:2:7 kits: expected at least one kit, found an empty map`,
    });
  });

  test.each([
    ["there is no manifest", (name: string) => join(name, "none.yaml")],
    ["there is no manifest", (name: string) => join(name, "bundles.yaml", "bundles.yaml")],
    ["the manifest is a folder", (name: string) => name],
  ])("%s", async (what, where) => {
    await written("");
    const hint = "run airgo in the folder of bundles.yaml, or name the file";
    await expect(loadManifest(where(folder))).rejects.toMatchObject({
      code: "AIRGO_MANIFEST_MISSING",
      message: what,
      where: where(folder),
      hint,
    });
  });

  test("points at the first byte that is not UTF-8", async () => {
    const file = await written(Buffer.concat([Buffer.from("version: 1\n# caf"), Buffer.from([0xe9, 0x0a])]));
    await expect(loadManifest(file)).rejects.toMatchObject({
      code: "AIRGO_MANIFEST_INVALID",
      message: `the manifest has a mistake\n${file}:2:6: expected UTF-8 text, found other bytes`,
    });
  });
});
