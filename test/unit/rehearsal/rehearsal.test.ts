import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import type { FileInput, ModuleInput, WorkspaceInput } from "../../../src/modules/inputs.js";
import { rehearseKit, type RehearsalJob } from "../../../src/rehearsal/rehearse-kit.js";
import { findSandbox } from "../../../src/rehearsal/sandbox.js";
import { transcriptJson, transcriptText, type Transcript } from "../../../src/rehearsal/transcript.js";
import { AirgoError } from "../../../src/support/errors.js";
import { runProcess, type ProcessOptions, type ProcessResult } from "../../../src/support/processes.js";
import { serve } from "../../support/loopback.js";
import { scratchFolder } from "../../support/scratch.js";
import { findTool, testWhen } from "../../support/tools.js";

const root = scratchFolder("rehearsal");
let names = 0;
function fresh(): string {
  const folder = join(root, `${++names}`);
  mkdirSync(folder);
  return folder;
}
const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
const done: ProcessResult = { code: 0, stdout: "", stderr: "", stdoutBytes: Buffer.of() };

const ask = (url: string): string =>
  `fetch(${JSON.stringify(url)}).then(() => console.log("reached"), (error) => console.log(error.cause?.code ?? String(error)))`;

describe("the sandbox of this machine", () => {
  const hasNamespaces = spawnSync(findTool("unshare") ?? "false", ["-rn", "true"]).status === 0;
  testWhen(
    hasNamespaces,
    "unshare -rn",
    "has no network: a server of this very machine is out of reach",
    async () => {
      const server = await serve((_request, response) => response.end());
      try {
        const sandbox = await findSandbox(runProcess, env, root);
        expect(sandbox).toMatchObject({ isolation: "strong", description: "unshare -rn", env: {} });
        const inside = await runProcess(sandbox.wrap([process.execPath, "-e", ask(server.url)]), {
          cwd: root,
          env,
        });
        expect(inside.stdout).toMatch(/^(ECONNREFUSED|ENETUNREACH)\n$/);
        const outside = await runProcess([process.execPath, "-e", ask(server.url)], { cwd: root, env });
        expect(outside.stdout).toBe("reached\n");
        const devices = await runProcess(sandbox.wrap(["cat", "/proc/net/dev"]), { cwd: root, env });
        expect(
          devices.stdout
            .split("\n")
            .slice(2)
            .map((line) => line.split(":")[0]?.trim())
            .filter((name) => name !== ""),
        ).toContain("lo");
        expect(devices.stdout).not.toMatch(/^ *(eth|en|wl)\w*:/m);
      } finally {
        await server.close();
      }
    },
  );

  const hasLoopbackTool = findTool("ip") !== undefined || findTool("ifconfig") !== undefined;
  testWhen(
    hasNamespaces && hasLoopbackTool,
    "unshare -rn, ip or ifconfig",
    "has a loopback that works",
    async () => {
      const sandbox = await findSandbox(runProcess, env, root);
      const script = `require("http").createServer((q, s) => s.end()).listen(0, "127.0.0.1", function () {
      fetch("http://127.0.0.1:" + this.address().port).then(() => console.log("reached"), (error) => console.log(error.cause)).finally(() => process.exit());
    })`;
      expect(
        await runProcess(sandbox.wrap([process.execPath, "-e", script]), { cwd: root, env }),
      ).toMatchObject({ stdout: "reached\n" });
    },
  );

  testWhen(hasNamespaces, "unshare -rn", "passes arguments and the exit code on as they are", async () => {
    const sandbox = await findSandbox(runProcess, env, root);
    const argv = sandbox.wrap(["sh", "-c", 'printf "%s|" "$@"; exit 7', "sh", "a b", "$HOME", ";", "-x"]);
    expect(await runProcess(argv, { cwd: root, env })).toMatchObject({ code: 7, stdout: "a b|$HOME|;|-x|" });
  });
});

