import type { ChildProcess } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "@jest/globals";

import { makeProject, type AirgoResult, type TestProject } from "../support/airgo.js";
import { fillUp, inMounts, readOnlyMount, smallMount } from "../support/mounts.js";
import { expectError, expectWholeStore, filesBelow } from "../support/proofs.js";
import { testIf } from "../support/tools.js";

/*
 * Disks that fill up in the middle of a run although there was room when it began, and folders that cannot be written.
 * After each the next run, with room, makes the same bytes as one that nothing disturbed.
 */

const goZip = /toolchain\/@v\/v0\.0\.1-go1\.90\.1\.linux-amd64\.zip$/;

let project: TestProject;
let kits: string;
let cache: string;
/** A cache as it was left by an undisturbed run, and what that run made. */
let full: string;
let archive: Record<string, string>;
let lock: string;

beforeAll(async () => {
  project = await makeProject();
  [kits, cache, full] = [
    join(project.folder, "kits"),
    join(project.folder, ".cache"),
    join(project.folder, "full"),
  ];
  await expectDone(project.airgo(["bundle"]));
  archive = archives();
  lock = await readFile(join(project.folder, "bundles.lock"), "utf8");
  await cp(cache, full, { recursive: true });
});
afterAll(() => project.close());

beforeEach(async () => {
  for (const folder of [kits, cache, join(project.folder, ".airgo")]) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
  }
  await rm(join(project.folder, "bundles.lock"), { force: true });
});
afterEach(() => project.upstream.faults.clear());

async function expectDone(running: Promise<AirgoResult>): Promise<void> {
  const { code, stderr } = await running;
  expect(code === 0 ? "" : stderr).toBe("");
}

function archives(): Record<string, string> {
  return Object.fromEntries(Object.entries(filesBelow(kits)).filter(([path]) => path.endsWith(".tar")));
}

/** The next run has room, and makes what it should. */
async function expectNextRun(env: Record<string, string> = {}): Promise<void> {
  project.upstream.faults.clear();
  project.upstream.requests.length = 0;
  await expectDone(project.airgo(["bundle"], { env }));
  expect(archives()).toEqual(archive);
  expect(await readFile(join(project.folder, "bundles.lock"), "utf8")).toBe(lock);
}

const zipsAsked = (): string[] =>
  project.upstream.requests
    .filter(({ method, path }) => method === "GET" && path.endsWith(".zip"))
    .map(({ path }) => path);

/** Takes Go for amd64 out of a cache, and only that. */
async function removeGo(folder: string): Promise<void> {
  const { toolchains } = JSON.parse(lock) as { toolchains: { arch: string; file: { sha256: string } }[] };
  const sha256 = toolchains.find(({ arch }) => arch === "amd64")?.file.sha256 ?? "";
  await rm(join(folder, "airgo", "objects", "sha256", sha256.slice(0, 2), sha256));
}

