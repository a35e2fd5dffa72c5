import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { mkdir, open, realpath, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";

import { beforeEach, describe, expect, test } from "@jest/globals";

import { digestInput, findInputs, type ModuleInput } from "../../../src/modules/inputs.js";
import { privateCopy } from "../../../src/modules/private-copy.js";
import { hasInput, readInput, readInputText } from "../../../src/modules/read-input.js";
import { checkGoLines } from "../../../src/pipeline/check-go-lines.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("read-input");
const secret = "s3cret-of-somebody";

/** A folder with the engineer's `project` in it, and other things beside that. */
let around: string;
let project: string;
let number = 0;

beforeEach(async () => {
  around = join(await realpath(root), String(++number));
  project = join(around, "project");
  await write("go.mod", "module m\n");
  await write("../secret", `${secret}\n`);
});

const at = (name: string): string => resolve(project, name);
const read = (name: string): Promise<string> => readInputText(at(name), project);
async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(at(name)), { recursive: true });
  await writeFile(at(name), text);
}
async function link(name: string, target: string): Promise<void> {
  await mkdir(dirname(at(name)), { recursive: true });
  await symlink(target, at(name));
}
const pipe = (name: string): void => void execFileSync("mkfifo", [at(name)]);

/** How many files below a folder this process has open. */
function openBelow(folder: string): number {
  const files = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return files.filter((file) => file.startsWith(`${folder}/`)).length;
}

/** Refused with these parts, by reading and by looking, and with nothing of the file. */
async function expectRefused(name: string, parts: object): Promise<void> {
  for (const ask of [readInput, hasInput]) {
    const error: unknown = await ask(at(name), project).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "AIRGO_INPUT_INVALID", where: name, ...parts });
    expect(JSON.stringify(error) + String(error)).not.toContain(secret);
  }
}

describe("what is there is read:", () => {
  test("a plain file", async () => {
    expect(await read("go.mod")).toBe("module m\n");
    expect(await hasInput(at("go.mod"), project)).toBe(true);
  });

  test.each(["none/go.mod", "go.mod/go.mod", "go.sum"])("%s is not there", async (name) => {
    expect(await readInput(at(name), project)).toBeUndefined();
    expect(await hasInput(at(name), project)).toBe(false);
    expect(await read(name)).toBe("");
  });

  test("a link that leads nowhere is not there", async () => {
    await link("gone/go.mod", "nowhere/go.mod");
    expect(await readInput(at("gone/go.mod"), project)).toBeUndefined();
  });

  test("links within the project, to a file and to a folder", async () => {
    await link("a/go.mod", "../go.mod");
    await link("b", "a");
    await write("go1.27.mod", "module other\n");
    await link("c/go.mod", at("go1.27.mod"));
    expect([await read("a/go.mod"), await read("b/go.mod"), await read("c/go.mod")]).toEqual([
      "module m\n",
      "module m\n",
      "module other\n",
    ]);
  });

  test("a project that is reached by a link", async () => {
    await symlink(project, join(around, "way"));
    await link("a/go.mod", "../go.mod");
    expect(await readInputText(join(around, "way/a/go.mod"), join(around, "way"))).toBe("module m\n");
  });

  test("a folder outside that is named in plain text, also one that is a link", async () => {
    await write("../beside/go.mod", "module beside\n");
    await link("../way", "beside");
    await link("../beside/deep/go.mod", "../deeper/go.mod");
    expect([await read("../beside/go.mod"), await read("../way/go.mod")]).toEqual([
      "module beside\n",
      "module beside\n",
    ]);
  });

  test("a folder whose name begins with two dots is inside", async () => {
    await write("..odd/go.mod", "module odd\n");
    await link("a/go.mod", "../..odd/go.mod");
    expect(await read("a/go.mod")).toBe("module odd\n");
  });
});

describe("a link is refused that leads", () => {
  test("out of the project", async () => {
    await link("a/go.mod", "../../secret");
    await expectRefused("a/go.mod", {
      message: "a symbolic link leads out of the project",
      expected: "a file within the folder of the manifest",
      found: `a link to ${around}/secret`,
    });
  });

  test("out of it by way of a folder, or of a second link", async () => {
    await write("../beside/go.mod", "module beside\n");
    await link("folder", "../beside");
    await link("two/go.mod", "../three.mod");
    await link("three.mod", "../beside/go.mod");
    await expectRefused("folder/go.mod", { message: "a symbolic link leads out of the project" });
    await expectRefused("two/go.mod", { message: "a symbolic link leads out of the project" });
  });

  test("to a folder beside it whose name begins the same", async () => {
    await write("../project-2/go.mod", "module other\n");
    await link("a/go.mod", "../../project-2/go.mod");
    await expectRefused("a/go.mod", {});
  });

  test("to a file of another kind in the project, such as its own key", async () => {
    await write(".airgo/dev.pem", secret);
    await link("a/go.mod", "../.airgo/dev.pem");
    await link("a/go.sum", "../go.mod");
    await expectRefused("a/go.mod", { expected: "a link to a file whose name ends in .mod" });
    await expectRefused("a/go.sum", { expected: "a link to a file whose name ends in .sum" });
  });

  test("out of a folder outside", async () => {
    await write("../beside/README", "");
    await link("../beside/go.mod", "../secret");
    await expectRefused("../beside/go.mod", {
      message: "a symbolic link leads out of the folder that it is in",
    });
  });
});

