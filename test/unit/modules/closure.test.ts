import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { createGoCommand } from "../../../src/golang/go-command.js";
import { closureOf, type Closure, type ModuleAnswers } from "../../../src/modules/closure.js";
import { findInputs, type ModuleInput } from "../../../src/modules/inputs.js";
import { readLocalModules, type LocalModules } from "../../../src/modules/local-modules.js";
import type { LoopbackProxy } from "../../../src/modules/loopback-proxy.js";
import { keyOf, type ModuleVersion } from "../../../src/modules/module-version.js";
import type { Scope } from "../../../src/modules/scope.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { runProcess } from "../../../src/support/processes.js";
import {
  findRealGo,
  standardWorld,
  startFakeUpstream,
  writeProject,
  type FakeUpstream,
} from "../../support/fake-upstream.js";
import { testWhen } from "../../support/tools.js";
import { filesBelow, openRig, type Rig } from "./rig.js";

const realGo = findRealGo();
const goTest = (name: string, run: () => Promise<void>): void =>
  testWhen(realGo !== undefined, "go on PATH", name, run);

let upstream: FakeUpstream;
let rig: Rig;
let proxy: LoopbackProxy;
/** Of the project that was asked about last. */
let local: LocalModules;
let readMod: (module: ModuleVersion) => Promise<Buffer>;
let folder: string;
let number = 0;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
});
beforeEach(async () => {
  rig = await openRig(upstream.proxyUrl);
  local = await readLocalModules([], () => false);
  proxy = await rig.loopback({ local: { isUnasked: (input, module) => local.isUnasked(input, module) } });
  readMod = (module) => rig.files.readMod(module);
  folder = await mkdtemp(join(tmpdir(), "airgo-project-"));
});
afterEach(async () => {
  upstream.faults.clear();
  await proxy.close();
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => upstream.close());

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

/** @param inputs of the run, where it has more than that one */
async function ask(path = "go.mod", scope: Scope = "all", inputs?: readonly ModuleInput[]): Promise<Closure> {
  const found = inputs ?? (await findInputs([{ path, scope }], folder));
  const input = found.find(({ name }) => name === path) as ModuleInput;
  const workFolder = join(rig.folder, "work");
  const goroot = realGo?.goroot ?? "";
  const go = createGoCommand({
    listingGoroot: goroot,
    wholeGoroot: async () => goroot,
    workFolder,
    database: { gosumdb: upstream.verifierKey, gonosumdb: "" },
    run: runProcess,
  });
  local = await readLocalModules(found, () => false);
  return closureOf(input, ++number, { go, proxy, readMod, local, workFolder });
}

const keys = (closure: Closure): { modules: string[]; graph: string[] } => ({
  modules: closure.modules.map(keyOf),
  graph: closure.graph.map(keyOf).sort(),
});

const projectModules = [
  "example.com/Upper@v1.1.0-RC1",
  "example.com/check@v1.0.0",
  "example.com/deepcheck@v0.1.0",
  "example.com/greet@v1.2.0",
  "example.com/greet/v2@v2.0.1",
  "example.com/hello@v1.0.0",
  "example.com/legacy@v2.0.0+incompatible",
  "example.com/unused@v0.3.0",
  "example.com/untagged@v0.0.0-20240102030405-abcdef123456",
  "example.com/words@v1.1.0",
].sort();

/** Digest and time of everything below the project's folder, and of the folder itself. */
async function fingerprint(): Promise<string[]> {
  const names = ["", ...(await readdir(folder, { recursive: true })).sort()];
  return Promise.all(
    names.map(async (name) => {
      const found = await stat(join(folder, name));
      const digest = found.isFile() ? sha256Hex(await readFile(join(folder, name))) : "folder";
      return `${name} ${digest} ${found.mtimeMs}`;
    }),
  );
}

describe("the closure of a project", () => {
  goTest("is go's whole build list, and every further go.mod that the graph reads", async () => {
    await writeProject(folder, upstream);
    const closure = await ask();
    expect(keys(closure).modules.sort()).toEqual(projectModules);
    expect(keys(closure).graph).toEqual(["example.com/words@v1.0.0"]);
    expect(closure.files).toEqual({
      "go.mod": sha256Hex(await readFile(join(folder, "go.mod"))),
      "go.sum": sha256Hex(await readFile(join(folder, "go.sum"))),
    });
    expect(closure.goSum).toHaveLength(19);
  });

  goTest("is the same without a go.sum", async () => {
    await writeProject(folder);
    const closure = await ask();
    expect(keys(closure).modules.sort()).toEqual(projectModules);
    expect(keys(closure).graph).toEqual(["example.com/words@v1.0.0"]);
    expect(Object.keys(closure.files)).toEqual(["go.mod"]);
    expect(closure.goSum).toEqual([]);
  });

  goTest("is the same a second time, and with everything in the store", async () => {
    await writeProject(folder, upstream);
    const first = await ask();
    expect(await ask()).toEqual(first);
    for (const one of [...first.modules, ...first.graph]) {
      await rig.files.keepMod(one, upstream.hashes(one.path, one.version).goModH1);
    }
    upstream.faults.add(/./, { kind: "status", status: 500 });
    const files = rig.anotherRun();
    await proxy.close();
    proxy = await rig.loopback({ files });
    readMod = (module) => files.readMod(module);
    expect(await ask()).toEqual(first);
  });

  goTest(
    "a go.sum may name what the graph does not read: that is told apart, for it may be gone",
    async () => {
      await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
      const h1 = upstream.hashes("example.com/words", "v1.0.0");
      await write("go.sum", `example.com/words v1.0.0/go.mod ${h1.goModH1}\n`);
      const closure = await ask();
      expect(keys(closure)).toEqual({ modules: ["example.com/words@v1.1.0"], graph: [] });
      expect(closure.named).toEqual([{ path: "example.com/words", version: "v1.0.0" }]);
    },
  );

  goTest("may be empty", async () => {
    await write("go.mod", "module example.com/app\n");
    expect(keys(await ask())).toEqual({ modules: [], graph: [] });
  });

  goTest("of module@version is that of an empty module that requires it", async () => {
    const closure = await ask("example.com/greet@v1.2.0");
    expect(keys(closure)).toEqual({
      modules: ["example.com/greet@v1.2.0", "example.com/greet/v2@v2.0.1", "example.com/words@v1.0.0"],
      graph: [],
    });
    expect(closure.files).toEqual({});
  });

  goTest("of an upper-case module@version", async () => {
    expect(keys(await ask("example.com/Upper@v1.1.0-RC1")).modules).toEqual(["example.com/Upper@v1.1.0-RC1"]);
  });
});

describe("scopes", () => {
  const without = (...names: string[]): string[] =>
    projectModules.filter((key) => !names.some((name) => key.startsWith(`example.com/${name}@`)));

  const table: [Scope, "with" | "without", string[], string[]][] = [
    ["build", "with", without("deepcheck", "unused"), ["deepcheck@v0.1.0", "unused@v0.3.0"]],
    ["build", "without", without("deepcheck", "unused"), ["deepcheck@v0.1.0", "unused@v0.3.0"]],
    ["tidy", "with", without("unused"), ["unused@v0.3.0"]],
    ["tidy", "without", without("unused"), ["unused@v0.3.0"]],
    ["all", "with", projectModules, []],
    ["all", "without", projectModules, []],
  ];
  for (const [scope, sums, modules, listed] of table) {
    goTest(
      `${scope} ${sums} a go.sum carries its part whole, and lists the rest of the build list`,
      async () => {
        await writeProject(folder, sums === "with" ? upstream : undefined);
        const before = await fingerprint();
        const closure = await ask("go.mod", scope);
        expect(keys(closure).modules.sort()).toEqual(modules);
        expect(closure.listed.map(keyOf).sort()).toEqual(listed.map((name) => `example.com/${name}`));
        expect(keys(closure).graph).toEqual(["example.com/words@v1.0.0"]);
        expect(await fingerprint()).toEqual(before);
      },
    );
  }

  goTest("build of a version carries what that version requires; the rest is listed", async () => {
    const closure = await ask("example.com/hello@v1.0.0", "build");
    expect(closure.listed.map(keyOf)).toEqual([]);
    expect(keys(closure).modules).toContain("example.com/unused@v0.3.0");
    const old = await ask("example.com/greet@v1.2.0", "build");
    // From before go 1.17: what it requires does not tell.
    expect(keys(old).modules).toEqual(keys(await ask("example.com/greet@v1.2.0", "all")).modules);
  });

  // Go raises such a line to what hello asks for, and adds nothing that the new one would require.
  for (const line of ["go 1.16\n\n", ""]) {
    goTest(`of a go.mod with ${line === "" ? "no go line" : line.trim()} are all the same`, async () => {
      await write("go.mod", `module example.com/app\n\n${line}require example.com/hello v1.0.0\n`);
      const closures = [await ask("go.mod", "build"), await ask("go.mod", "all")];
      expect(closures[0]?.modules).toEqual(closures[1]?.modules);
      expect(closures[0]?.listed).toEqual([]);
    });
  }
});

async function writeWorkspace(): Promise<void> {
  await write("go.work", "go 1.21\n\nuse (\n\t./app\n\t./lib\n)\n\nreplace example.com/gone => ./standin\n");
  await write(
    "app/go.mod",
    "module example.com/app\n\ngo 1.21\n\nrequire (\n\texample.com/lib v0.0.0\n\texample.com/gone v1.0.0\n\texample.com/words v1.0.0\n)\n\nreplace example.com/lib => ../lib\n",
  );
  await write("lib/go.mod", "module example.com/lib\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
  await write("standin/go.mod", "module example.com/gone\n\ngo 1.21\n\nrequire example.com/check v1.0.0\n");
}

describe("a workspace", () => {
  goTest("has the closure of its modules together, and writes nothing of theirs", async () => {
    await writeWorkspace();
    const before = await fingerprint();
    for (const scope of ["build", "all"] as const) {
      const closure = await ask("go.work", scope);
      expect(keys(closure)).toEqual({
        modules: ["example.com/check@v1.0.0", "example.com/words@v1.1.0"],
        graph: ["example.com/words@v1.0.0"],
      });
      expect(Object.keys(closure.files).sort()).toEqual([
        "app/go.mod",
        "go.work",
        "lib/go.mod",
        "standin/go.mod",
      ]);
      expect(closure.files["go.work"]).toBe(sha256Hex(await readFile(join(folder, "go.work"))));
    }
    expect(await fingerprint()).toEqual(before);
  });

  goTest(
    "depends on what a member replaces with a folder that is no member, wherever its copy lies",
    async () => {
      await write(
        "app/go.mod",
        "module a.x/app\n\ngo 1.21\n\nrequire a.x/stand v1.0.0\n\nreplace a.x/stand => ../stand\n",
      );
      await write("stand/go.mod", "module a.x/stand\n\ngo 1.21\n");
      await write("go.work", "go 1.21\n\nuse ./app\n");
      const closure = await ask("go.work");
      expect(closure.files["stand/go.mod"]).toBe(sha256Hex(await readFile(join(folder, "stand/go.mod"))));
    },
  );

  goTest("reads its go.work.sum, and every module of it has its own closure besides", async () => {
    await writeWorkspace();
    const { goModH1 } = upstream.hashes("example.com/words", "v1.1.0");
    await write("go.work.sum", `example.com/words v1.1.0/go.mod ${goModH1}\n`);
    const closure = await ask("go.work");
    expect(closure.goSum).toEqual([
      { path: "example.com/words", version: "v1.1.0", kind: "mod", h1: goModH1 },
    ]);
    expect(closure.files["go.work.sum"]).toBeDefined();
    expect(keys(await ask("lib/go.mod"))).toEqual({ modules: ["example.com/words@v1.1.0"], graph: [] });
    // Alone, what only the workspace has is not there.
    await expect(ask("app/go.mod")).rejects.toMatchObject({
      message: expect.stringContaining("example.com/"),
    });
  });

  goTest("that go refuses is told in go's words, for the user's file", async () => {
    await write("go.work", "go 1.21\n\nuse ./app\n\nnonsense\n");
    await write("app/go.mod", "module example.com/app\n");
    await expect(ask("go.work")).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      where: "go.work",
      message: expect.stringMatching(/\bgo\.work:5:[^]*nonsense/),
    });
    await expect(ask("go.work")).rejects.toMatchObject({ message: expect.not.stringContaining("input-") });
  });
});

