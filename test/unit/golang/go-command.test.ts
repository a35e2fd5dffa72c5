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
  copy: {
    folder: "/src/app",
    flags: ["-modfile=/private/input-1/go.mod"],
    env: { GOWORK: "off", GOFLAGS: "-mod=mod -modcacherw" },
    modFile: "/private/input-1/go.mod",
    sumFile: "/private/input-1/go.sum",
    digests: {},
  },
  proxyUrl: "http://127.0.0.1:9/q1",
};
const database = { gosumdb: "sum.example.com+1+k", gonosumdb: "corp.example,*.bank.example" };

function goThatAnswers(answer: Partial<ProcessResult>) {
  const calls: Call[] = [];
  const run: RunProcess = async (argv, options) => {
    calls.push({ argv, options });
    return { code: 0, stdout: "", stderr: "", stdoutBytes: Buffer.of(), ...answer };
  };
  const goroots: string[] = [];
  const wholeGoroot = async (): Promise<string> => {
    goroots.push("/whole");
    return "/whole";
  };
  const go = () => createGoCommand({ listingGoroot: "/goroot", wholeGoroot, workFolder, database, run });
  return { go, calls, goroots };
}

describe("listModules", () => {
  test("runs the go of the little GOROOT in the user's folder, on the private copy; the whole one is not made", async () => {
    const { go, calls, goroots } = goThatAnswers({});
    expect(await go().listModules(question)).toEqual([]);
    expect(goroots).toEqual([]);
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
      GOFLAGS: "-mod=mod -modcacherw",
      GOTOOLCHAIN: "local",
      GOVCS: "*:off",
      // What go reads here is checked by airgo itself before anything is made of it.
      GOSUMDB: "off",
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

  test("of a workspace runs on the copied go.work, by its variable and without a flag", async () => {
    const { go, calls } = goThatAnswers({});
    const env = { GOWORK: "/private/input-1/go.work", GOFLAGS: "-mod=readonly -modcacherw" };
    await go().listModules({ ...question, copy: { ...question.copy, flags: [], env } });
    expect(calls[0]?.argv).toEqual(["/goroot/bin/go", "list", "-m", "-json", "all"]);
    expect(calls[0]?.options.env).toMatchObject(env);
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
        `go: errors parsing ${question.copy.modFile}:`,
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
      const goroot = realGo?.goroot ?? "";
      const wholeGoroot = async (): Promise<string> => goroot;
      const go = createGoCommand({
        listingGoroot: goroot,
        wholeGoroot,
        workFolder,
        database,
        run: runProcess,
      });
      const modFile = join(workFolder, "go.mod");
      await writeFile(modFile, "module example.com/app\n");
      const copy = { ...question.copy, folder: workFolder, modFile, flags: [`-modfile=${modFile}`] };
      expect(await go.listModules({ ...question, copy })).toMatchObject([{ Main: true }]);
      const written = await readdir(workFolder, { recursive: true });
      expect(written.filter((name) => /telemetry\//.test(name)).map((name) => basename(name))).toEqual([
        "mode",
      ]);
    },
  );
});

describe("tidy", () => {
  test("runs the go of a whole GOROOT, on the private copy, and holds new sums against the checksum database", async () => {
    const { go, calls, goroots } = goThatAnswers({});
    await go().tidy(question);
    expect(goroots).toEqual(["/whole"]);
    expect(calls[0]?.argv).toEqual(["/whole/bin/go", "mod", "tidy", "-modfile=/private/input-1/go.mod"]);
    expect(calls[0]?.options).toMatchObject({
      cwd: "/src/app",
      env: {
        PATH: "/whole/bin",
        GOPROXY: question.proxyUrl,
        GOENV: "off",
        GOWORK: "off",
        GOTOOLCHAIN: "local",
        GOVCS: "*:off",
        GOSUMDB: "sum.example.com+1+k",
        GONOSUMDB: "corp.example,*.bank.example",
      },
    });
    // Either would have go ask elsewhere than the loopback proxy.
    expect(calls[0]?.options.env).not.toHaveProperty("GOPRIVATE");
    expect(calls[0]?.options.env).not.toHaveProperty("GONOPROXY");
  });

  test("that go refuses is told in go's words", async () => {
    const { go } = goThatAnswers({
      code: 1,
      stderr: "go: example.com/app imports\n\tnowhere.example/x: no\n",
    });
    await expect(go().tidy(question)).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      where: "app/go.mod",
      message: expect.stringContaining("nowhere.example/x"),
    });
  });

  test("a GOROOT that cannot be made is told as that, and go does not run", async () => {
    const calls: unknown[] = [];
    const run: RunProcess = async (argv) => {
      calls.push(argv);
      return { code: 0, stdout: "", stderr: "", stdoutBytes: Buffer.of() };
    };
    const go = createGoCommand({
      listingGoroot: "/goroot",
      wholeGoroot: () => Promise.reject(new Error("no space")),
      workFolder,
      database,
      run,
    });
    await expect(go.tidy(question)).rejects.toThrow("no space");
    expect(calls).toEqual([]);
  });
});
