import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { removeTree } from "../support/airgo.js";
import {
  findRealGo,
  standardWorld,
  startFakeUpstream,
  writeProject,
  type FakeUpstream,
} from "../support/fake-upstream.js";
import { buildKitFolders, offlineHost, type BuiltKits, type OfflineHost } from "./support/kits.mjs";
import { offlineNeeds } from "./support/reach.js";
import { makeGoHome } from "../support/go-home.js";

/*
 * Every shape of go.mod that docs/promises.md names, with made-up modules from the fake upstream and the machine's Go:
 * a kit is built of it, nothing of the user's is written, and a host without a network uses it.
 */

const realGo = findRealGo();
const needs = [...(realGo === undefined ? ["no go"] : []), ...offlineNeeds([])];
const here = needs.length === 0 ? describe : describe.skip;
const why = needs.length === 0 ? "" : ` (skipped: ${needs.join(", ")})`;

let upstream: FakeUpstream;
let root: string;
let host: OfflineHost;
const shapes: string[] = [];

/** A line of shell, in a folder of the project. */
interface Use {
  readonly in?: string;
  readonly run: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it prints, among other things. */
  readonly prints?: string;
  /** Go wants a go.sum for it, online too. */
  readonly wantsSums?: boolean;
}

interface Shape {
  readonly files: Readonly<Record<string, string>>;
  /** The entries of the manifest. */
  readonly entries: readonly string[];
  readonly uses: readonly Use[];
  /** Made ready with the fake upstream at hand; given the project's folder. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** Holds the kit against what it should carry whole: `path@version`. */
  readonly carries?: readonly string[];
  readonly leavesOut?: readonly string[];
}

/** Tests a shape, by the name that the page gives it. */
function shape(name: string, { files, entries, uses, prepare, carries = [], leavesOut = [] }: Shape): void {
  shapes.push(name);
  test(
    name,
    async () => {
      const project = await makeProject(files);
      await prepare?.(project);
      const before = filesBelow(project);
      const built = await build(project, entries);
      expect(built).toMatchObject({ kits: [{ name: "k" }] });
      expect(filesBelow(project)).toEqual(before);
      const [kit] = built.kits ?? [];
      const whole = kit?.inputs.flatMap(({ modules }) => modules) ?? [];
      expect(whole).toEqual(expect.arrayContaining([...carries]));
      expect(whole.filter((module) => leavesOut.includes(module))).toEqual([]);
      for (const use of uses) await expectWorks(kit?.folder ?? "", project, use);
    },
    120_000,
  );
}

async function expectWorks(kit: string, project: string, use: Use): Promise<void> {
  for (const sums of ["as they are", "none"] as const) {
    if (sums === "none" && use.wantsSums === true) continue;
    const flags = sums === "none" && use.env?.["GOFLAGS"] === undefined ? { GOFLAGS: "-mod=mod" } : {};
    const env = { GOCACHE: realGo?.gocache ?? "", ...flags, ...use.env };
    const { code, stdout, stderr } = await host.run(`cd ${use.in ?? "."} && ${use.run}`, {
      kit,
      project,
      sums,
      env,
    });
    if (code !== 0) throw new Error(`${use.run} (sums: ${sums}): exit code ${code}\n${stderr.slice(-2000)}`);
    expect(stdout).toContain(use.prints ?? "");
  }
}

async function makeProject(files: Readonly<Record<string, string>>): Promise<string> {
  const project = mkdtempSync(join(root, "project-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, name)), { recursive: true });
    await writeFile(join(project, name), text);
  }
  return project;
}

async function build(project: string, entries: readonly string[]): Promise<BuiltKits> {
  const place = mkdtempSync(join(root, "kit-"));
  const modules = entries.map((entry) =>
    entry.includes("@") ? entry : entry.replace("path: ", `path: ${project.slice(root.length + 1)}/`),
  );
  const manifest = join(root, `${place.slice(root.length + 1)}.yaml`);
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  await writeFile(
    manifest,
    `version: 1
sources: { proxy: "${upstream.proxyUrl}", sumdb: "${upstream.verifierKey}" }
kits:
  k: { go: ["1.90.x"], arch: [${arch}], modules: [${modules.join(", ")}] }
`,
  );
  return buildKitFolders({ manifest, store: join(root, "store"), out: place });
}

/** The bytes of every file, by name. */
function filesBelow(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((file) => [file, readFileSync(file, "base64")]));
}