describe("with a go that only answers", () => {
  const listed = [
    { Path: "example.com/app", Main: true },
    { Path: "example.com/words", Version: "v1.1.0" },
  ];

  async function askOf(go: Partial<ModuleAnswers>, path: string, scope: Scope): Promise<Closure> {
    const [input] = (await findInputs([{ path, scope }], folder)) as [ModuleInput];
    const answers = {
      listModules: async () => listed,
      tidy: () => Promise.reject(new Error("not asked")),
      ...go,
    };
    const workFolder = join(rig.folder, "work");
    return closureOf(input, ++number, { go: answers, proxy, readMod, local, workFolder });
  }
  const goMod = "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n";

  test("the files it was made of are those that were copied, not what an editor saves meanwhile", async () => {
    await write("go.mod", goMod);
    const closure = await askOf(
      {
        async listModules() {
          await write("go.mod", "module other\n");
          return listed;
        },
      },
      "go.mod",
      "all",
    );
    expect(closure.files).toEqual({ "go.mod": sha256Hex(goMod) });
  });

  test.each<[Scope, string | undefined, boolean]>([
    ["build", undefined, false],
    ["all", undefined, false],
    ["tidy", undefined, true],
    ["tidy", "", true],
    ["tidy", "example.com/words v1.1.0/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", false],
  ])("scope %s with the go.sum %j is tidied: %s", async (scope, goSum, isTidied) => {
    await write("go.mod", goMod);
    if (goSum !== undefined) await write("go.sum", goSum);
    const tidied: string[] = [];
    await askOf({ tidy: async ({ copy }) => void tidied.push(copy.modFile) }, "go.mod", scope);
    expect(tidied).toHaveLength(isTidied ? 1 : 0);
    for (const file of tidied) expect(file.startsWith(rig.folder)).toBe(true);
  });

  test("what tidying adds to the copy's go.sum is carried, and held against nothing of the user's", async () => {
    await write("go.mod", goMod);
    const closure = await askOf(
      {
        listModules: async () => [...listed, { Path: "example.com/check", Version: "v1.0.0" }],
        tidy: ({ copy }) => writeFile(copy.sumFile, "example.com/check v1.0.0 h1:x\n"),
      },
      "go.mod",
      "tidy",
    );
    expect(keys(closure).modules).toEqual(["example.com/words@v1.1.0", "example.com/check@v1.0.0"]);
    expect(closure.goSum).toEqual([]);
    expect(Object.keys(closure.files)).toEqual(["go.mod"]);
  });

  test("a requirement that go has completed in the copy counts for build", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n");
    const closure = await askOf(
      {
        async listModules({ copy }) {
          await writeFile(copy.modFile, goMod);
          return listed;
        },
      },
      "go.mod",
      "build",
    );
    expect(keys(closure).modules).toEqual(["example.com/words@v1.1.0"]);
  });
});

