import { chmod, lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { makeProject, standardKit, type TestProject } from "../support/airgo.js";
import { inMounts, readOnlyMount } from "../support/mounts.js";
import { unprivileged } from "../support/node-script.js";
import { expectError, filesBelow } from "../support/proofs.js";
import { testIf } from "../support/tools.js";

/*
 * `airgo bundle --offline`: the lock and the store are all there is.
 */

let project: TestProject;
let store: string;
/** Of the run with a network: the archive's name and digest. */
let archive: Record<string, string>;
let lock: string;

beforeAll(async () => {
  project = await makeProject();
  store = join(project.folder, ".cache", "airgo");
  const { code, stderr } = await project.airgo(["bundle"]);
  expect(code === 0 ? "" : stderr).toBe("");
  archive = archives();
  lock = await readFile(join(project.folder, "bundles.lock"), "utf8");
});
afterAll(() => project.close());

/** As on another machine that has the sources of the project, its lock and the store. */
beforeEach(async () => {
  for (const name of ["kits", ".airgo"])
    await rm(join(project.folder, name), { recursive: true, force: true });
  await project.manifest(standardKit);
  await writeFile(join(project.folder, "bundles.lock"), lock);
  project.upstream.requests.length = 0;
});

function archives(): Record<string, string> {
  const kits = Object.entries(filesBelow(join(project.folder, "kits")));
  return Object.fromEntries(kits.filter(([path]) => path.endsWith(".tar")));
}

/** Every name in the store with what a write would change. (Kits link zips, which counts links and is no write.) */
async function stateOfStore(): Promise<unknown[]> {
  const entries = await readdir(store, { recursive: true });
  return Promise.all(
    [".", ...entries.sort()].map(async (name) => {
      const { mode, mtimeMs, size } = await lstat(join(store, name));
      return { name, mode, mtimeMs, size };
    }),
  );
}

/** The file of the zip of a module, by the lock. */
function zipOf(path: string): string {
  const { modules } = JSON.parse(lock) as { modules: { path: string; zip?: { sha256: string } }[] };
  const sha256 = modules.find((module) => module.path === path)?.zip?.sha256 ?? "";
  return join(store, "objects", "sha256", sha256.slice(0, 2), sha256);
}

async function expectNothingDone(): Promise<void> {
  expect(filesBelow(join(project.folder, "kits"))).toEqual({});
  expect(await readFile(join(project.folder, "bundles.lock"), "utf8")).toBe(lock);
  expect(project.upstream.requests).toEqual([]);
}

testIf(
  "unshare",
  "makes the same bytes from a store on a read-only mount, where there is no network",
  async () => {
    const before = await stateOfStore();
    const result = await project.airgo(
      ["bundle", "--offline"],
      inMounts(readOnlyMount(store), { network: false }),
    );
    expect(result.code === 0 ? "" : result.stderr).toBe("");
    expect(archives()).toEqual(archive);
    expect(await stateOfStore()).toEqual(before);
  },
);

test("asks nobody, not even go for its settings, and leaves a store alone that it could write in", async () => {
  await project.manifest(standardKit, `{ proxy: env, sumdb: "${project.upstream.verifierKey}" }`);
  const bin = join(project.folder, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "go"), `#!/bin/sh\n: > '${project.folder}/go-ran'\nexit 1\n`);
  await chmod(join(bin, "go"), 0o755);
  // A file of a process that is gone: another run would sweep it.
  await writeFile(join(store, "tmp", "1.1.1-0123456789abcdef"), "");
  const before = await stateOfStore();
  const result = await project.airgo(["bundle", "--offline"], {
    env: { PATH: `${bin}:${process.env["PATH"] ?? ""}` },
  });
  expect(result.code === 0 ? "" : result.stderr).toBe("");
  expect(archives()).toEqual(archive);
  expect(project.upstream.requests).toEqual([]);
  expect(await readdir(project.folder)).not.toContain("go-ran");
  expect(await stateOfStore()).toEqual(before);
});

/** Changes a file of the store for one run. */
async function withChanged(file: string, content: Buffer | undefined, then: () => Promise<void>) {
  const whole = await readFile(file);
  const { mode } = await lstat(file);
  await rm(file);
  if (content !== undefined) await writeFile(file, content);
  try {
    await then();
  } finally {
    await rm(file, { force: true });
    await writeFile(file, whole);
    await chmod(file, mode);
  }
}

