import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import type { Lock } from "../../src/lock/schema.js";
import type { RunEvent } from "../../src/pipeline/events.js";
import { makeProject, type AirgoResult, type TestProject } from "../support/airgo.js";
import {
  goSumFor,
  readGoRuns,
  standardWorld,
  startFakeUpstream,
  type FakeUpstream,
  type SeenRequest,
  type SumEntry,
} from "../support/fake-upstream.js";
import { scratchFolder } from "../support/scratch.js";

/*
 * Many go.mod files in one kit: what they share is asked for once, and what has not changed is not asked again.
 */

const arch = process.arch === "arm64" ? "arm64" : "amd64";
const count = 30;
const shared = Array.from({ length: 8 }, (_, i) => `example.com/shared${i}`);
const own = (number: number): string => `example.com/own${number}`;
const folderOf = (number: number): string => `services/s${String(number).padStart(2, "0")}`;
/** Where the kit's go writes down how it is started. */
const notes = scratchFolder("many-notes");

let upstream: FakeUpstream;
const projects: TestProject[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
  upstream.addToolchain({ version: "1.93.0", arch, notes });
  // Each shared module requires the next, in a lower version than the services ask for; at go 1.16 that one's go.mod
  // belongs to everybody's graph.
  for (const [number, path] of shared.entries()) {
    const next = shared[number + 1];
    const requires = next === undefined ? "" : `\nrequire ${next} v1.0.0\n`;
    for (const version of ["v1.0.0", "v1.1.0"])
      upstream.addModule({
        path,
        version,
        goMod: `module ${path}\n\ngo 1.16\n${requires}`,
        files: program(path),
      });
  }
  for (let number = 0; number < count; number++)
    upstream.addModule({ path: own(number), version: "v0.1.0", files: program(own(number)) });
});
afterEach(async () => {
  for (const project of projects.splice(0)) await project.close();
});
afterAll(() => upstream.close());

function program(path: string): Record<string, string> {
  return { "code.go": `package ${path.split("/").at(-1)}\n` };
}

function goMod(name: string, requires: readonly string[]): string {
  return `module example.com/${name}\n\ngo 1.21\n\nrequire (\n${requires.map((one) => `\t${one}\n`).join("")})\n`;
}

const sharedRequires = shared.map((path) => `${path} v1.1.0`);

async function write(project: TestProject, name: string, text: string): Promise<void> {
  const file = join(project.folder, name);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, text);
}

/** A project with that many services, of which the first three have a go.sum. */
async function makeServices(services: number): Promise<TestProject> {
  const project = await makeProject(upstream);
  for (let number = 0; number < services; number++) {
    const requires = [...sharedRequires, `${own(number)} v0.1.0`];
    await write(project, `${folderOf(number)}/go.mod`, goMod(`s${number}`, requires));
    if (number >= 3) continue;
    const entries: SumEntry[] = [
      ...shared.map((path) => ({ path, version: "v1.1.0" })),
      { path: own(number), version: "v0.1.0" },
    ];
    await write(project, `${folderOf(number)}/go.sum`, goSumFor(upstream, entries));
  }
  await project.manifest(kitOf({ modules: ["services/*/go.mod"] }));
  return project;
}

function kitOf(kit: { readonly modules: readonly unknown[] }, name = "k"): string {
  return `  ${name}: ${JSON.stringify({ go: ["1.93.0"], arch: [arch], ...kit })}\n`;
}

async function freshProject(): Promise<TestProject> {
  const project = await makeProject(upstream);
  projects.push(project);
  return project;
}

/** What a run did: what it asked for, and how often it asked go for modules. */
interface Deeds {
  readonly result: AirgoResult;
  readonly requests: readonly SeenRequest[];
  readonly questions: number;
}

async function deedsOf(
  project: TestProject,
  args: readonly string[],
  until?: RunEvent["type"],
): Promise<Deeds> {
  const before = upstream.requests.length;
  await rm(notes, { recursive: true });
  await mkdir(notes);
  const result = await project.airgo(["bundle", "--json", ...args], {
    onEvent: (event, child) => {
      if (event.type === until && event.type === "stage-finished" && event.stage === "resolve")
        child.kill("SIGINT");
    },
  });
  return {
    result,
    requests: upstream.requests.slice(before),
    questions: readGoRuns(notes).filter(({ argv }) => argv.join(" ").includes(" list -m ")).length,
  };
}