describe("refused as no regular file:", () => {
  test("a folder", async () => {
    await mkdir(at("a/go.mod"), { recursive: true });
    await expectRefused("a/go.mod", { message: "a go.mod is no regular file", found: "a folder" });
  });

  testIf("mkfifo", "a named pipe, without waiting for a writer", async () => {
    pipe("go.sum");
    await expectRefused("go.sum", { found: "a named pipe or a device" });
  });

  test("a socket", async () => {
    // A short name from here: that of a socket may not be long.
    const server = createServer();
    const before = process.cwd();
    process.chdir(project);
    await new Promise<void>((done) => server.listen("go.sum", done));
    process.chdir(before);
    try {
      await expectRefused("go.sum", { found: "a socket or a device" });
    } finally {
      await new Promise((done) => server.close(done));
    }
  });

  test("a device, which has no end", async () => {
    await link("a/go.mod", "/dev/zero");
    await expectRefused("a/go.mod", { found: "a link to /dev/zero" });
    await expect(readInput("/dev/zero", "/dev")).rejects.toMatchObject({ found: "a named pipe or a device" });
  });
});

const ofSize = async (name: string, size: number): Promise<void> => {
  await (await open(at(name), "w")).close();
  await truncate(at(name), size);
};

test("hundreds are read at once, and few are open", async () => {
  const names = Array.from({ length: 300 }, (_, i) => `many/${i}/go.mod`);
  for (const name of names) await write(name, name);
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, openBelow(at("many")));
  }, 0);
  expect(await Promise.all(names.map(read))).toEqual(names);
  clearInterval(watch);
  expect(most).toBeLessThanOrEqual(32);
  expect(openBelow(at("many"))).toBe(0);
});

describe("too large is", () => {
  test.each([
    ["go.mod", 16],
    ["go.work", 16],
    ["go.sum", 64],
    ["go.work.sum", 64],
  ])("%s of more than %p MiB", async (name, limit) => {
    await ofSize(name, (limit << 20) + 1);
    await expectRefused(name, { expected: `${limit} MiB at most`, found: `${(limit << 20) + 1} bytes` });
    await ofSize(name, limit << 20);
    expect(await hasInput(at(name), project)).toBe(true);
  });
});

const request = (path: string): Promise<ModuleInput[]> => findInputs([{ path, scope: "all" }], project);
const invalid = (where: string): object => ({ code: "AIRGO_INPUT_INVALID", where });
const input = (name = "go.mod"): ModuleInput => ({
  kind: "file",
  name,
  scope: "all",
  folder: dirname(at(name)),
  project,
});

describe("whoever reads inputs refuses these:", () => {
  test("the search, of a path and of the modules of a go.work; a pattern finds no link", async () => {
    await link("a/go.mod", "../../secret");
    await write("go.work", "go 1.26\n\nuse ./a\n");
    for (const path of ["a/go.mod", "go.work"])
      await expect(request(path)).rejects.toMatchObject(invalid("a/go.mod"));
    await expect(request("*/go.mod")).rejects.toMatchObject({ code: "AIRGO_INPUT_MISSING" });
    await link("w/go.work", "../../secret");
    await expect(request("w/go.work")).rejects.toMatchObject(invalid("w/go.work"));
  });

  testIf("mkfifo", "the digests, of sums, of modules of a go.work and of what a lock names", async () => {
    await mkdir(at("a"));
    pipe("a/go.sum");
    const workspace = { kind: "workspace", name: "go.work", scope: "all", folder: project, project } as const;
    await expect(digestInput({ ...workspace, members: ["a"] })).rejects.toMatchObject(invalid("a/go.sum"));
    await expect(digestInput(input(), ["../../dev/../secret", "a/go.sum"])).rejects.toMatchObject(
      invalid("a/go.sum"),
    );
  });

  test("the private copy, of what go would read in its place as well", async () => {
    const copy = join(around, "copy");
    await link("a/go.mod", "../../secret");
    await expect(privateCopy(input("a/go.mod"), copy)).rejects.toMatchObject(invalid("a/go.mod"));
    await write("b/go.mod", "module b\n\nreplace example.com/a => ../a\n");
    await expect(privateCopy(input("b/go.mod"), copy)).rejects.toMatchObject(invalid("a/go.mod"));
    await write("go.work", "go 1.26\n\nuse ./c\nreplace example.com/a => ./a\n");
    await write("c/go.mod", "module c\n");
    const workspace = { kind: "workspace", name: "go.work", scope: "all", folder: project, project } as const;
    await expect(privateCopy({ ...workspace, members: ["c"] }, copy)).rejects.toMatchObject(
      invalid("a/go.mod"),
    );
    await write("go.work", "go 1.26\n\nuse ./c\n");
    await link("c/go.sum", "../../secret");
    await expect(privateCopy({ ...workspace, members: ["c"] }, copy)).rejects.toMatchObject(
      invalid("c/go.sum"),
    );
  });

  test("the go lines", async () => {
    await link("a/go.mod", "../../secret");
    const wish = { go: [], arch: [], inputs: [] };
    const wishes = new Map([["k", { wish, inputs: [input("a/go.mod")] }]]);
    await expect(checkGoLines(new Map(), wishes)).rejects.toMatchObject(invalid("a/go.mod"));
  });
});