/** Runs go as the user did once, online. */
async function goOnline(folder: string, ...args: string[]): Promise<void> {
  makeGoHome(root);
  await promisify(execFile)(realGo?.go ?? "", args, {
    cwd: folder,
    env: {
      ...process.env,
      HOME: root,
      GOPATH: join(root, "online"),
      GOFLAGS: "-modcacherw",
      GOPROXY: upstream.proxyUrl,
      GOSUMDB: upstream.verifierKey,
      GOTOOLCHAIN: "local",
      GOENV: "off",
    },
  });
}

const list: Use = { run: "go list -m -json all" };
const download: Use = { run: "go mod download" };
const compile: Use = { run: "go build ./..." };
const plain = [list, download, compile];

function main(...imports: string[]): string {
  return `package main\n\nimport (\n${imports.map((path) => `\t_ "${path}"\n`).join("")})\n\nfunc main() {}\n`;
}

function usesWords(version: string): string {
  return `module example.com/${version.replaceAll(".", "")}\n\ngo 1.21\n\nrequire example.com/words ${version}\n`;
}

here(`shapes of go.mod${why}`, () => {
  beforeAll(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "airgo-shapes-")));
    await mkdir(join(root, ".config/go/telemetry"), { recursive: true });
    await writeFile(join(root, ".config/go/telemetry/mode"), "off");
    upstream = await startFakeUpstream();
    standardWorld(upstream);
    furtherModules();
    host = offlineHost({ goroot: realGo?.goroot ?? "", scratch: root, gosumdb: upstream.verifierKey });
  });
  afterAll(async () => {
    await upstream.close();
    await removeTree(root);
  });

  shape("a glob", {
    files: {
      "services/a/go.mod": usesWords("v1.0.0"),
      "services/a/main.go": main("example.com/words"),
      "services/b/go.mod": usesWords("v1.1.0"),
      "services/b/main.go": main("example.com/words"),
    },
    entries: ["{ path: services/*/go.mod, scope: build }"],
    prepare: async (folder) => {
      for (const service of ["a", "b"]) await goOnline(join(folder, "services", service), "mod", "tidy");
    },
    uses: ["services/a", "services/b"].flatMap((folder) => plain.map((use) => ({ ...use, in: folder }))),
    carries: ["example.com/words@v1.0.0", "example.com/words@v1.1.0"],
  });

  const inWorkspace = { GOFLAGS: "" };
  shape("a go.work", {
    files: {
      "go.work": `go 1.21

use (
	./app
	./lib
)

replace example.com/greet/v2 v2.0.1 => ./greet2
`,
      "app/go.mod":
        "module example.com/app\n\ngo 1.21\n\nrequire (\n\texample.com/lib v0.0.0\n\texample.com/words v1.0.0\n)\n\nreplace example.com/lib => ../lib\n",
      "app/main.go": main("example.com/lib", "example.com/words"),
      "lib/go.mod": "module example.com/lib\n\ngo 1.21\n\nrequire example.com/greet/v2 v2.0.1\n",
      "lib/lib.go": 'package lib\n\nimport _ "example.com/greet/v2"\n',
      "greet2/go.mod": "module example.com/greet/v2\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n",
      "greet2/greet.go": 'package greet\n\nimport _ "example.com/words"\n',
    },
    entries: ["{ path: go.work, scope: build }"],
    prepare: async (folder) => {
      for (const member of ["app", "lib"]) await goOnline(join(folder, member), "mod", "tidy");
    },
    uses: [
      { ...list, env: inWorkspace },
      { ...download, env: inWorkspace },
      { run: "go work sync && go mod download && go build ./app/... ./lib/...", env: inWorkspace },
      ...["app", "lib"].flatMap((member) =>
        [list, download].map((use) => ({ ...use, in: member, env: { GOWORK: "off", GOFLAGS: "-mod=mod" } })),
      ),
      { in: "lib", run: "go build ./...", env: { GOWORK: "off", GOFLAGS: "-mod=mod" } },
    ],
    carries: ["example.com/words@v1.0.0", "example.com/words@v1.1.0", "example.com/greet/v2@v2.0.1"],
  });

  shape("`replace`", {
    files: {
      "go.mod": `module example.com/main

go 1.21

require (
	example.com/greet/v2 v2.0.1
	example.com/hub v0.0.0
	example.com/words v1.0.0
)

require example.com/deepcheck v0.1.0 // indirect

replace (
	example.com/greet/v2 => example.com/fork/greet/v2 v2.5.0
	example.com/hub => ./hub
	example.com/words => example.com/words v1.1.0
)
`,
      "main.go": main("example.com/greet/v2", "example.com/hub", "example.com/words"),
      "hub/go.mod": "module example.com/hub\n\ngo 1.21\n\nrequire example.com/deepcheck v0.1.0\n",
      "hub/hub.go": 'package hub\n\nimport _ "example.com/deepcheck"\n',
    },
    entries: ["{ path: go.mod, scope: build }"],
    prepare: (folder) => goOnline(folder, "mod", "tidy"),
    uses: [...plain, { run: "go list -m -u all" }],
    carries: ["example.com/fork/greet/v2@v2.5.0", "example.com/words@v1.1.0", "example.com/deepcheck@v0.1.0"],
    leavesOut: ["example.com/greet/v2@v2.0.1", "example.com/words@v1.0.0"],
  });

  shape("`exclude`, `retract`, `tool`, `ignore`", {
    files: {
      "go.mod": `module example.com/main

go 1.25

require (
	example.com/command v1.0.0
	example.com/hello v1.0.0
	example.com/regretted v1.0.0
)

exclude example.com/hello v1.1.0

retract v0.1.0

tool example.com/command/say

ignore ./scratch
`,
      "main.go": main("example.com/hello", "example.com/regretted"),
      "scratch/broken.go": 'package broken\n\nimport _ "example.com/nowhere"\n',
    },
    entries: ["{ path: go.mod, scope: tidy }"],
    prepare: (folder) => goOnline(folder, "mod", "tidy"),
    uses: [
      ...plain,
      { run: "go tool say", prints: "said", wantsSums: true },
      { run: "go mod tidy" },
      { run: "go get example.com/regretted@v1.0.0" },
    ],
  });

  shape("a `go` or `toolchain` line that the kit has", {
    files: {
      "go.mod":
        "module example.com/main\n\ngo 1.21\n\ntoolchain go1.90.0\n\nrequire example.com/words v1.1.0\n",
      "main.go": main("example.com/words"),
    },
    entries: ["{ path: go.mod, scope: build }"],
    prepare: (folder) => goOnline(folder, "mod", "tidy"),
    uses: plain,
  });

  shape("`/v2`, `+incompatible`, pseudo-versions, upper case", {
    files: {},
    entries: ["{ path: go.mod, scope: tidy }"],
    prepare: (folder) => writeProject(folder, upstream),
    uses: [
      ...plain,
      { run: "go vet ./..." },
      { run: "go mod tidy" },
      { run: "go get example.com/Upper@v1.1.0-RC1 example.com/untagged@latest example.com/legacy@latest" },
    ],
    carries: [
      "example.com/greet/v2@v2.0.1",
      "example.com/legacy@v2.0.0+incompatible",
      "example.com/untagged@v0.0.0-20240102030405-abcdef123456",
      "example.com/Upper@v1.1.0-RC1",
    ],
  });

  shape("`go 1.16` and older", {
    files: {
      "go.mod": "module example.com/main\n\ngo 1.16\n\nrequire example.com/old v1.0.0\n",
      "main.go": main("example.com/old"),
    },
    entries: ["{ path: go.mod, scope: build }"],
    prepare: (folder) => goOnline(folder, "mod", "tidy"),
    uses: [...plain, { run: "go mod tidy" }, { run: "go mod download all" }],
    carries: ["example.com/old/unused@v1.0.0"],
  });

  shape("no go.sum", {
    files: {},
    entries: ["{ path: go.mod, scope: tidy }"],
    prepare: (folder) => writeProject(folder),
    uses: [
      ...plain.map((use) => ({ ...use, env: { GOFLAGS: "-mod=mod" } })),
      { run: "go mod tidy && go build ./..." },
    ],
    carries: ["example.com/deepcheck@v0.1.0"],
  });

  shape("a vendor folder", {
    files: {},
    entries: ["{ path: go.mod, scope: build }"],
    prepare: async (folder) => {
      await writeProject(folder, upstream);
      await goOnline(folder, "mod", "vendor");
    },
    uses: [
      { run: "go build ./..." },
      { run: "go mod download" },
      { run: "go list -m -mod=mod all && go build -mod=mod ./..." },
    ],
  });

  shape("`module@version`", {
    files: { ".keep": "" },
    entries: ["{ path: example.com/command@v1.0.0, scope: build }", "example.com/Upper@v1.1.0-RC1"],
    uses: [
      { run: "go install example.com/command/say@v1.0.0 && say", prints: "said", env: { GOFLAGS: "" } },
      { run: "go install example.com/command/say@latest && say", prints: "said", env: { GOFLAGS: "" } },
      { run: "go run example.com/command/say@v1.0.0", prints: "said", env: { GOFLAGS: "" } },
      ...["example.com/command@v1.0.0", "example.com/Upper@v1.1.0-RC1"].map((module) => ({
        run: `go mod init example.com/new && go get ${module} && go list -m all && go mod download`,
        prints: module.replace("@", " "),
      })),
    ],
  });

  shape("`module@version` whose own go.mod has `replace` lines", {
    files: { ".keep": "" },
    entries: ["example.com/replacer@v1.0.0"],
    uses: [
      {
        run: "go mod init example.com/new && go get example.com/replacer@v1.0.0 && go list -m all",
        prints: "example.com/words v1.0.0\n",
      },
    ],
    carries: ["example.com/words@v1.0.0"],
    leavesOut: ["example.com/words@v1.1.0"],
  });

  shape("no requirements", {
    files: { "go.mod": "module example.com/main\n\ngo 1.21\n", "main.go": main("fmt") },
    entries: ["{ path: go.mod }"],
    uses: [...plain, { run: "go mod tidy" }, { run: "go mod download all" }],
  });

  const refused: [string, Record<string, string>, string, Record<string, string>][] = [
    [
      "a `replace` with a folder that is not there",
      {
        "go.mod":
          "module example.com/main\n\ngo 1.21\n\nrequire example.com/hub v0.0.0\n\nreplace example.com/hub => ./hub\n",
      },
      "go.mod",
      { code: "AIRGO_INPUT_INVALID", message: "hub", hint: "replace" },
    ],
    [
      "a `go` line that is too new",
      { "go.mod": "module example.com/main\n\ngo 1.99\n" },
      "go.mod",
      { code: "AIRGO_GO_LINE_TOO_NEW", where: "go.mod:3: go 1.99" },
    ],
    [
      "a `toolchain` line that is too new",
      { "go.mod": "module example.com/main\n\ngo 1.21\n\ntoolchain go1.95.2\n" },
      "go.mod",
      { code: "AIRGO_GO_LINE_TOO_NEW", where: "go.mod:5: toolchain go1.95.2" },
    ],
    [
      "a glob that finds nothing",
      { "go.mod": "module example.com/main\n" },
      "services/*/go.mod",
      { code: "AIRGO_INPUT_MISSING", where: "services/*/go.mod" },
    ],
    [
      "a go.work whose module is not there",
      { "go.work": "go 1.21\n\nuse ./gone\n" },
      "go.work",
      { code: "AIRGO_INPUT_MISSING", where: "gone/go.mod" },
    ],
  ];

  for (const [name, files, path, expected] of refused) {
    shapes.push(name);
    test(name, async () => {
      const { error } = await build(await makeProject(files), [`{ path: ${path} }`]);
      for (const [part, text] of Object.entries(expected))
        expect(error?.[part as keyof typeof error]).toContain(text);
    });
  }

  test("the page names these shapes", () => {
    const [, section = ""] = readFileSync("docs/promises.md", "utf8").split("\n## Shapes\n");
    const rows = [
      ...section
        .split("\n## ", 1)
        .join("")
        .matchAll(/^\| (.+?) \| .* \|$/gm),
    ].map((row) => row[1]);
    expect(rows.slice(1)).toEqual(shapes);
  });
});

