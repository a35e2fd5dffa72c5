import { chmod, cp, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";

import { airgo, makeProject, removeTree, type AirgoResult, type TestProject } from "../support/airgo.js";
import { inMounts, readOnlyMount } from "../support/mounts.js";
import { scratchFolder } from "../support/scratch.js";
import { testIf } from "../support/tools.js";

/** One kit, built once; each test gets a project with a copy of its store and lock, and without its kits. */
let original: TestProject;
let project: TestProject;
/** A folder without any lock. */
const elsewhere = scratchFolder("elsewhere");

beforeAll(async () => {
  original = await makeProject();
  expect((await original.airgo(["bundle"])).code).toBe(0);
});
afterAll(() => original.close());

beforeEach(async () => {
  project = await makeProject(original.upstream);
  await cp(join(original.folder, ".cache"), join(project.folder, ".cache"), { recursive: true });
  await cp(join(original.folder, "bundles.lock"), join(project.folder, "bundles.lock"));
  await age(40);
});
afterEach(() => project.close());

const root = (): string => join(project.folder, ".cache", "airgo");

async function objectFiles(): Promise<string[]> {
  const entries = await readdir(join(root(), "objects"), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Makes all objects so many days old. */
async function age(days: number): Promise<void> {
  const then = Date.now() / 1000 - days * 86_400;
  for (const file of await objectFiles()) await utimes(file, then, then);
}

/** Runs a verb on the project's store from a folder without a lock. */
function store(...args: string[]): Promise<AirgoResult> {
  return airgo(["store", ...args], {
    cwd: elsewhere,
    env: { XDG_CACHE_HOME: join(project.folder, ".cache") },
  });
}

function parsed({ stdout }: AirgoResult): Record<string, unknown> {
  return JSON.parse(stdout.split("\n")[0] ?? "") as Record<string, unknown>;
}

async function archive(of: TestProject): Promise<Buffer> {
  const folder = await of.kit();
  return readFile(join(folder, `k-${folder.split("/").at(-1)}.tar`));
}

async function rebuilt(): Promise<Buffer> {
  const result = await project.airgo(["bundle"]);
  expect(result.stderr).not.toContain("error");
  expect(result.code).toBe(0);
  expect(result.stdout).toContain("k: made kit");
  return archive(project);
}

test("ls tells what there is and what names it, as text and as JSON", async () => {
  const files = await objectFiles();
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const text = await store("ls");
  expect(text.code).toBe(0);
  expect(text.stdout).toContain(root());
  expect(text.stdout).toMatch(new RegExp(`^objects +${files.length} objects, `, "m"));
  expect(text.stdout).toMatch(/sha256 [0-9a-f]{64} {2}zips\/[0-9a-f]{64}$/m);
  const contents = parsed(await store("ls", "--json"));
  expect(contents).toMatchObject({
    type: "store-contents",
    store: root(),
    objects: { count: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) },
    damaged: { count: 0, bytes: 0 },
    unfinished: { count: 0, bytes: 0 },
  });
  const [first] = contents["largest"] as { bytes: number }[];
  expect(first?.bytes).toBe(Math.max(...sizes));
});

test.each([[["ls"]], [["verify"]], [["prune"]], [["prune", "--max-size", "0B", "--yes"]]])(
  "%j says so when there is no store, and makes none",
  async (args) => {
    const cwd = join(elsewhere, "bare");
    await mkdir(cwd, { recursive: true });
    for (const json of [[], ["--json"]]) {
      const result = await airgo(["store", ...args, ...json], { cwd });
      expect(result.code).toBe(0);
      expect(result.stdout).toContain(json.length === 0 ? "there is no store yet: " : '"store-missing"');
    }
    expect(await readdir(cwd)).toEqual([]);
  },
);

test("verify finds a whole store whole, and names what is damaged: exit code 8, set aside, fetched again", async () => {
  const whole = await store("verify");
  expect([whole.code, whole.stderr]).toEqual([0, ""]);
  const [file = ""] = await objectFiles();
  const sha256 = file.slice(-64);
  await chmod(file, 0o644);
  await writeFile(file, "damaged");
  const found = await store("verify");
  expect(found.code).toBe(8);
  expect(found.stderr).toContain("AIRGO_STORE_DAMAGED");
  expect(found.stderr).toContain(`object ${sha256} has sha256 `);
  expect(await readdir(join(root(), "damaged"))).toEqual([expect.stringContaining(sha256)]);
  expect((await store("verify")).code).toBe(0);
  expect((await store("ls")).stdout).toMatch(/^damaged +1 set aside, 7 B$/m);
  expect(await rebuilt()).toEqual(await archive(original));
});

testIf("unshare", "verify names what is damaged on a read-only disk too, where it stays", async () => {
  const [file = ""] = await objectFiles();
  await chmod(file, 0o644);
  await writeFile(file, "damaged");
  const mounted = inMounts(readOnlyMount(root()));
  const { code, stderr } = await project.airgo(["store", "verify"], mounted);
  expect(stderr).toContain("in the store are damaged, and stay, since the store cannot be written");
  expect(stderr).toContain(`object ${file.slice(-64)} has sha256 `);
  expect(code).toBe(8);
});

test("verify --json tells all in two lines: what was looked at, and the failure", async () => {
  const [file = ""] = await objectFiles();
  await chmod(file, 0o644);
  await writeFile(file, "damaged");
  const { code, stdout } = await store("verify", "--json");
  const [verified, failed] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(code).toBe(8);
  expect(verified).toMatchObject({
    type: "store-verified",
    damagedObjects: [{ sha256: file.slice(-64) }],
    damagedNotes: [],
  });
  expect(failed).toMatchObject({ type: "failed", code: "AIRGO_STORE_DAMAGED" });
});

test("prune frees nothing without --yes, and says that it did not", async () => {
  const files = await objectFiles();
  for (const args of [[], ["--dry-run"]]) {
    const result = await store("prune", "--older-than", "30d", ...args);
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(
      new RegExp(`^would free +${files.length} objects, .*not used for so long$`, "m"),
    );
    expect(result.stdout).toContain("nothing was freed: this was a dry run");
  }
  expect(await objectFiles()).toEqual(files);
});

test("prune keeps what the locks of the current folder need: a build after it fetches no zip", async () => {
  const stray = join(root(), "objects", "sha256", "ab", `ab${"0".repeat(62)}`);
  await mkdir(join(stray, ".."), { recursive: true });
  await writeFile(stray, "of no lock");
  await age(40);
  const kept = (await objectFiles()).filter((file) => file !== stray);
  const result = await project.airgo(["store", "prune", "--max-size", "0B", "--yes"]);
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/^frees +1 object, 10 B: least recently used/m);
  expect(result.stdout).toMatch(/^too large/m);
  expect(await objectFiles()).toEqual(kept);
  const before = project.upstream.requests.length;
  expect(await rebuilt()).toEqual(await archive(original));
  const zips = project.upstream.requests.slice(before).filter(({ path }) => path.endsWith(".zip"));
  expect(zips).toEqual([]);
});

test("prune --keep-locked names locks that lie elsewhere; one that is not there is a mistake", async () => {
  const files = await objectFiles();
  const lock = join(project.folder, "bundles.lock");
  const kept = await store("prune", "--older-than", "1d", "--yes", "--keep-locked", lock);
  expect(kept.code).toBe(0);
  expect(await objectFiles()).toEqual(files);
  const missing = await store("prune", "--older-than", "1d", "--yes", "--keep-locked", `${lock}.none`);
  expect(missing.code).toBe(2);
  expect(await objectFiles()).toEqual(files);
});

test("prune frees all that no lock keeps, and a build after it gives the same kit from upstream", async () => {
  const result = await store("prune", "--older-than", "30d", "--yes");
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/^freed /m);
  expect(await objectFiles()).toEqual([]);
  expect((await store("prune", "--older-than", "30d", "--yes")).stdout).toContain("there is nothing to free");
  expect(await rebuilt()).toEqual(await archive(original));
  // The names stayed, and the same objects are there again.
  expect((await store("verify")).code).toBe(0);
});

