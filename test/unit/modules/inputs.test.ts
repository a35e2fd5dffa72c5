import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { digestInput, findInputs, type ModuleInput } from "../../../src/modules/inputs.js";
import type { Scope } from "../../../src/modules/scope.js";
import { sha256Hex } from "../../../src/support/digest.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "airgo-inputs-"));
  for (const name of [
    "go.mod",
    "a/go.mod",
    "a/go.sum",
    "b/go.mod",
    "b/deep/go.mod",
    "c/README",
    "Z/go.mod",
  ]) {
    await write(name, name);
  }
  await write("b/node_modules/x/go.mod", "");
  await symlink(join(folder, "b"), join(folder, "loop"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

const find = (...paths: string[]): Promise<ModuleInput[]> =>
  findInputs(
    paths.map((path) => ({ path, scope: "all" })),
    folder,
  );
const names = async (...paths: string[]): Promise<string[]> => (await find(...paths)).map(({ name }) => name);

describe("findInputs", () => {
  test.each([
    ["a file", ["a/go.mod"], ["a/go.mod"]],
    ["the manifest's own folder", ["go.mod"], ["go.mod"]],
    ["a pattern of one part", ["*/go.mod"], ["Z/go.mod", "a/go.mod", "b/go.mod"]],
    [
      "a pattern of all parts",
      ["**/go.mod"],
      ["Z/go.mod", "a/go.mod", "b/deep/go.mod", "b/go.mod", "go.mod"],
    ],
    ["alternatives", ["{a,b}/go.mod"], ["a/go.mod", "b/go.mod"]],
    ["a single character", ["?/go.mod"], ["Z/go.mod", "a/go.mod", "b/go.mod"]],
    [
      "the same one several times",
      ["b/go.mod", "*/go.mod", "a/go.mod", "b/**/go.mod"],
      ["Z/go.mod", "a/go.mod", "b/deep/go.mod", "b/go.mod"],
    ],
    ["a module", ["example.com/tool@v1.2.3", "a/go.mod"], ["a/go.mod", "example.com/tool@v1.2.3"]],
  ])("finds %s, sorted by bytes", async (_, paths, expected) => {
    expect(await names(...paths)).toEqual(expected);
  });

  test("a file has its folder, a module none", async () => {
    expect(await find("a/go.mod", "example.com/Tool@v1.2.3")).toEqual([
      { kind: "file", name: "a/go.mod", scope: "all", folder: join(folder, "a"), project: folder },
      {
        kind: "version",
        name: "example.com/Tool@v1.2.3",
        scope: "all",
        module: { path: "example.com/Tool", version: "v1.2.3" },
      },
    ]);
  });

  test.each<[Scope, Scope, Scope]>([
    ["build", "tidy", "tidy"],
    ["all", "build", "all"],
    ["tidy", "all", "all"],
    ["build", "build", "build"],
  ])("what is named with %s and with %s counts once, with %s", async (one, two, widest) => {
    const requests = [
      { path: "a/go.mod", scope: one },
      { path: "example.com/tool@v1.2.3", scope: one },
      { path: "*/go.mod", scope: two },
      { path: "example.com/tool@v1.2.3", scope: two },
    ];
    const found = await findInputs(requests, folder);
    expect(found.map(({ name, scope }) => `${scope} ${name}`)).toEqual([
      `${two} Z/go.mod`,
      `${widest} a/go.mod`,
      `${two} b/go.mod`,
      `${widest} example.com/tool@v1.2.3`,
    ]);
  });

  test.each(["none/go.mod", "a/go.mod/go.mod", "none/*/go.mod", "c/*.mod"])(
    "says that %j is not there",
    async (path) => {
      await expect(find("a/go.mod", path)).rejects.toMatchObject({
        code: "AIRGO_INPUT_MISSING",
        where: path,
      });
    },
  );
});

const refused = (name: string): object => ({
  code: "AIRGO_INPUT_INVALID",
  where: JSON.stringify(name),
  expected: expect.stringContaining("control characters"),
});

describe("findInputs refuses a name", () => {
  test.each(["a\tb", "a\nb", "a\rb", "a\u0007b", "a\u001b[2Jb"])(
    "with %j in it, found by a pattern",
    async (odd) => {
      await write(`odd/${odd}/go.mod`, "module m\n");
      await expect(find("odd/*/go.mod")).rejects.toMatchObject(refused(`odd/${odd}/go.mod`));
      await rm(join(folder, "odd"), { recursive: true });
    },
  );

  test("with a line end in it, of a go.work's module", async () => {
    await write("oddwork/go.work", 'go 1.26\n\nuse "./a\\nb"\n');
    await write("oddwork/a\nb/go.mod", "module m\n");
    await expect(find("oddwork/go.work")).rejects.toMatchObject(refused("oddwork/a\nb/go.mod"));
  });

  test("with one that turns what follows around, told without it", async () => {
    await write("odd/a\u202eb/go.mod", "module m\n");
    await expect(find("odd/*/go.mod")).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      where: '"odd/a\ufffdb/go.mod"',
    });
    await rm(join(folder, "odd"), { recursive: true });
  });
});

