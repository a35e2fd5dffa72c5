import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

import { proxySetting } from "../../../src/modules/proxy-setting.js";
import { runProcess } from "../../../src/support/processes.js";
import { testIf } from "../../support/tools.js";
import { makeGoHome } from "../../support/go-home.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "airgo-setting-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A PATH on which the only program is a go that writes down how it was called, and answers this. */
async function fakeGo(script: string, mode = 0o755): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  const record = `printf '%s\\n' "$*" >>'${folder}/argv'\n/usr/bin/env >'${folder}/env'\n`;
  await writeFile(join(bin, "go"), `#!/bin/sh\n${record}${script}\n`);
  await chmod(join(bin, "go"), mode);
  return bin;
}

const ask = async (fromManifest: string, env: NodeJS.ProcessEnv): Promise<string[]> =>
  (await proxySetting(fromManifest, env, runProcess, folder)).map(({ base }) => base);
const calls = (): Promise<string> => readFile(join(folder, "argv"), "utf8").catch(() => "");

test("the manifest's own list comes first, and nobody is asked", async () => {
  const PATH = await fakeGo("echo https://go.example");
  expect(await ask("https://manifest.example,direct", { PATH, GOPROXY: "https://env.example" })).toEqual([
    "https://manifest.example",
    "direct",
  ]);
  expect(await calls()).toBe("");
});

test("then the variable GOPROXY, and no go is asked", async () => {
  const PATH = await fakeGo("echo https://go.example");
  expect(await ask("env", { PATH, GOPROXY: "https://env.example" })).toEqual(["https://env.example"]);
  expect(await calls()).toBe("");
});

test.each([undefined, ""])("then a go on PATH, for GOPROXY only (the variable is %j)", async (value) => {
  const PATH = await fakeGo("echo 'https://go.example|direct'");
  const env = { PATH, HOME: folder, GOFLAGS: "-mod=vendor", GOTOOLCHAIN: "go1.99.0", SECRET: "s3cret" };
  expect(await ask("env", { ...env, ...(value === undefined ? {} : { GOPROXY: value }) })).toEqual([
    "https://go.example",
    "direct",
  ]);
  expect(await calls()).toBe("env GOPROXY\n");
  const passed = (await readFile(join(folder, "env"), "utf8")).split("\n");
  expect(passed).toEqual(expect.arrayContaining(["GOTOOLCHAIN=local", "GOWORK=off", `HOME=${folder}`]));
  expect(passed.filter((line) => /^(GOFLAGS|SECRET)=/.test(line))).toEqual([]);
});

test.each([
  ["there is no go", undefined, 0o755],
  ["go fails", "echo https://go.example; exit 1", 0o755],
  ["go says nothing", "echo", 0o755],
  ["go cannot be run", "echo https://go.example", 0o644],
])("none: %s", async (_, script, mode) => {
  const PATH = script === undefined ? join(folder, "empty") : await fakeGo(script, mode);
  await expect(ask("env", { PATH })).rejects.toMatchObject({
    code: "AIRGO_PROXY_UNSET",
    hint: expect.stringContaining("GOPROXY"),
  });
});

async function written(text: string): Promise<string> {
  const file = join(folder, "goenv");
  await writeFile(file, text);
  return file;
}

describe("without a go", () => {
  const PATH = "/nowhere";

  test("what `go env -w` wrote counts, after the variable", async () => {
    const GOENV = await written("GOFLAGS=-mod=mod\nGOPROXY=https://written.example,direct\n");
    expect(await ask("env", { PATH, GOENV })).toEqual(["https://written.example", "direct"]);
    expect(await ask("env", { PATH, GOENV, GOPROXY: "" })).toEqual(["https://written.example", "direct"]);
    expect(await ask("env", { PATH, GOENV, GOPROXY: "https://set.example" })).toEqual([
      "https://set.example",
    ]);
  });

  test("and without a word on it there, no proxy is configured", async () => {
    const HOME = folder;
    for (const GOENV of [await written("GOPRIVATE=a.b\n"), "off", join(folder, "none")])
      await expect(ask("env", { PATH, HOME, GOENV })).rejects.toMatchObject({ code: "AIRGO_PROXY_UNSET" });
  });
});

test("what go says goes before the file", async () => {
  const GOENV = await written("GOPROXY=https://written.example\n");
  const PATH = await fakeGo("echo https://go.example");
  expect(await ask("env", { PATH, GOENV })).toEqual(["https://go.example"]);
});

test("a list that cannot be used is refused, wherever it comes from", async () => {
  await expect(ask("env", { GOPROXY: "file://host/srv" })).rejects.toMatchObject({
    code: "AIRGO_PROXY_INVALID",
  });
});

testIf("go", "what `go env -w` wrote counts, also where the project wants a newer go", async () => {
  makeGoHome(folder);
  const GOENV = await written("GOPROXY=https://written.example\n");
  await writeFile(join(folder, "go.mod"), "module example.com/app\n\ngo 1.99.0\n");
  const { PATH } = process.env;
  expect(await ask("env", { PATH, HOME: folder, GOENV })).toEqual(["https://written.example"]);
});
