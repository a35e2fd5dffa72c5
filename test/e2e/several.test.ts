import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import { makeProject, standardKit, type TestProject } from "../support/airgo.js";
import { standardWorld, startFakeUpstream, type FakeUpstream } from "../support/fake-upstream.js";

let upstream: FakeUpstream;
const projects: TestProject[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
});
afterEach(async () => {
  upstream.faults.clear();
  for (const project of projects.splice(0)) await project.close();
});
afterAll(() => upstream.close());

async function freshProject(kits = standardKit): Promise<TestProject> {
  const project = await makeProject(upstream);
  projects.push(project);
  await project.manifest(kits);
  return project;
}

const second = '  second:\n    go: ["1.89.x"]\n';
const foreign = `  foreign:\n    go: ["1.89.x"]\n    arch: [${process.arch === "arm64" ? "amd64" : "arm64"}]\n`;

describe("several kits", () => {
  test("while the lock moves, all stand or none does: one that fails is named, and nothing is sealed", async () => {
    const project = await freshProject(standardKit + foreign);
    const result = await project.airgo(["bundle", "--json"]);
    expect(result.code).toBe(16);
    const failed = result.events.filter((event) => event.type === "failed");
    expect(failed.map(({ kit, code }) => [kit, code])).toEqual([["foreign", "AIRGO_REHEARSAL_FAILED"]]);
    expect(result.events.filter((event) => event.type === "kit-finished")).toEqual([]);
    expect(await readdir(project.folder)).not.toContain("bundles.lock");
    expect(await readdir(join(project.folder, "kits"))).toEqual([]);
  });

  test("with a lock that holds, one that fails does not keep the others", async () => {
    const project = await freshProject(standardKit + second);
    await project.airgo(["bundle"]);
    await rm(join(project.folder, "kits"), { recursive: true });
    await mkdir(join(project.folder, "kits"));
    // One byte of a module that only the first kit carries: same size, so that only its digest tells.
    const lock = JSON.parse(await readFile(join(project.folder, "bundles.lock"), "utf8")) as {
      modules: { path: string; zip?: { sha256: string } }[];
    };
    const sha256 = lock.modules.find(({ path }) => path === "example.com/hello")?.zip?.sha256 ?? "";
    const object = join(project.folder, ".cache/airgo/objects/sha256", sha256.slice(0, 2), sha256);
    const data = await readFile(object);
    data[70] = (data[70] ?? 0) ^ 1;
    await rm(object);
    await writeFile(object, data);
    const result = await project.airgo(["bundle", "--json"]);
    expect(result.code).toBe(8);
    const failed = result.events.filter((event) => event.type === "failed");
    expect(failed.map(({ kit, code }) => [kit, code])).toEqual([["k", "AIRGO_STORE_DAMAGED"]]);
    expect(await readdir(join(project.folder, "kits"))).toEqual(["second"]);
    // The damaged object was set aside: the next run fetches it anew.
    expect((await project.airgo(["bundle"])).code).toBe(0);
  });

  test("one that cannot be put in place takes back those that were, and the lock is not written", async () => {
    const project = await freshProject(standardKit + second);
    await mkdir(join(project.folder, "kits"));
    await writeFile(join(project.folder, "kits", "second"), "in the way");
    const result = await project.airgo(["bundle"]);
    expect(result.code).toBe(32);
    expect(result.stderr).toContain("AIRGO_DISK");
    expect(result.stdout).not.toContain("made kit");
    expect(await readdir(project.folder)).not.toContain("bundles.lock");
    expect(await readdir(join(project.folder, "kits", "k"))).toEqual([]);
  });

  test("a run for one of them downloads nothing for the others", async () => {
    const project = await freshProject(standardKit + second);
    await project.airgo(["bundle"]);
    await rm(join(project.folder, ".cache"), { recursive: true });
    const before = upstream.requests.length;
    expect((await project.airgo(["bundle", "second"])).stdout).toContain("second: unchanged");
    await rm(join(project.folder, "kits", "second"), { recursive: true });
    expect((await project.airgo(["bundle", "second"])).code).toBe(0);
    const asked = upstream.requests.slice(before).map(({ path }) => path);
    expect(asked.filter((path) => path.endsWith(".zip"))).toHaveLength(2);
    expect(asked.filter((path) => path.includes("1.90."))).toEqual([]);
  });
});

async function archiveIn(folder: string): Promise<string> {
  return join(folder, (await readdir(folder)).find((name) => name.endsWith(".tar")) ?? "");
}