describe("replace and exclude", () => {
  goTest("a local folder is not fetched, but what it requires is, and its go.mod counts", async () => {
    await write(
      "app/go.mod",
      "module example.com/app\n\ngo 1.21\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n",
    );
    await write("lib/go.mod", "module example.com/lib\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
    const closure = await ask("app/go.mod");
    expect(keys(closure)).toEqual({ modules: ["example.com/words@v1.1.0"], graph: [] });
    expect(closure.files).toEqual({
      "go.mod": sha256Hex(await readFile(join(folder, "app/go.mod"))),
      "../lib/go.mod": sha256Hex(await readFile(join(folder, "lib/go.mod"))),
    });
  });

  goTest("another module or version stands in for the replaced one", async () => {
    await write(
      "go.mod",
      "module example.com/app\n\ngo 1.21\n\nrequire (\n\texample.com/gone v1.0.0\n\texample.com/words v1.0.0\n)\n\n" +
        "replace (\n\texample.com/gone => example.com/check v1.0.0\n\texample.com/words v1.0.0 => example.com/words v1.1.0\n)\n",
    );
    expect(keys(await ask())).toEqual({
      modules: ["example.com/check@v1.0.0", "example.com/words@v1.1.0"],
      graph: [],
    });
  });

  goTest("an excluded version gives way to the next one", async () => {
    await write(
      "go.mod",
      "module example.com/app\n\ngo 1.21\n\nrequire example.com/greet v1.2.0\n\nexclude example.com/words v1.0.0\n",
    );
    expect(keys(await ask()).modules).not.toContain("example.com/words@v1.0.0");
  });

  goTest("a local folder that is not there is the go.mod's mistake", async () => {
    await write(
      "go.mod",
      "module example.com/app\n\ngo 1.21\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ./gone\n",
    );
    await expect(ask()).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      message: expect.stringContaining("gone"),
    });
  });
});

