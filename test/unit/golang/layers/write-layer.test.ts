import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { afterAll, describe, expect, test } from "@jest/globals";

import { type LayerPlan, planLayers } from "../../../../src/golang/layers/plan.js";
import { type WrittenLayer, writeLayer } from "../../../../src/golang/layers/write-layer.js";
import { hash1 } from "../../../../src/modules/dirhash.js";
import { sha256Hex } from "../../../../src/support/digest.js";
import { readTree } from "./read-tree.js";
import { type MadeToolchain, makeToolchain, toolchainFiles } from "./toolchain-zip.js";

const root = mkdtempSync(join(tmpdir(), "airgo-layers-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(root, String(count++));

interface Written extends WrittenLayer {
  readonly plan: LayerPlan;
  readonly file: string;
}

async function writeAll(trees: readonly MadeToolchain[]): Promise<Written[]> {
  const zips = new Map(trees.map(({ arch, zip }) => [arch, zip]));
  const written: Written[] = [];
  for (const plan of planLayers(trees)) {
    const file = join(fresh(), "layer.tar.gz");
    written.push({ ...(await writeLayer(plan, zips, file)), plan, file });
  }
  return written;
}

function unpack(program: readonly [string, ...string[]], layers: readonly Written[]): string {
  const target = fresh();
  mkdirSync(target);
  for (const { file } of layers) {
    const [command, ...args] = [...program, "-xzf", file, "-C", target];
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  }
  return target;
}

/** The tree as it should be, from the zip's own files. */
function expectedTree(arch: string): string[] {
  const programs = /^bin\/|^pkg\/tool\/|\.bash$|_exec$/;
  return toolchainFiles(arch)
    .map(({ name, data }) => ({ data, path: name.replace(/(^|\/)_go\.mod$/, "$1go.mod") }))
    .map(({ data, path }) => `${programs.test(path) ? "executable" : "plain"} ${sha256Hex(data)} ${path}`)
    .sort();
}

const digests = async (trees: MadeToolchain[]): Promise<string[]> =>
  (await writeAll(trees)).map(({ sha256 }) => sha256);
const both = (): Promise<MadeToolchain[]> =>
  Promise.all(["amd64", "arm64"].map((arch) => makeToolchain(arch)));
const isThere = (program: string): boolean => spawnSync(program, ["--help"]).error === undefined;
const testWithBusybox = isThere("busybox") ? test : test.skip;

describe("a layer", () => {
  test("tells its own digest, size and counts", async () => {
    for (const { plan, file, sha256, size, files, unpackedBytes } of await writeAll(await both())) {
      expect(sha256).toBe(sha256Hex(readFileSync(file)));
      expect(size).toBe(statSync(file).size);
      expect(files).toBe(plan.files.length);
      expect(unpackedBytes).toBe(plan.files.reduce((sum, { entry }) => sum + entry.size, 0));
      expect(readdirSync(join(file, ".."))).toEqual(["layer.tar.gz"]);
    }
  });

  test("is sound gzip, for the program and for Node", async () => {
    for (const { file } of await writeAll(await both())) {
      execFileSync("gzip", ["-t", file]);
      expect(gunzipSync(readFileSync(file)).length % 512).toBe(0);
    }
  });

  test("GNU tar makes the tree of common and one architecture", async () => {
    const layers = await writeAll(await both());
    for (const arch of ["amd64", "arm64"]) {
      const target = unpack(
        ["tar"],
        layers.filter(({ plan }) => plan.layer === "common" || plan.layer === arch),
      );
      expect(readTree(target)).toEqual(expectedTree(arch));
    }
  });

  testWithBusybox("busybox tar makes the same tree (needs busybox)", async () => {
    const layers = (await writeAll(await both())).filter(({ plan }) => plan.layer !== "arm64");
    expect(readTree(unpack(["busybox", "tar"], layers))).toEqual(expectedTree("amd64"));
  });

  test("of a single architecture is the whole tree, whose h1 is the module's", async () => {
    const made = await makeToolchain("arm64");
    const tree = readTree(unpack(["tar"], await writeAll([made])));
    expect(tree).toEqual(expectedTree("arm64"));
    const files = tree.map((line) => {
      const [, sha256 = "", path = ""] = line.split(" ");
      return { name: made.prefix + path.replace(/(^|\/)go\.mod$/, "$1_go.mod"), sha256Hex: sha256 };
    });
    expect(hash1(files)).toBe(made.h1);
  });

  test("has the release's time, owner 0 and no folders", async () => {
    const [layer] = await writeAll([await makeToolchain("amd64")]);
    const list = execFileSync(
      "tar",
      ["--numeric-owner", "--utc", "--full-time", "-tvzf", layer?.file ?? ""],
      { encoding: "utf8" },
    );
    for (const line of list.trimEnd().split("\n"))
      expect(line).toMatch(/^-rw.r-.r-. 0\/0 +\d+ 2026-10-19 22:20:36 /);
  });

  test("has times of 0 when the toolchain tells none", async () => {
    const [layer] = await writeAll([await makeToolchain("amd64", [{ name: "a", data: "a" }])]);
    const list = execFileSync("tar", ["--utc", "--full-time", "-tvzf", layer?.file ?? ""], {
      encoding: "utf8",
    });
    expect(list).toContain("1970-01-01 00:00:00 a");
  });

  test("may hold nothing, or empty files only", async () => {
    const [none, empty] = await Promise.all([
      makeToolchain("amd64", [{ name: "bin/go", data: "1" }]),
      makeToolchain("arm64", [
        { name: "x", data: "" },
        { name: "y", data: "" },
      ]),
    ]);
    const layers = await writeAll([none, empty]);
    expect(layers.map(({ files }) => files)).toEqual([0, 1, 2]);
    expect(readTree(unpack(["tar"], layers)).map((line) => line.split(" ")[2])).toEqual(["bin/go", "x", "y"]);
  });

  test("holds contents of every size around a block and a batch", async () => {
    const sizes = [1, 511, 512, 513, 65_535, 65_536, (1 << 20) - 600, 1 << 20, (1 << 20) + 1];
    const files = sizes.flatMap((size) =>
      [true, false].map((store) => ({ name: `${size}-${store}`, data: noise(size), store })),
    );
    const tree = readTree(unpack(["tar"], await writeAll([await makeToolchain("amd64", files)])));
    expect(tree).toEqual(files.map(({ name, data }) => `plain ${sha256Hex(data)} ${name}`).sort());
  });
});

describe("the same bytes", () => {
  test("from two runs, and from a zip in another order", async () => {
    const once = await digests(await both());
    const turned = ["arm64", "amd64"].map((arch) => makeToolchain(arch, toolchainFiles(arch).toReversed()));
    expect(await digests(await both())).toEqual(once);
    expect(await digests(await Promise.all(turned))).toEqual(once);
  });

  test("as ever: what is around stored contents has this digest", async () => {
    const files = toolchainFiles("amd64").map((file) => ({ ...file, store: true }));
    const [layer] = await writeAll([await makeToolchain("amd64", files)]);
    expect(layer?.sha256).toBe("14315bcbbbac0e2ecde8f7b027eecac3d31372f62d8c599469cb41cebb1e9dc3");
  });
});

test("a zip that is not the one that was inspected is refused, and nothing is left", async () => {
  const made = await makeToolchain("amd64");
  const target = fresh();
  const [plan] = planLayers([made]);
  if (plan === undefined) throw new Error("no plan");
  const zips = new Map([["amd64", made.zip.subarray(0, 50)]]);
  await expect(writeLayer(plan, zips, join(target, "x"))).rejects.toMatchObject({
    code: "AIRGO_ZIP_INVALID",
  });
  const late = { ...plan, version: undefined };
  await expect(writeLayer(late, zips, join(target, "x"))).rejects.toMatchObject({
    code: "AIRGO_ZIP_INVALID",
  });
  expect(readdirSync(target)).toEqual([]);
});

/** Bytes that deflate does not shrink, the same in every run. */
function noise(size: number): Buffer {
  let state = size;
  return Buffer.from(
    Uint8Array.from({ length: size }, () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) >> 16),
  );
}