describe("without a network namespace", () => {
  test.each<[string, () => Promise<ProcessResult>]>([
    [
      "unshare is not there",
      () => Promise.reject(new AirgoError("AIRGO_PLATFORM", { what: "cannot run unshare" })),
    ],
    ["the kernel refuses", () => Promise.resolve({ ...done, code: 1, stderr: "Operation not permitted" })],
  ])(
    "because %s, the sandbox is weak and says so; commands run as they are, with dead proxies",
    async (_why, run) => {
      const sandbox = await findSandbox(run, env, root);
      expect(sandbox.isolation).toBe("weak");
      expect(sandbox.description).toMatch(/no network namespace/);
      expect(sandbox.wrap(["go", "version"])).toEqual(["go", "version"]);
      for (const name of ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"])
        expect(sandbox.env[name]).toBe("http://127.0.0.1:9");
    },
  );

  test("of a user's own, the administrator's is taken", async () => {
    const sandbox = await findSandbox(
      (argv) => Promise.resolve({ ...done, code: argv.includes("-rn") ? 1 : 0 }),
      env,
      root,
    );
    expect(sandbox).toMatchObject({ isolation: "strong", description: "unshare -n" });
  });
});

/** A rehearsal whose commands are only noted. */
function job(
  inputs: readonly ModuleInput[],
  answer: (argv: readonly string[]) => Partial<ProcessResult> = () => ({}),
) {
  const ran: { argv: readonly string[]; options: ProcessOptions }[] = [];
  const told: string[] = [];
  const [kitFolder, workFolder] = [fresh(), fresh()];
  let clock = 0;
  const request: RehearsalJob = {
    kitFolder,
    workFolder,
    inputs,
    goVersions: ["1.27.3", "1.26.1"],
    sandbox: {
      isolation: "weak",
      description: "none",
      wrap: (argv) => ["inside", ...argv],
      env: { FROM: "sandbox" },
    },
    run: (argv, options) => {
      ran.push({ argv, options });
      return Promise.resolve({ ...done, ...answer(argv) });
    },
    now: () => (clock += 5),
    signal: new AbortController().signal,
    onCommand: (shows) => told.push(shows),
  };
  return { request, ran, told, kitFolder, workFolder };
}

function folderWith(files: Record<string, string>): string {
  const folder = fresh();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}
function placed(files: Record<string, string>): Pick<FileInput, "folder" | "project"> {
  const folder = folderWith(files);
  return { folder, project: folder };
}
function inputWith(files: Record<string, string>): FileInput {
  return { kind: "file", name: "services/go.mod", scope: "all", ...placed(files) };
}
function workspaceWith(files: Record<string, string>): WorkspaceInput {
  return { kind: "workspace", name: "go.work", scope: "all", ...placed(files), members: ["."] };
}

describe("a rehearsal", () => {
  test("installs, builds with every Go, and downloads every input with its go.sum and without", async () => {
    const input = inputWith({ "go.mod": "module m\n", "go.sum": "sums\n" });
    const { request, ran, told } = job([input]);
    const commands = await rehearseKit(request);
    const steps = [
      "install.sh into an empty prefix",
      "go1.27.3 builds and runs hello world",
      "go1.26.1 builds and runs hello world",
      "go mod download of services/go.mod",
      "go mod download of services/go.mod, without a go.sum",
    ];
    expect(commands.map(({ shows }) => shows)).toEqual(steps);
    expect(told).toEqual(steps);
    expect(commands.every(({ exitCode, ms }) => exitCode === 0 && ms === 5)).toBe(true);
    expect(ran.every(({ argv }) => argv[0] === "inside")).toBe(true);
    expect(ran[3]?.options.cwd).toBe(input.folder);
  });

  test("takes nothing of this user's environment", async () => {
    const { request, ran, workFolder } = job([]);
    await rehearseKit(request);
    for (const { options } of ran) {
      // Two are set for hello world, so that no go.mod or go.work above decides which Go is tried.
      const names = Object.keys(options.env).filter((name) => !["GOTOOLCHAIN", "GOWORK"].includes(name));
      expect(names.sort()).toEqual(["FROM", "GOENV", "HOME", "LC_ALL", "PATH", "TMPDIR"]);
      expect(options.env["HOME"]?.startsWith(workFolder)).toBe(true);
      expect(options.signal).toBe(request.signal);
    }
  });

  test("reads the user's files and writes none of them", async () => {
    const files = { "go.mod": "module m\n", "go.sum": "sums\n" };
    const input = inputWith(files);
    const seen: string[] = [];
    const { request } = job([input], (argv) => {
      const copy = argv.find((word) => word.startsWith("-modfile="))?.slice("-modfile=".length);
      if (copy === undefined) return {};
      seen.push(
        ...readdirSync(join(copy, "..")).map(
          (name) => `${name}: ${readFileSync(join(copy, "..", name), "utf8")}`,
        ),
        "-",
      );
      writeFileSync(copy, "changed");
      return {};
    });
    await rehearseKit(request);
    expect(seen).toEqual(["go.mod: module m\n", "go.sum: sums\n", "-", "go.mod: module m\n", "-"]);
    for (const [name, text] of Object.entries(files))
      expect(readFileSync(join(input.folder, name), "utf8")).toBe(text);
  });

  test("of an input without a go.sum, and of a module alone, has only the download without one", async () => {
    const module = { path: "example.com/m", version: "v1.0.0" };
    const inputs = [
      inputWith({ "go.mod": "module m\n" }),
      { kind: "version" as const, name: "example.com/m@v1.0.0", scope: "all" as const, module },
    ];
    const { request, told } = job(inputs);
    await rehearseKit(request);
    expect(told.slice(3)).toEqual([
      "go mod download of services/go.mod, without a go.sum",
      "go mod download of example.com/m@v1.0.0, without a go.sum",
    ]);
  });

  test("of a workspace runs in its folder on a copied go.work, with its go.work.sum and without", async () => {
    const work = "go 1.26\n\nuse .\n";
    const input = workspaceWith({ "go.work": work, "go.work.sum": "sums\n", "go.mod": "module m\n" });
    const { request, ran, told, workFolder } = job([input]);
    await rehearseKit(request);
    expect(told.slice(3)).toEqual([
      "go mod download of go.work",
      "go mod download of go.work, without a go.sum",
    ]);
    for (const { argv, options } of ran.slice(3)) {
      expect(argv.slice(-2)).toEqual(["mod", "download"]);
      expect(options.cwd).toBe(input.folder);
      const copy = options.env["GOWORK"] ?? "";
      expect(copy.startsWith(workFolder)).toBe(true);
      expect(readFileSync(copy, "utf8")).toBe(`go 1.26\n\nuse ${input.folder}\n`);
    }
    expect(readFileSync(join(input.folder, "go.work"), "utf8")).toBe(work);
  });

  test("each download has the settings of its private copy, and a module cache of its own", async () => {
    const inputs = [inputWith({ "go.mod": "module m\n" }), workspaceWith({ "go.work": "go 1.26\n" })];
    const { request } = job(inputs);
    const seen: { readonly flags: string | undefined; readonly isCold: boolean }[] = [];
    await rehearseKit({
      ...request,
      async run(argv, options) {
        const { GOFLAGS: flags, GOMODCACHE: cache } = options.env;
        if (cache !== undefined) {
          seen.push({ flags, isCold: !existsSync(cache) });
          mkdirSync(cache);
        }
        return request.run(argv, options);
      },
    });
    expect(seen).toEqual([
      { flags: "-mod=mod -modcacherw", isCold: true },
      { flags: "-mod=readonly -modcacherw", isCold: true },
    ]);
  });

  test("stops at the first command that fails, and says what it printed", async () => {
    const { request, told } = job([], (argv) =>
      argv.includes("run") ? { code: 1, stderr: "go: no such module\n" } : {},
    );
    await expect(rehearseKit(request)).rejects.toMatchObject({
      code: "AIRGO_REHEARSAL_FAILED",
      found: "exit code 1:\ngo: no such module",
      message: expect.stringContaining("go1.27.3 builds and runs hello world"),
    });
    expect(told).toHaveLength(2);
  });

  test("records no folder of this machine, no secret and no escape, and of much output the end", async () => {
    const { request, kitFolder, workFolder } = job([], () => ({
      stdout: "line\n".repeat(30),
      stderr: `${kitFolder}/a ${workFolder}/b https://u:pw@h/x \u001b[2Jend\n`,
    }));
    const commands = await rehearseKit(request);
    const text = JSON.stringify(commands);
    for (const word of [root, kitFolder, workFolder, "pw", "\\u001b"]) expect(text).not.toContain(word);
    expect(commands[0]?.argv).toEqual([
      "sh",
      "$KIT/install.sh",
      "--prefix",
      "$WORK/prefix",
      "--insecure-no-signature",
    ]);
    expect(commands[0]?.output.split("\n")).toHaveLength(15);
    expect(commands[0]?.output.split("\n").at(-1)).toBe("$KIT/a $WORK/b https://***@h/x \ufffd[2Jend");
  });

  test("that is aborted ends with the reason", async () => {
    const { request } = job([]);
    await expect(rehearseKit({ ...request, run: () => Promise.reject(new Error("stop")) })).rejects.toThrow(
      "stop",
    );
  });
});

test("the transcript says the same to programs and to people", () => {
  const transcript: Transcript = {
    kit: "starter",
    id: "0123",
    airgo: "0.1.0",
    isolation: "weak",
    sandbox: "none",
    machine: "linux amd64",
    commands: [
      { shows: "it installs", argv: ["sh", "install.sh"], exitCode: 0, ms: 1250, output: "one\n\ntwo" },
      { shows: "it fails", argv: ["false"], exitCode: 3, ms: 0, output: "" },
    ],
  };
  expect(JSON.parse(transcriptJson(transcript))).toEqual(transcript);
  expect(transcriptText(transcript)).toBe(`Rehearsal of kit starter 0123 by airgo 0.1.0
Isolation: weak (none), on linux amd64

passed: it installs (1.3 s)
  $ sh install.sh
    one
    two

FAILED (exit code 3): it fails (0.0 s)
  $ false
`);
});