/** What the standard world lacks. */
function furtherModules(): void {
  add("example.com/fork/greet/v2", "v2.5.0", "", { "greet.go": "package greet\n" });
  add("example.com/command", "v1.0.0", "\nrequire example.com/words v1.1.0\n", {
    "say/main.go":
      'package main\n\nimport _ "example.com/words"\n\nfunc main() { _, _ = out.WriteString("said\\n") }\n',
    "say/out.go": 'package main\n\nimport "os"\n\nvar out = os.Stdout\n',
  });
  for (const [path, requires] of [
    ["example.com/old", "\nrequire example.com/old/unused v1.0.0\n"],
    ["example.com/old/unused", ""],
  ] as const)
    upstream.addModule({
      path,
      version: "v1.0.0",
      goMod: `module ${path}\n\ngo 1.15\n${requires}`,
      files: { "old.go": "package old\n" },
    });
  add("example.com/regretted", "v1.0.0", "", { "regretted.go": "package regretted\n" });
  add("example.com/regretted", "v1.0.1", "\nretract v1.0.0 // regretted\n", {
    "regretted.go": "package regretted\n",
  });
  add(
    "example.com/replacer",
    "v1.0.0",
    "\nrequire (\n\texample.com/greet/v2 v2.0.1\n\texample.com/words v1.0.0\n)\n\nreplace (\n\texample.com/greet/v2 => ../greet2\n\texample.com/words => example.com/words v1.1.0\n)\n",
    { "replacer.go": 'package replacer\n\nimport _ "example.com/words"\n' },
  );
}

function add(path: string, version: string, requires: string, files: Record<string, string>): void {
  upstream.addModule({ path, version, goMod: `module ${path}\n\ngo 1.21\n${requires}`, files });
}
