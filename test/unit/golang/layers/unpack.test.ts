import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "@jest/globals";

import { planLayers } from "../../../../src/golang/layers/plan.js";
import { unpackToolchain } from "../../../../src/golang/layers/unpack.js";
import { readTree } from "./read-tree.js";
import { makeToolchain, type MadeToolchain } from "./toolchain-zip.js";

let root = "";
let made: MadeToolchain;
let zipFile = "";
let targetDir = "";

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "airgo-unpack-"));
  made = await makeToolchain("amd64");
  zipFile = join(root, "toolchain.zip");
  writeFileSync(zipFile, made.zip);
  targetDir = join(root, "deep", "goroot");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("makes the GOROOT with its modes, and leaves nothing else", async () => {
  await unpackToolchain({ zipFile, entries: made.entries, targetDir });
  const expected = planLayers([made]).flatMap(({ files }) =>
    files.map(
      ({ path, mode, entry }) => `${mode === 0o755 ? "executable" : "plain"} ${entry.sha256} ${path}`,
    ),
  );
  expect(readTree(targetDir)).toEqual(expected.sort());
  expect(readdirSync(join(root, "deep"))).toEqual(["goroot"]);
});

test("a target that another process has made meanwhile stays", async () => {
  mkdirSync(targetDir, { recursive: true });
  writeFileSync(join(targetDir, "theirs"), "");
  await unpackToolchain({ zipFile, entries: made.entries, targetDir });
  expect(readdirSync(targetDir)).toEqual(["theirs"]);
  expect(readdirSync(join(root, "deep"))).toEqual(["goroot"]);
});

test("a content that has changed is refused, and no folder is left", async () => {
  const entries = made.entries.map((entry) =>
    entry.name.endsWith("bin/gofmt") ? { ...entry, sha256: "0".repeat(64) } : entry,
  );
  await expect(unpackToolchain({ zipFile, entries, targetDir })).rejects.toMatchObject({
    code: "AIRGO_ZIP_INVALID",
  });
  expect(readdirSync(join(root, "deep"))).toEqual([]);
});

test.each(["../../escaped", "/escaped", "a/../../../escaped", "bin\\go"])(
  "the path %j is not written",
  async (path) => {
    const entries = made.entries.map((entry, index) =>
      index === 3 ? { ...entry, name: made.prefix + path } : entry,
    );
    await expect(unpackToolchain({ zipFile, entries, targetDir })).rejects.toMatchObject({
      code: "AIRGO_ZIP_INVALID",
    });
    expect(readdirSync(root)).toEqual(["toolchain.zip"]);
  },
);

test("a file in the place of the target's folder is the machine's fault or a system error, and stays", async () => {
  writeFileSync(join(root, "deep"), "a file");
  await expect(unpackToolchain({ zipFile, entries: made.entries, targetDir })).rejects.toThrow("ENOTDIR");
  expect(readdirSync(root).sort()).toEqual(["deep", "toolchain.zip"]);
});