/** What the public proxy was asked that names one of these. */
function askedFor(...names: string[]): string[] {
  const asked = upstream.requests.map(({ path }) => path);
  return asked.filter((path) => names.some((name) => path.includes(name)));
}

function sumLine(path: string, version: string): string {
  return `${path} ${version}/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n`;
}

/** From before go pruned its module graph. */
function oldGoMod(path: string, requires: string): string {
  return `module ${path}\n\ngo 1.16\n\nrequire ${requires}\n`;
}

function addVersion(path: string, goMod: string): void {
  upstream.addModule({ path, version: "v1.0.0", goMod, files: { "p.go": "package p\n" } });
}

describe("names of modules that lie in folders", () => {
  beforeEach(() => void (upstream.requests.length = 0));

  // Neighbours and what a folder replaces may be named by stale lines just as the main module itself.
  for (const file of ["app/go.mod", "go.work"]) {
    goTest(`are not taken from the sums of ${file}`, async () => {
      await write("go.work", "go 1.21\n\nuse (\n\t./app\n\t./lib\n)\n\nreplace a.x/stand => ./stand\n");
      await write(
        "app/go.mod",
        "module a.x/app\n\ngo 1.21\n\nrequire (\n\ta.x/folder v1.0.0\n\texample.com/words v1.1.0\n)\n\nreplace a.x/folder => ../stand\n",
      );
      await write("lib/go.mod", "module a.x/lib\n\ngo 1.21\n");
      await write("stand/go.mod", "module a.x/stand\n\ngo 1.21\n");
      const stale = ["a.x/app", "a.x/lib", "a.x/folder", "a.x/stand"].map((path) => sumLine(path, "v1.2.0"));
      const sums = [...stale, sumLine("example.com/greet", "v1.2.0")].join("");
      await write("go.work.sum", sums);
      await write("app/go.sum", sums);
      const found = await findInputs([{ path: "go.work", scope: "all" }], folder);
      const closure = await ask(file, "all", found);
      expect(closure.named.map(keyOf)).toEqual(["example.com/greet@v1.2.0"]);
      expect(askedFor("a.x")).toEqual([]);
    });
  }

  goTest(
    "are not asked for where a folder requires the main module at no version that there is",
    async () => {
      const goMod = "module a.x/app\n\ngo 1.21\n\nrequire a.x/lib v0.0.0\n\nreplace a.x/lib => ../lib\n";
      await write("app/go.mod", goMod);
      await write("lib/go.mod", "module a.x/lib\n\ngo 1.16\n\nrequire a.x/app v0.0.0\n");
      await expect(ask("app/go.mod")).rejects.toMatchObject({
        code: "AIRGO_MODULE_NOT_FOUND",
        message: expect.stringContaining("a.x/app@v0.0.0 is in a folder here"),
        where: expect.stringContaining("app/go.mod → a.x/lib@v0.0.0 (replaced by ../lib) → a.x/app@v0.0.0"),
      });
      expect(askedFor("a.x")).toEqual([]);
      // What the error says to do does help.
      await write("app/go.mod", `${goMod}\nreplace a.x/app => ./\n`);
      expect(keys(await ask("app/go.mod"))).toEqual({ modules: [], graph: [] });
    },
  );

  goTest("are not asked for by a member alone that only the workspace gives them to", async () => {
    await write("go.work", "go 1.21\n\nuse (\n\t./app\n\t./lib\n)\n");
    await write("app/go.mod", "module a.x/app\n\ngo 1.21\n\nrequire a.x/lib v0.0.0\n");
    await write("lib/go.mod", "module a.x/lib\n\ngo 1.21\n");
    const found = await findInputs([{ path: "go.work", scope: "all" }], folder);
    await expect(ask("app/go.mod", "all", found)).rejects.toMatchObject({
      code: "AIRGO_MODULE_NOT_FOUND",
      hint: expect.stringContaining("`replace` it by its folder"),
    });
    expect(askedFor("a.x")).toEqual([]);
  });

  goTest("are not asked for when go looks for a package that a replacing folder lacks", async () => {
    await write(
      "app/go.mod",
      "module a.x/app\n\ngo 1.21\n\nrequire a.x/lib v0.0.0\n\nreplace a.x/lib => ../lib\n",
    );
    await write("app/app.go", 'package app\n\nimport _ "a.x/lib/none"\n');
    await write("lib/go.mod", "module a.x/lib\n\ngo 1.21\n");
    await write("lib/lib.go", "package lib\n");
    await expect(ask("app/go.mod", "tidy")).rejects.toMatchObject({ code: "AIRGO_MODULE_NOT_FOUND" });
    expect(askedFor("a.x/lib/")).toContain("/go/a.x/lib/none/@v/list");
    expect(askedFor("a.x/lib/@")).toEqual([]);
  });

  describe("go out where a dependency leads back to an older version of the main module", () => {
    beforeAll(() => {
      addVersion("b.x/back", oldGoMod("b.x/back", "b.x/app v1.0.0"));
      addVersion("b.x/app", oldGoMod("b.x/app", "example.com/words v1.1.0"));
      addVersion("b.x/pruned", "module b.x/pruned\n\ngo 1.21\n\nrequire b.x/app v1.0.0\n");
    });

    goTest("for go reads that one's go.mod", async () => {
      await write("go.mod", oldGoMod("b.x/app", "b.x/back v1.0.0"));
      const { goModH1 } = upstream.hashes("b.x/app", "v1.0.0");
      await write("go.sum", `b.x/app v1.0.0/go.mod ${goModH1}\n`);
      expect(keys(await ask())).toEqual({
        modules: ["b.x/back@v1.0.0", "example.com/words@v1.1.0"],
        graph: ["b.x/app@v1.0.0"],
      });
    });

    goTest("and a go.sum may name it where go did not read it yet", async () => {
      await write("go.mod", "module b.x/app\n\ngo 1.21\n\nrequire b.x/pruned v1.0.0\n");
      await write("go.sum", sumLine("b.x/app", "v1.0.0"));
      const closure = await ask();
      expect(keys(closure)).toEqual({ modules: ["b.x/pruned@v1.0.0"], graph: [] });
      expect(closure.named.map(keyOf)).toEqual(["b.x/app@v1.0.0"]);
    });
  });
});