testIf(
  unprivileged.tools,
  "makes the same bytes from a store whose folders nobody may write in; without --offline that is told at once",
  async () => {
    const folders = (await readdir(store, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name));
    for (const folder of [store, ...folders]) await chmod(folder, 0o555);
    const before = await stateOfStore();
    try {
      const through = unprivileged.command;
      const refused = await project.airgo(["bundle"], { through });
      expectError(refused, 32, "AIRGO_DISK", "the store cannot be written", store, "--offline");
      await expectNothingDone();
      const result = await project.airgo(["bundle", "--offline"], { through });
      expect(result.code === 0 ? "" : result.stderr).toBe("");
      expect(archives()).toEqual(archive);
      expect(await stateOfStore()).toEqual(before);
    } finally {
      for (const folder of [store, ...folders]) await chmod(folder, 0o755);
    }
  },
);

describe("what is missing or damaged ends it by name, and nothing is done:", () => {
  test("a zip", async () => {
    await withChanged(zipOf("example.com/hello"), undefined, async () => {
      const before = await stateOfStore();
      const result = await project.airgo(["bundle", "--offline"]);
      expectError(
        result,
        4,
        "AIRGO_OFFLINE",
        "example.com/hello@v1.0.0",
        "app/go.mod",
        "run without --offline",
        store,
      );
      await expectNothingDone();
      expect(await stateOfStore()).toEqual(before);
    });
  });

  test("a Go", async () => {
    const { toolchains } = JSON.parse(lock) as { toolchains: { file: { sha256: string } }[] };
    const sha256 = toolchains[0]?.file.sha256 ?? "";
    await withChanged(join(store, "objects", "sha256", sha256.slice(0, 2), sha256), undefined, async () => {
      const result = await project.airgo(["bundle", "--offline"]);
      expectError(result, 4, "AIRGO_OFFLINE", "golang.org/toolchain@v0.0.1-go1.90.1.linux-amd64");
      await expectNothingDone();
    });
  });

  test("a zip of the right size whose bytes are not its own, which is left where it is", async () => {
    const file = zipOf("example.com/hello");
    const other = Buffer.alloc((await lstat(file)).size);
    await withChanged(file, other, async () => {
      const before = await stateOfStore();
      const result = await project.airgo(["bundle", "--offline"]);
      expectError(result, 8, "AIRGO_STORE_DAMAGED", file, "run without --offline");
      await expectNothingDone();
      expect(await stateOfStore()).toEqual(before);
    });
  });

  test("the whole store", async () => {
    const elsewhere = join(project.folder, "no-cache");
    const result = await project.airgo(["bundle", "--offline"], { env: { XDG_CACHE_HOME: elsewhere } });
    expectError(result, 4, "AIRGO_OFFLINE", join(elsewhere, "airgo"));
    await expectNothingDone();
    expect(await readdir(project.folder)).not.toContain("no-cache");
  });
});

describe("a lock that would have to be written is refused before anything else:", () => {
  test("none is there", async () => {
    await rm(join(project.folder, "bundles.lock"));
    const result = await project.airgo(["bundle", "--offline"]);
    expectError(result, 16, "AIRGO_LOCK_MISSING", "bundles.lock", "--offline");
    expect(project.upstream.requests).toEqual([]);
    expect(await readdir(project.folder)).not.toContain("bundles.lock");
  });

  test("it does not fit the manifest", async () => {
    await project.manifest(standardKit.replace("1.90.x", "1.89.x"));
    expectError(await project.airgo(["bundle", "--offline"]), 16, "AIRGO_LOCK_DRIFT", "bundles.lock");
    await expectNothingDone();
  });

  test("an update was asked for as well", async () => {
    expectError(await project.airgo(["bundle", "--offline", "--update"]), 2, "AIRGO_USAGE", "--offline");
    await expectNothingDone();
  });
});

testIf(
  "unshare",
  "without --offline a store on a read-only mount is told at once, and --offline named",
  async () => {
    const before = await stateOfStore();
    const result = await project.airgo(["bundle"], inMounts(readOnlyMount(store)));
    expectError(result, 32, "AIRGO_DISK", "the store is on a read-only file system", store, "--offline");
    await expectNothingDone();
    expect(await stateOfStore()).toEqual(before);
  },
);