/** What is found when both/go.work and a module that it uses are named, each with its scope. */
async function scopesOfBoth(ofWork: Scope, ofFile: Scope): Promise<string[]> {
  const requests = [
    { path: "both/m/go.mod", scope: ofFile },
    { path: "both/go.work", scope: ofWork },
  ];
  return (await findInputs(requests, folder)).map(({ name, scope }) => `${scope} ${name}`);
}

describe("findInputs of a go.work", () => {
  test("finds the workspace, and each module that it uses alone", async () => {
    await write("w/go.work", 'go 1.26\n\nuse (\n\t./one\n\t"./two" // and so on\n)\n');
    await write("w/one/go.mod", "module one\n");
    await write("w/two/go.mod", "module two\n");
    await write("w/not-used/go.mod", "module three\n");
    expect(await find("w/go.work")).toEqual([
      {
        kind: "workspace",
        name: "w/go.work",
        scope: "all",
        folder: join(folder, "w"),
        members: ["one", "two"],
        project: folder,
      },
      { kind: "file", name: "w/one/go.mod", scope: "all", folder: join(folder, "w/one"), project: folder },
      { kind: "file", name: "w/two/go.mod", scope: "all", folder: join(folder, "w/two"), project: folder },
    ]);
  });

  test("finds its own folder and one beside it, each once, however it is written", async () => {
    await write("self/go.work", "go 1.26\n\nuse .\nuse ./\nuse ../a\nuse ./../a\n");
    await write("self/go.mod", "module self\n");
    const found = await find("self/go.work");
    expect(found.map(({ name }) => name)).toEqual(["a/go.mod", "self/go.mod", "self/go.work"]);
    expect(found[0]).toMatchObject({ kind: "file", folder: join(folder, "a") });
  });

  test("a module named besides counts once, with the widest scope", async () => {
    await write("both/go.work", "go 1.26\n\nuse ./m\n");
    await write("both/m/go.mod", "module m\n");
    expect(await scopesOfBoth("build", "all")).toEqual(["build both/go.work", "all both/m/go.mod"]);
    expect(await scopesOfBoth("all", "tidy")).toEqual(["all both/go.work", "all both/m/go.mod"]);
  });

  test("by a pattern, and one that uses nothing", async () => {
    await write("empty/go.work", "go 1.26\n");
    expect(await find("empt*/go.work")).toEqual([
      {
        kind: "workspace",
        name: "empty/go.work",
        scope: "all",
        folder: join(folder, "empty"),
        members: [],
        project: folder,
      },
    ]);
  });

  test("a module that is not there is told with the go.work that names it", async () => {
    await write("lacks/go.work", "go 1.26\n\nuse ./gone\n");
    await expect(find("lacks/go.work")).rejects.toMatchObject({
      code: "AIRGO_INPUT_MISSING",
      where: "lacks/gone/go.mod",
      message: expect.stringContaining("lacks/go.work"),
      hint: expect.stringContaining("lacks/go.work"),
    });
  });

  test("an absolute path is refused: the lock would hold for one machine", async () => {
    await write("abs/go.work", `go 1.26\n\nuse ${join(folder, "a")}\n`);
    await expect(find("abs/go.work")).rejects.toMatchObject({
      code: "AIRGO_INPUT_MISSING",
      where: join(folder, "a"),
      found: expect.stringContaining("absolute"),
    });
  });
});

describe("digestInput", () => {
  test("covers go.mod, go.sum where there is one, and what else is named", async () => {
    const [a, b] = (await find("a/go.mod", "b/go.mod")) as [ModuleInput, ModuleInput];
    expect(await digestInput(a)).toEqual({
      "go.mod": sha256Hex("a/go.mod"),
      "go.sum": sha256Hex("a/go.sum"),
    });
    expect(await digestInput(b, ["../a/go.mod", "../gone/go.mod", "go.mod/x"])).toEqual({
      "go.mod": sha256Hex("b/go.mod"),
      "../a/go.mod": sha256Hex("a/go.mod"),
    });
  });

  test("of a go.work covers its modules' files too, by where they lie from it", async () => {
    await write("d/go.work", "go 1.26\n\nuse (\n\t.\n\t./m\n\t../a\n)\n");
    await write("d/go.work.sum", "sums");
    await write("d/go.mod", "module d\n");
    await write("d/m/go.mod", "module m\n");
    await write("d/m/go.sum", "sums of m");
    const [workspace] = (await find("d/go.work")).filter(({ kind }) => kind === "workspace") as [ModuleInput];
    expect(Object.keys(await digestInput(workspace)).sort()).toEqual([
      "../a/go.mod",
      "../a/go.sum",
      "go.mod",
      "go.work",
      "go.work.sum",
      "m/go.mod",
      "m/go.sum",
    ]);
    expect((await digestInput(workspace))["m/go.sum"]).toBe(sha256Hex("sums of m"));
  });

  test("a module@version depends on no file", async () => {
    const [module] = (await find("example.com/tool@v1.2.3")) as [ModuleInput];
    expect(await digestInput(module, ["go.mod"])).toEqual({});
  });
});
