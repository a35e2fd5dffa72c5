import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import type { ModuleInput } from "../../../src/modules/inputs.js";
import { privateCopy } from "../../../src/modules/private-copy.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { scratchFolder } from "../../support/scratch.js";
import { filesBelow } from "./rig.js";

const root = scratchFolder("private-copy");
let made = 0;

/** A folder of a user's, with these files, and the place of a copy. */
async function folderWith(files: Readonly<Record<string, string>>) {
  const folder = join(root, `${++made}`);
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return { folder, copy: join(root, `${made}-copy`, "deep") };
}
const fileIn = (folder: string): ModuleInput => ({
  kind: "file",
  name: "go.mod",
  scope: "all",
  folder,
  project: folder,
});
const workspaceIn = (folder: string): ModuleInput => ({
  kind: "workspace",
  name: "go.work",
  scope: "all",
  folder,
  project: folder,
  members: ["a"],
});

describe("of a go.mod", () => {
  const files = { "go.mod": "module m\r\n\n// as it is\n", "go.sum": "sums\n", "main.go": "package m\n" };

  test("has both files byte for byte, and go runs in the user's folder on it", async () => {
    const { folder, copy } = await folderWith(files);
    expect(await privateCopy(fileIn(folder), copy)).toEqual({
      folder,
      flags: [`-modfile=${copy}/go.mod`],
      env: { GOWORK: "off", GOFLAGS: "-mod=mod -modcacherw" },
      modFile: join(copy, "go.mod"),
      sumFile: join(copy, "go.sum"),
      digests: { "go.mod": sha256Hex(files["go.mod"]), "go.sum": sha256Hex(files["go.sum"]) },
    });
    expect(await filesBelow(copy)).toEqual(["go.mod", "go.sum"]);
    for (const name of ["go.mod", "go.sum"] as const)
      expect(await readFile(join(copy, name), "utf8")).toBe(files[name]);
  });

  test("leaves the go.sum where it is when that is asked, and says nothing of it", async () => {
    const { folder, copy } = await folderWith(files);
    const { digests } = await privateCopy(fileIn(folder), copy, "without-sums");
    expect(await filesBelow(copy)).toEqual(["go.mod"]);
    expect(Object.keys(digests)).toEqual(["go.mod"]);
  });

  test("is made of what is there: go itself says what is missing", async () => {
    const { folder, copy } = await folderWith({ "go.mod": "module m\n" });
    expect(Object.keys((await privateCopy(fileIn(folder), copy)).digests)).toEqual(["go.mod"]);
    const none = await folderWith({});
    expect((await privateCopy(fileIn(none.folder), none.copy)).digests).toEqual({});
    expect(await filesBelow(none.copy)).toEqual([]);
  });
});

describe("of a go.work", () => {
  const work = 'go 1.26 // as it is\n\nuse (\n\t./a\n\t"../b"\n)\n\nreplace x.y/z => ./z\n';
  const files = { "go.work": work, "go.work.sum": "sums\n", "a/go.mod": "module a\n" };

  test("means in its place what the user's means in theirs; its modules stay where they are", async () => {
    const { folder, copy } = await folderWith(files);
    expect(await privateCopy(workspaceIn(folder), copy)).toEqual({
      folder,
      flags: [],
      env: { GOWORK: join(copy, "go.work"), GOFLAGS: "-mod=readonly -modcacherw" },
      modFile: join(copy, "go.work"),
      sumFile: join(copy, "go.work.sum"),
      // Of the user's bytes, not of the copied ones: drift is noticed by them.
      digests: { "go.work": sha256Hex(work), "go.work.sum": sha256Hex("sums\n") },
    });
    expect(await readFile(join(copy, "go.work"), "utf8")).toBe(
      `go 1.26 // as it is\n\nuse (\n\t${folder}/a\n\t${dirname(folder)}/b\n)\n\nreplace x.y/z => ${folder}/z\n`,
    );
    expect(await filesBelow(copy)).toEqual(["go.work", "go.work.sum"]);
  });

  test("leaves the go.work.sum where it is when that is asked", async () => {
    const { folder, copy } = await folderWith(files);
    const { digests } = await privateCopy(workspaceIn(folder), copy, "without-sums");
    expect(await filesBelow(copy)).toEqual(["go.work"]);
    expect(Object.keys(digests)).toEqual(["go.work"]);
  });

  test("that is gone by now leaves nothing", async () => {
    const { folder, copy } = await folderWith({});
    expect((await privateCopy(workspaceIn(folder), copy)).digests).toEqual({});
    expect(await filesBelow(copy)).toEqual([]);
  });
});

test("of a version it is an empty main module that requires it, in a folder of its own", async () => {
  const copy = join(root, "version");
  const module = { path: "example.com/Tool", version: "v1.2.3" };
  const made = await privateCopy(
    { kind: "version", name: "example.com/Tool@v1.2.3", scope: "all", module },
    copy,
  );
  expect(made).toMatchObject({ folder: copy, flags: [], env: { GOWORK: "off" }, digests: {} });
  expect(await filesBelow(copy)).toEqual(["go.mod"]);
  // A name that no proxy is asked for, and that nobody can own.
  expect(await readFile(made.modFile, "utf8")).toMatch(
    /^module [a-z]+\.invalid\/main\n\ngo 1\.\d+\n\nrequire example\.com\/Tool v1\.2\.3\n$/,
  );
});

test("nothing of the user's is written", async () => {
  const files = {
    "go.mod": "module m\n",
    "go.sum": "s\n",
    "go.work": "go 1.26\n\nuse .\n",
    "go.work.sum": "s\n",
  };
  const { folder, copy } = await folderWith(files);
  await privateCopy(fileIn(folder), copy);
  await privateCopy(workspaceIn(folder), `${copy}-2`);
  expect((await readdir(folder)).sort()).toEqual(Object.keys(files).sort());
  for (const [name, text] of Object.entries(files))
    expect(await readFile(join(folder, name), "utf8")).toBe(text);
});