test.each([150, 250, 400])(
  "a build that a prune comes beside after %d ms goes through, or names what went, and goes through again",
  async (ms) => {
    const building = project.airgo(["bundle"]);
    await new Promise((resolve) => setTimeout(resolve, ms));
    expect((await store("prune", "--max-size", "0B", "--yes")).code).toBe(0);
    const { code, stderr } = await building;
    if (code !== 0) {
      expect(code).toBe(32);
      expect(stderr).toContain("AIRGO_BUSY");
      expect(stderr).toContain(join(root(), "objects"));
      expect((await project.airgo(["bundle"])).code).toBe(0);
    }
    expect(await archive(project)).toEqual(await archive(original));
  },
);

test("prune never frees what was used within the last hour, and says what stays", async () => {
  const [young = ""] = await objectFiles();
  await utimes(young, Date.now() / 1000, Date.now() / 1000 - 40 * 86_400);
  const result = await store("prune", "--max-size", "0B", "--yes");
  expect(result.stdout).toMatch(/^stays +1 object, .*used within the last hour$/m);
  expect(await objectFiles()).toEqual([young]);
});

test("every prune with --yes frees what was set aside, what dead runs left, and what earlier formats left", async () => {
  const files = await objectFiles();
  const waste = ["damaged/d", "tmp/0.1-ff/deep/file", "notes/mods/m", "refs/zips/1"];
  for (const path of waste) {
    await mkdir(join(root(), path, ".."), { recursive: true });
    await writeFile(join(root(), path), "waste");
  }
  await chmod(join(root(), "tmp", "0.1-ff", "deep"), 0o555);
  const dry = parsed(await store("prune", "--json"));
  expect(dry).toMatchObject({ type: "store-pruned", dryRun: true, objects: [], bytes: 20 });
  const result = await store("prune", "--yes", "--json");
  expect(parsed(result)).toMatchObject({ dryRun: false, objects: [], bytes: 20 });
  expect(await readdir(root())).not.toContain("refs");
  expect(await readdir(join(root(), "damaged"))).toEqual([]);
  expect(await readdir(join(root(), "tmp"))).toEqual([]);
  expect(await objectFiles()).toEqual(files);
  expect((await store("ls")).stdout).toMatch(/^notes +[1-9]/m);
  await removeTree(join(root(), "tmp"));
});

test.each([
  [["--max-size", "10"], "10GB"],
  [["--older-than", "30"], "30d"],
])("prune %j is refused with what was expected", async (args, expected) => {
  const result = await store("prune", ...args);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain("AIRGO_USAGE");
  expect(result.stderr).toContain(expected);
});
