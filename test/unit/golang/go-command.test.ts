import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

import { createGoCommand } from "../../../src/golang/go-command.js";
import { runProcess, type ProcessResult, type RunProcess } from "../../../src/support/processes.js";
import { findRealGo } from "../../support/fake-upstream.js";
import { testWhen } from "../../support/tools.js";

type Call = { argv: readonly string[]; options: Parameters<RunProcess>[1] };

let workFolder: string;
beforeEach(async () => {
  workFolder = await mkdtemp(join(tmpdir(), "airgo-go-command-"));
});
afterEach(() => rm(workFolder, { recursive: true, force: true }));

const question = {
  name: "app/go.mod",
  folder: "/src/app",
  modFile: "/private/input-1/go.mod",
  proxyUrl: "http://127.0.0.1:9/q1",
};

function goThatAnswers(answer: Partial<ProcessResult>) {
  const calls: Call[] = [];
  const run: RunProcess = async (argv, options) => {
    calls.push({ argv, options });
    return { code: 0, stdout: "", stderr: "", ...answer };
  };
  return { go: () => createGoCommand({ goroot: "/goroot", workFolder, run }), calls };
}

describe("listModules", () => {
  test("runs the go of that GOROOT in the user's folder, on the private copy", async () => {
    const { go, calls } = goThatAnswers({});
    expect(await go().listModules(question)).toEqual([]);
    expect(calls[0]?.argv).toEqual([
      "/goroot/bin/go",
      "list",
      "-m",
      "-modfile=/private/input-1/go.mod",
      "-json",
      "all",
    ]);
    expect(calls[0]?.options.cwd).toBe("/src/app");
  });

  test("may ask the loopback proxy only, switch to no other Go and run no version control", async () => {
    const { go, calls } = goThatAnswers({});
    await go().listModules(question);
    expect(calls[0]?.options.env).toMatchObject({
      PATH: "/goroot/bin",
      GOPROXY: question.proxyUrl,
      GOENV: "off",
      GOWORK: "off",
      GOTOOLCHAIN: "local",
      GOVCS: "*:off",
    });
    for (const name of ["HOME", "GOPATH", "GOMODCACHE", "GOCACHE", "TMPDIR"]) {
      expect(calls[0]?.options.env[name]?.startsWith(workFolder)).toBe(true);
    }
  });

  test("no question finds the module cache of another, also not that of another go command", async () => {
    const { go, calls } = goThatAnswers({});
    const one = go();
    await Promise.all([one.listModules(question), one.listModules(question), go().listModules(question)]);
    expect(new Set(calls.map(({ options }) => options.env["GOMODCACHE"])).size).toBe(3);
  });

  test("reads the objects one after the other", async () => {
    const entries = [
      { Path: "example.com/app", Main: true },
      { Path: "example.com/m", Version: "v1.0.0", Replace: { Path: "../m" } },
      { Path: "example.com/odd", Version: "v1.0.0", Deprecated: "use {\n}\n other" },
    ];
    const { go } = goThatAnswers({
      stdout: entries.map((entry) => `${JSON.stringify(entry, null, "\t")}\n`).join(""),
    });
    expect(await go().listModules(question)).toEqual(entries);
  });

  test("gives go's words for the user's file, without the places behind the scenes", async () => {
    const { go } = goThatAnswers({
      code: 1,
      stderr: [
        "go: downloading something",
        `go: errors parsing ${question.modFile}:`,
        "../../private/input-1/go.mod:3: usage: require module/path v1.2.3",
        `go: reading ${question.proxyUrl}/example.com/m/@v/v1.0.0.mod: 404 Not Found`,
      ].join("\n"),
    });
    await expect(go().listModules(question)).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      where: "app/go.mod",
      message: [
        "go cannot list the modules:",
        "go: errors parsing go.mod:",
        "go.mod:3: usage: require module/path v1.2.3",
        "go: reading GOPROXY/example.com/m/@v/v1.0.0.mod: 404 Not Found",
      ].join("\n"),
    });
  });

  test("a go that dies without a word still says how", async () => {
    const { go } = goThatAnswers({ code: 137 });
    await expect(go().listModules(question)).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      message: expect.stringContaining("137"),
    });
  });

  const realGo = findRealGo();
  testWhen(
    realGo !== undefined,
    "go on PATH",
    "leaves no telemetry, and nobody who writes it later",
    async () => {
      const go = createGoCommand({ goroot: realGo?.goroot ?? "", workFolder, run: runProcess });
      const modFile = join(workFolder, "go.mod");
      await writeFile(modFile, "module example.com/app\n");
      expect(await go.listModules({ ...question, folder: workFolder, modFile })).toMatchObject([
        { Main: true },
      ]);
      const written = await readdir(workFolder, { recursive: true });
      expect(written.filter((name) => /telemetry\//.test(name)).map((name) => basename(name))).toEqual([
        "mode",
      ]);
    },
  );
});
