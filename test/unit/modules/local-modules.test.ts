import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { findInputs, type ModuleInput } from "../../../src/modules/inputs.js";
import { readLocalModules, type LocalModules } from "../../../src/modules/local-modules.js";

let folder: string;
let inputs: readonly ModuleInput[];
let local: LocalModules;

const files: Readonly<Record<string, string>> = {
  "work/go.work": "go 1.21\n\nuse (\n\t./a\n\t./b\n)\n\nreplace w.x/all => ../forks/all\n",
  "work/a/go.mod":
    "module w.x/a\n\nreplace (\n\tw.x/one v1.0.0 => ../one\n\tw.x/moved => w.x/elsewhere v1.0.0\n)\n",
  "work/b/go.mod": "module w.x/b\n",
  "alone/go.mod": "module w.x/alone\n\nreplace w.x/fork => ../forks/fork\n",
  "corp/go.mod": "module corp.example/app\n\nreplace corp.example/fork => ../forks/corp\n",
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "airgo-local-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const paths = ["work/go.work", "alone/go.mod", "corp/go.mod", "w.x/version@v1.0.0"];
  inputs = await findInputs(
    paths.map((path) => ({ path, scope: "all" as const })),
    folder,
  );
  local = await readLocalModules(inputs, (path) => path.startsWith("corp.example/"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inputOf = (name: string): ModuleInput => inputs.find((input) => input.name === name) as ModuleInput;

test.each([
  [{ path: "w.x/a" }, true],
  [{ path: "w.x/b", version: "v1.0.0" }, true],
  [{ path: "w.x/all", version: "v1.0.0" }, true],
  [{ path: "w.x/alone", version: "v1.0.0" }, true],
  [{ path: "w.x/fork" }, true],
  // One version of it is in a folder; the others are not.
  [{ path: "w.x/one", version: "v1.0.0" }, true],
  [{ path: "w.x/one", version: "v1.1.0" }, false],
  [{ path: "w.x/one" }, false],
  // Replaced by another module, which is fetched; and what is only wanted.
  [{ path: "w.x/moved", version: "v1.0.0" }, false],
  [{ path: "w.x/elsewhere", version: "v1.0.0" }, false],
  [{ path: "w.x/version", version: "v1.0.0" }, false],
  [{ path: "w.x/a/nested", version: "v1.0.0" }, false],
  // These have a proxy of their own, and nobody else hears of them.
  [{ path: "corp.example/app", version: "v1.0.0" }, false],
  [{ path: "corp.example/fork" }, false],
])("%j is in a folder: %s", (module, expected) => {
  expect(local.isLocal(module)).toBe(expected);
});

describe("nobody is asked", () => {
  test.each([
    ["for the versions of an input's own module", "alone/go.mod", { path: "w.x/alone" }, true],
    ["for those of what it replaces by a folder", "alone/go.mod", { path: "w.x/fork" }, true],
    ["for those of a workspace's members", "work/go.work", { path: "w.x/b" }, true],
    ["for those of a neighbour: it may be published, too", "work/a/go.mod", { path: "w.x/b" }, false],
    ["for those of what is fetched", "alone/go.mod", { path: "w.x/elsewhere" }, false],
    ["where only one version is replaced", "work/a/go.mod", { path: "w.x/one" }, false],
    ["for a version of the main module that may be there", "alone/go.mod", v("w.x/alone", "v1.0.0"), false],
    ["for one that cannot be there", "alone/go.mod", v("w.x/alone", "v0.0.0"), true],
    ["for a neighbour's", "work/a/go.mod", v("w.x/b", "v0.0.0-00010101000000-000000000000"), true],
    ["for that of a module in no folder", "work/a/go.mod", v("w.x/other", "v0.0.0"), false],
    ["by one who asks for a version", "w.x/version@v1.0.0", { path: "w.x/version" }, false],
    ["for a private one: its own proxy is", "corp/go.mod", v("corp.example/app", "v0.0.0"), false],
    ["for a private one's versions", "corp/go.mod", { path: "corp.example/app" }, false],
  ])("%s (%s, %j): %s", (_, input, module, expected) => {
    expect(local.isUnasked(inputOf(input), module)).toBe(expected);
  });
});

function v(path: string, version: string): { path: string; version: string } {
  return { path, version };
}

test("what cannot be read says nothing here: go reads it too, and tells", async () => {
  const gone: ModuleInput = {
    kind: "file",
    name: "gone/go.mod",
    scope: "all",
    folder: join(folder, "gone"),
    project: folder,
  };
  const none = await readLocalModules([gone], () => false);
  expect(none.isLocal({ path: "w.x/a" })).toBe(false);
  expect(none.isUnasked(gone, { path: "w.x/a" })).toBe(false);
});
