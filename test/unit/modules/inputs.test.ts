import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { digestInput, findInputs, type ModuleInput } from "../../../src/modules/inputs.js";
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
      { name: "a/go.mod", scope: "all", folder: join(folder, "a"), module: undefined },
      {
        name: "example.com/Tool@v1.2.3",
        scope: "all",
        folder: undefined,
        module: { path: "example.com/Tool", version: "v1.2.3" },
      },
    ]);
  });

  test.each(["none/go.mod", "c", "a/go.mod/go.mod", "none/*/go.mod", "c/*.mod"])(
    "says that %j is not there",
    async (path) => {
      await expect(find("a/go.mod", path)).rejects.toMatchObject({
        code: "AIRGO_INPUT_MISSING",
        where: path,
      });
    },
  );
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

  test("a module@version depends on no file", async () => {
    const [module] = (await find("example.com/tool@v1.2.3")) as [ModuleInput];
    expect(await digestInput(module, ["go.mod"])).toEqual({});
  });
});