describe("the store's disk", () => {
  testIf(
    "unshare",
    "fills up during a download: what is whole stays, of the rest nothing, and the next run fetches that alone",
    async () => {
      await writeFile(join(project.folder, "bundles.lock"), lock);
      await removeGo(full);
      const left = join(project.folder, "left");
      await mkdir(left);
      let child: ChildProcess | undefined;
      const tell = (): void => fillUp(child as ChildProcess, cache);
      const hook = project.upstream.faults.add(goZip, { kind: "tell", tell });
      const before = `${smallMount(cache, "size=4m")} && cp -a '${full}/.' '${cache}'`;
      const result = await project.airgo(["bundle"], {
        ...inMounts(before, { after: `cp -a '${cache}/airgo' '${left}'` }),
        onStart: (started) => (child = started),
      });
      expect(hook.hits).toBe(1);
      expectError(result, 32, "AIRGO_DISK", join(cache, "airgo"), "no space left on device", "free space");
      expect(filesBelow(kits)).toEqual({});
      expectWholeStore(join(left, "airgo"));
      expect(Object.keys(filesBelow(join(left, "airgo", "objects"))).length).toBeGreaterThan(5);
      expect(filesBelow(join(left, "airgo", "partial"))).toEqual({});
      await expectNextRun({ XDG_CACHE_HOME: left });
      expect(zipsAsked()).toEqual([expect.stringMatching(goZip)]);
    },
  );

  testIf("unshare", "has too few inodes: it is told before anything is fetched, in files", async () => {
    await writeFile(join(project.folder, "bundles.lock"), lock);
    project.upstream.requests.length = 0;
    const mount = smallMount(cache, "size=50m,nr_inodes=8");
    const result = await project.airgo(["bundle"], inMounts(mount));
    expectError(
      result,
      32,
      "AIRGO_DISK",
      "not enough space for the store",
      join(cache, "airgo"),
      " files left",
    );
    expect(project.upstream.requests).toEqual([]);
    await expectNextRun();
  });

  testIf("unshare", "runs out of inodes where no lock tells what is to come", async () => {
    const mount = smallMount(cache, "size=50m,nr_inodes=14");
    const result = await project.airgo(["bundle"], inMounts(mount));
    expectError(result, 32, "AIRGO_DISK", join(cache, "airgo"), "no space left on device");
    expect(filesBelow(kits)).toEqual({});
    expect(await readdir(project.folder)).not.toContain("bundles.lock");
    await expectNextRun();
  });
});

describe("the disk of the kits", () => {
  for (const stage of ["assemble", "rehearse", "pack"] as const) {
    testIf(
      "unshare",
      `fills up when a kit is about to ${stage}: no kit, no lock, nothing half made`,
      async () => {
        const left = join(project.folder, `left-${stage}`);
        let isFull = false;
        const result = await project.airgo(["bundle", "--json"], {
          ...inMounts(smallMount(kits, "size=170m"), { after: `ls -A '${kits}' > '${left}'` }),
          onEvent: (event, child) => {
            if (isFull || event.type !== "stage-started" || event.stage !== stage) return;
            isFull = true;
            fillUp(child, kits);
          },
        });
        const failed = result.events.find(({ type }) => type === "failed");
        expect(JSON.stringify(failed)).toMatch(/AIRGO_DISK/);
        expect(JSON.stringify(failed)).toContain(kits);
        expect(result.code).toBe(32);
        expect({ ends: result.stdout.slice(-1500), left: await readFile(left, "utf8") }).toMatchObject({
          left: "eaten\n",
        });
        expect(await readdir(project.folder)).not.toContain("bundles.lock");
        expectWholeStore(join(cache, "airgo"));
        await expectNextRun();
        expect(zipsAsked()).toEqual([]);
      },
    );
  }
});

describe("a folder on a read-only mount ends 32 and is named:", () => {
  testIf("unshare", "that of the kits", async () => {
    const result = await project.airgo(["bundle"], inMounts(readOnlyMount(kits)));
    expectError(result, 32, "AIRGO_DISK", "read-only file system", kits);
    expect(await readdir(project.folder)).not.toContain("bundles.lock");
    expectWholeStore(join(cache, "airgo"));
    await expectNextRun();
  });

  testIf("unshare", "that of the project's own state, before anything is fetched", async () => {
    project.upstream.requests.length = 0;
    const state = join(project.folder, ".airgo");
    const result = await project.airgo(["bundle"], inMounts(readOnlyMount(state)));
    expectError(result, 32, "AIRGO_DISK", "read-only file system", state);
    expect(project.upstream.requests).toEqual([]);
    await expectNextRun();
  });

  testIf("unshare", "that of the lock: the kit that was sealed for it is taken back", async () => {
    const writable = [kits, cache, join(project.folder, ".airgo")];
    const mounts = [
      readOnlyMount(project.folder),
      ...writable.map((folder) => smallMount(folder, "size=300m")),
    ];
    const result = await project.airgo(
      ["bundle"],
      inMounts(mounts.join(" && "), { after: `find '${kits}' -type f | sed 's/^/left: /' >&2` }),
    );
    expectError(result, 32, "AIRGO_DISK", "read-only file system", join(project.folder, "bundles.lock"));
    expect(result.stderr).not.toContain("left: ");
    await expectNextRun();
  });
});