describe("unchanged", () => {
  const spoil: [string, (folder: string) => Promise<void>][] = [
    ["a paper is gone", (folder) => rm(join(folder, "rehearsal.json"))],
    ["a paper has changed", (folder) => appendFile(join(folder, "README.txt"), "x")],
    ["the signature is empty", (folder) => truncate(join(folder, "SHA256SUMS.dev.sig"), 0)],
    ["the key beside it is another", (folder) => writeFile(join(folder, "dev.pub.pem"), "another")],
    ["the archive is cut off", async (folder) => truncate(await archiveIn(folder), 1000)],
    [
      "a byte of the archive has changed",
      async (folder) => {
        const archive = await archiveIn(folder);
        const data = await readFile(archive);
        data[5000] = (data[5000] ?? 0) ^ 1;
        await writeFile(archive, data);
      },
    ],
  ];

  test("is not said of a folder that is not as it was left: it is built again, the same", async () => {
    const project = await freshProject();
    await project.airgo(["bundle"]);
    const folder = await project.kit();
    for (const [what, damage] of spoil) {
      await damage(folder);
      const result = await project.airgo(["bundle"]);
      expect([what, result.stdout.includes("made kit")]).toEqual([what, true]);
      expect(await project.kit()).toBe(folder);
    }
    expect((await project.airgo(["bundle"])).stdout).toContain("unchanged");
  });

  test("points `latest` where it should point", async () => {
    const project = await freshProject();
    await project.airgo(["bundle"]);
    const latest = join(project.folder, "kits", "k", "latest");
    const id = await readlink(latest);
    await rm(latest);
    await symlink("elsewhere", latest);
    expect((await project.airgo(["bundle"])).stdout).toContain("unchanged");
    expect(await readlink(latest)).toBe(id);
  });
});

describe("--update", () => {
  test("is heard under CI, and contradicts --frozen", async () => {
    const project = await freshProject();
    expect((await project.airgo(["bundle", "--update"], { env: { CI: "true" } })).code).toBe(0);
    expect(await readdir(project.folder)).toContain("bundles.lock");
    const both = await project.airgo(["bundle", "--update", "--frozen"]);
    expect(both.code).toBe(2);
    expect(both.stderr).toContain("AIRGO_USAGE");
  });

  test("of Go alone leaves the modules: where a go.mod has changed, that is said", async () => {
    const project = await freshProject();
    await project.airgo(["bundle"]);
    await appendFile(join(project.folder, "app", "go.mod"), "\n// edited\n");
    const result = await project.airgo(["bundle", "--update", "go"]);
    expect(result.code).toBe(16);
    expect(result.stderr).toContain("app/go.mod: go.mod has changed");
  });

  test("of the modules keeps the Go versions, and finds new ones only for what is new", async () => {
    const project = await freshProject(standardKit.replace('["1.90.x"]', '["1.90.0"]'));
    await project.airgo(["bundle"]);
    await project.manifest(standardKit.replace('["1.90.x"]', '["1.90.0", "1.89.x"]'));
    const result = await project.airgo(["bundle", "--update", "modules"]);
    expect(result.code).toBe(0);
    const lock = JSON.parse(await readFile(join(project.folder, "bundles.lock"), "utf8")) as {
      kits: Record<string, { go: unknown }>;
    };
    expect(lock.kits["k"]?.go).toEqual({ "1.89.x": "1.89.3", "1.90.0": "1.90.0" });
  });
});

test("each profile has a lock of its own", async () => {
  const project = await freshProject(`${standardKit}profiles:\n  old: { kits: { k: { go: ["1.89.x"] } } }\n`);
  for (const args of [[], ["--profile", "old"], [], ["--profile", "old"]]) {
    expect((await project.airgo(["bundle", ...args])).code).toBe(0);
  }
  const names = await readdir(project.folder);
  expect(names).toEqual(expect.arrayContaining(["bundles.lock", "bundles.old.lock"]));
  expect((await project.airgo(["bundle"])).stdout).toContain("unchanged");
});

test("a lock is written only if it can be read again: a proxy may know no times", async () => {
  const project = await freshProject();
  upstream.faults.add(/\.info$/, {
    kind: "rewrite",
    change: (body) =>
      Buffer.from(JSON.stringify({ Version: (JSON.parse(body.toString()) as { Version: string }).Version })),
  });
  expect((await project.airgo(["bundle"])).code).toBe(0);
  expect((await project.airgo(["bundle"])).stdout).toContain("unchanged");
});

test("a go.mod above the project does not decide which Go is rehearsed", async () => {
  const project = await freshProject();
  await writeFile(join(project.folder, "go.mod"), "module above\n\ngo 1.99\n\ntoolchain go1.99.0\n");
  expect((await project.airgo(["bundle"])).code).toBe(0);
});

test("what earlier runs left behind is swept, and the project's own state stays out of version control", async () => {
  const project = await freshProject();
  await mkdir(join(project.folder, "kits", ".staging-1-aaaaaaaa", "kit"), { recursive: true });
  expect((await project.airgo(["bundle"])).code).toBe(0);
  expect((await readdir(join(project.folder, "kits"))).sort()).toEqual(["k"]);
  expect(await readFile(join(project.folder, ".airgo", ".gitignore"), "utf8")).toBe("*\n");
});

test.each(["toString", "constructor"])(
  "a kit named %s is not there unless the manifest says so",
  async (name) => {
    const project = await freshProject();
    const result = await project.airgo(["bundle", name]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("AIRGO_USAGE");
  },
);