/** The files of versions, records and tiles that were asked for more than once. */
function repeated(requests: readonly SeenRequest[]): string[] {
  const asked = requests
    .filter(({ method, path }) => method === "GET" && /\.(?:mod|info|zip)$|\/lookup\/|\/tile\//.test(path))
    .map(({ url }) => url);
  return asked.filter((url, index) => asked.indexOf(url) !== index);
}

function pathsOf(requests: readonly SeenRequest[], ending: RegExp): string[] {
  return requests.map(({ path }) => path).filter((path) => ending.test(path) && !path.includes("/toolchain"));
}

function ofShared(requests: readonly SeenRequest[]): string[] {
  return pathsOf(requests, /\/shared\d+(?:\/@v\/|@)/).sort();
}

async function readLock(project: TestProject): Promise<Lock> {
  return JSON.parse(await readFile(join(project.folder, "bundles.lock"), "utf8")) as Lock;
}

describe(`${count} go.mod files that share most of their modules`, () => {
  let project: TestProject;
  let first: Deeds;

  beforeAll(async () => {
    project = await makeServices(count);
    first = await deedsOf(project, []);
    expect(first.result.events.filter(({ type }) => type === "failed")).toEqual([]);
    expect(first.result.code).toBe(0);
  });
  afterAll(() => project?.close());

  test("are all in the kit, each rehearsed", async () => {
    const { inputs } = (await readLock(project)).kits["k"] ?? { inputs: [] };
    expect(inputs.map(({ name }) => name)).toEqual(
      Array.from({ length: count }, (_, number) => `${folderOf(number)}/go.mod`),
    );
    expect(first.questions).toBe(count);
    const text = await readFile(join(await project.kit(), "rehearsal.json"), "utf8");
    const { commands } = JSON.parse(text) as { commands: { shows: string; exitCode: number }[] };
    const downloads = commands.filter(({ shows }) => shows.startsWith("go mod download"));
    expect(downloads).toHaveLength(count + 3);
    expect(downloads.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
  });

  test("ask for each file of each module once, whoever needs it", () => {
    expect(repeated(first.requests)).toEqual([]);
    const owned = Array.from({ length: count }, (_, number) => `/go/${own(number)}`);
    const newest = shared.map((path) => `/go/${path}`);
    expect(pathsOf(first.requests, /\.zip$/).sort()).toEqual(
      [...newest.map((at) => `${at}/@v/v1.1.0.zip`), ...owned.map((at) => `${at}/@v/v0.1.0.zip`)].sort(),
    );
    const versions = [
      ...newest.map((at) => `${at}/@v/v1.1.0`),
      // Of a lower version only the go.mod belongs to the graph; nothing requires the first one so.
      ...newest.slice(1).map((at) => `${at}/@v/v1.0.0`),
      ...owned.map((at) => `${at}/@v/v0.1.0`),
    ];
    expect(pathsOf(first.requests, /\.mod$/).sort()).toEqual(versions.map((at) => `${at}.mod`).sort());
    expect(pathsOf(first.requests, /\/lookup\//)).toHaveLength(versions.length);
  });

  test("so that another go.mod of known modules costs no further request of theirs", async () => {
    const few = await makeServices(2);
    const { requests } = await deedsOf(few, [], "stage-finished");
    await few.close();
    expect(ofShared(requests)).not.toEqual([]);
    expect(ofShared(first.requests)).toEqual(expect.arrayContaining(ofShared(requests)));
    const resolved = ofShared(first.requests).filter((path) => !path.endsWith(".zip"));
    expect(ofShared(requests).filter((path) => !path.endsWith(".zip"))).toEqual(resolved);
  });

  test("are asked about again one by one: only what changed, or all of them when that is wished", async () => {
    const file = join(project.folder, folderOf(7), "go.mod");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(`${own(7)} v0.1.0`, `${own(8)} v0.1.0`));
    try {
      const one = await deedsOf(project, ["--update"], "stage-finished");
      expect(one.result.code).toBe(130);
      expect(one.questions).toBe(1);
      // Everything it names is in the store: only what may have moved is asked.
      expect(pathsOf(one.requests, /\/@v\/.*\.(?:mod|info|zip)$|\/lookup\//)).toEqual([]);
    } finally {
      await writeFile(file, text);
    }
    const all = await deedsOf(project, ["--update", "modules"]);
    expect(all.result.events.map(({ type }) => type)).toContain("kit-unchanged");
    expect(all.questions).toBe(count);
    expect(pathsOf(all.requests, /\/@v\/.*\.(?:mod|info|zip)$|\/lookup\//)).toEqual([]);
  });
});

test("a go.mod in two kits with different scopes is in each as that one asks", async () => {
  const project = await freshProject();
  // Of shared7 only the graph speaks: the scope build does not carry it.
  await write(project, "one/go.mod", goMod("one", ["example.com/shared6 v1.1.0"]));
  await project.manifest(
    kitOf({ modules: [{ path: "one/go.mod", scope: "build" }] }, "narrow") +
      kitOf({ modules: ["one/go.mod"] }, "wide") +
      kitOf({ modules: ["one/go.mod"] }, "same"),
  );
  const { result, requests, questions } = await deedsOf(project, []);
  expect(result.code).toBe(0);
  expect(repeated(requests)).toEqual([]);
  expect(questions).toBe(2);
  const { kits } = await readLock(project);
  const carried = Object.entries(kits).map(([name, { inputs }]) => [
    name,
    inputs.map(({ scope, modules, listed }) => ({ scope, modules, listed })),
  ]);
  const seven = "example.com/shared7@v1.0.0";
  const six = "example.com/shared6@v1.1.0";
  expect(Object.fromEntries(carried)).toEqual({
    narrow: [{ scope: "build", modules: [six], listed: [seven] }],
    wide: [{ scope: "all", modules: [six, seven], listed: [] }],
    same: [{ scope: "all", modules: [six, seven], listed: [] }],
  });
  for (const name of Object.keys(kits))
    expect(await readdir(join(project.folder, "kits", name))).toContain("latest");
});

async function makeWorkspace(): Promise<TestProject> {
  const project = await freshProject();
  await write(project, "work/go.work", "go 1.21\n\nuse (\n\t./a\n\t./b\n)\n");
  // Alone, b would take shared6 at v1.0.0; together they take what a asks for.
  await write(project, "work/a/go.mod", goMod("a", ["example.com/shared6 v1.1.0"]));
  await write(project, "work/b/go.mod", goMod("b", ["example.com/shared5 v1.1.0"]));
  await project.manifest(kitOf({ modules: ["work/go.work"] }));
  return project;
}

describe("a go.work", () => {
  test("brings its members along, each for itself too, and asks for nothing twice", async () => {
    const project = await makeWorkspace();
    const { result, requests, questions } = await deedsOf(project, []);
    expect(result.events.filter(({ type }) => type === "failed")).toEqual([]);
    expect(result.code).toBe(0);
    expect(questions).toBe(3);
    expect(repeated(requests)).toEqual([]);
    const { inputs = [] } = (await readLock(project)).kits["k"] ?? {};
    const [six, seven] = ["example.com/shared6", "example.com/shared7@v1.0.0"];
    expect(Object.fromEntries(inputs.map(({ name, modules }) => [name, modules]))).toEqual({
      "work/go.work": ["example.com/shared5@v1.1.0", `${six}@v1.1.0`, seven],
      "work/a/go.mod": [`${six}@v1.1.0`, seven],
      "work/b/go.mod": ["example.com/shared5@v1.1.0", `${six}@v1.0.0`, seven],
    });
    const text = await readFile(join(await project.kit(), "rehearsal.json"), "utf8");
    for (const name of inputs.map((input) => input.name))
      expect(text).toContain(`go mod download of ${name}`);
  });

  test("drifts with a member, and only what the change concerns is asked about again", async () => {
    const project = await makeWorkspace();
    await write(project, "other/go.mod", goMod("other", ["example.com/shared7 v1.1.0"]));
    await project.manifest(kitOf({ modules: ["work/go.work", "other/go.mod"] }));
    expect((await deedsOf(project, [])).result.code).toBe(0);
    await write(project, "work/b/go.mod", goMod("b", ["example.com/shared7 v1.1.0"]));
    const drifted = await project.airgo(["bundle"]);
    expect(drifted.code).toBe(16);
    expect(drifted.stderr).toContain("work/b/go.mod: go.mod has changed");
    expect(drifted.stderr).toContain("work/go.work: b/go.mod has changed");
    const { result, questions } = await deedsOf(project, ["--update"]);
    expect(result.code).toBe(0);
    expect(questions).toBe(2);
  });
});