describe("what lies around it does not count", () => {
  goTest("a vendor folder", async () => {
    await writeProject(folder, upstream);
    await write("vendor/modules.txt", "# example.com/other v1.0.0\n## explicit\nexample.com/other\n");
    expect(keys(await ask()).modules.sort()).toEqual(projectModules);
  });

  goTest("a go.work in a folder above", async () => {
    await write("go.work", "go 1.21\n\nuse ./elsewhere\n");
    await write("app/go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
    expect(keys(await ask("app/go.mod")).modules).toEqual(["example.com/words@v1.1.0"]);
  });

  goTest("the user's own settings of Go", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
    await write("goenv", "GOPROXY=off\nGOFLAGS=-mod=vendor\nGOWORK=/nowhere\n");
    const settings = {
      GOFLAGS: "-mod=vendor -invalid",
      GOPROXY: "off",
      GONOSUMDB: "*",
      GOPRIVATE: "*",
      GONOPROXY: "*",
      GOENV: join(folder, "goenv"),
      GOWORK: "/nowhere",
      GOTOOLCHAIN: "go1.99.0",
      GO111MODULE: "off",
      GOROOT: "/nowhere",
      HTTP_PROXY: "http://127.0.0.1:1",
    };
    const before = { ...process.env };
    Object.assign(process.env, settings);
    try {
      expect(keys(await ask()).modules).toEqual(["example.com/words@v1.1.0"]);
    } finally {
      for (const name of Object.keys(settings)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});

describe("the user's folder is never written", () => {
  goTest("not even where go would like to", async () => {
    // No go line, no go.sum, a version that is no longer the one in use: each a reason to write.
    await write("go.mod", "module example.com/app\n\nrequire example.com/hello v1.0.0\n");
    const before = await fingerprint();
    await ask();
    expect(await fingerprint()).toEqual(before);
  });

  goTest("nor need it be writable", async () => {
    await writeProject(folder, upstream);
    const before = await fingerprint();
    const names = await filesBelow(folder);
    await Promise.all(names.map((name) => chmod(join(folder, name), 0o444)));
    await chmod(folder, 0o555);
    try {
      expect(keys(await ask()).modules.sort()).toEqual(projectModules);
    } finally {
      await chmod(folder, 0o755);
    }
    expect(await fingerprint()).toEqual(before);
  });
});

describe("what cannot be answered", () => {
  goTest("a broken go.mod, in go's words and without private paths", async () => {
    await write("app/go.mod", "module example.com/app\n\nrequire nonsense\n");
    await expect(ask("app/go.mod")).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      where: "app/go.mod",
      message: expect.stringMatching(
        /^go cannot list the modules:\n[^]*\bgo\.mod:3:[^]*usage: require module\/path v1\.2\.3/,
      ),
    });
    await expect(ask("app/go.mod")).rejects.toMatchObject({
      message: expect.not.stringContaining("input-"),
    });
  });

  goTest("a go.mod that wants a newer Go than the one that is asked", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.999.0\n");
    await expect(ask()).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      message: expect.stringContaining("1.999.0"),
    });
  });

  goTest("a version that no proxy has", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.9.9\n");
    await expect(ask()).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/example\.com\/words.*v1\.9\.9/),
    });
  });

  goTest("a branch in place of a version", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words main\n");
    await expect(ask()).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      message: expect.stringMatching(/example\.com\/words[^]*"?main"?/),
    });
  });

  goTest("a module@version that no user can require is called by its name", async () => {
    upstream.faults.add(/words\/@v\/v1\.1\.0\.mod$/, {
      kind: "rewrite",
      change: () => Buffer.from("module other\n"),
    });
    await expect(ask("example.com/words@v1.1.0")).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      where: "example.com/words@v1.1.0",
      message: expect.stringContaining("other"),
    });
  });

  goTest("a go.mod that its go.sum does not agree with", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
    const wrong = upstream.hashes("example.com/check", "v1.0.0").goModH1;
    await write("go.sum", `example.com/words v1.1.0/go.mod ${wrong}\n`);
    await expect(ask()).rejects.toMatchObject({
      code: expect.stringMatching(/_MISMATCH$/),
      where: expect.stringMatching(/^go\.sum\b/),
    });
  });

  goTest("an upstream that fails is told as itself, not in go's words", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
    upstream.faults.add(/words/, { kind: "status", status: 403 });
    await expect(ask()).rejects.toMatchObject({ code: "AIRGO_UPSTREAM_DENIED" });
  });

  goTest("a list that reaches `direct` names the module; git is not run", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/private v1.0.0\n");
    const direct = await openRig(`${upstream.proxyUrl},direct`);
    await proxy.close();
    proxy = await direct.loopback();
    try {
      await expect(ask()).rejects.toMatchObject({
        code: "AIRGO_PROXY_DIRECT",
        message: expect.stringContaining("example.com/private@v1.0.0"),
      });
    } finally {
      await direct.close();
    }
  });
});
