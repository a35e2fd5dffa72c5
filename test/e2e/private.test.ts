import { execFileSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import type { Lock } from "../../src/lock/schema.js";
import { makeProject, type AirgoOptions, type AirgoResult, type TestProject } from "../support/airgo.js";
import { makeAuthority, type Authority } from "../support/certificates.js";
import { filesWith, formsOf, makeSecret } from "../support/fake-upstream-leaks.js";
import {
  goSumFor,
  privateSums,
  privateWorld,
  publicNeighbours,
  readGoRuns,
  standardWorld,
  startFakeUpstream,
  writePrivateProject,
  type FakeUpstream,
  type FakeUpstreamOptions,
} from "../support/fake-upstream.js";
import { serve } from "../support/loopback.js";
import { scratchFolder } from "../support/scratch.js";
import { findTool, testWhen } from "../support/tools.js";

/*
 * What docs/private-modules.md promises, by real runs: private modules come from their own proxy alone, their names and
 * its credentials reach nobody else, and what the lock pins stays as it was.
 */

const scratch = scratchFolder("private");
const arch = process.arch === "arm64" ? "arm64" : "amd64";
const core = "git.corp.example/Hush/core@v1.0.0";
const secret = makeSecret();
const forms = formsOf(secret);
const basic = `Basic ${Buffer.from(`robot:${secret}`).toString("base64")}`;
const loginEnv = { CORP_LOGIN: `robot:${secret}` };

/** The public proxy and checksum database. */
let open: FakeUpstream;
let authority: Authority;
/** The private proxy: over https, for who knows the password. */
let corp: FakeUpstream;
const projects: TestProject[] = [];
const servers: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  authority = makeAuthority(scratch, "corp");
  open = await startFakeUpstream();
  standardWorld(open);
  publicNeighbours(open);
  corp = await corpProxy();
});
afterEach(async () => {
  corp.faults.clear();
  for (const project of projects.splice(0)) await project.close();
  for (const server of servers.splice(0)) await server.close();
  expectNothingTold();
});
afterAll(async () => {
  await open.close();
  await corp.close();
});

async function corpProxy(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const proxy = await startFakeUpstream({ tls: authority.server, authorization: basic, ...options });
  privateWorld(proxy);
  return proxy;
}

function withoutEscapes(url: string): string {
  return decodeURIComponent(url).replaceAll("!", "").toLowerCase();
}

/** Neither the public proxy nor the checksum database has ever heard of a private module, or of a credential. */
function expectNothingTold(): void {
  const told = open.requests.filter(
    ({ url, headers }) =>
      /hush|corp\.example|bank\.example/.test(withoutEscapes(url)) || headers.authorization !== undefined,
  );
  expect(told.map(({ url }) => url)).toEqual([]);
}

interface PrivateEntry {
  readonly match: string | readonly string[];
  readonly proxy: string;
  readonly auth?: string;
  readonly ca?: string | undefined;
}

interface Setting {
  /** Entries of `sources.private`; by default the corp proxy with its login in a variable. */
  readonly sources?: readonly PrivateEntry[];
  /** The kit's `go` and `modules`. */
  readonly go?: string;
  readonly modules?: readonly unknown[];
  /** By default the public proxy. */
  readonly proxy?: string;
  /** Which lines the go.sum has; no file without them. */
  readonly sums?: "all" | "public" | "none";
}

function corpEntry(more: Partial<PrivateEntry> = {}): PrivateEntry {
  return {
    match: "git.corp.example/*",
    proxy: corp.proxyUrl,
    auth: "env:CORP_LOGIN",
    ca: "file:corp-ca.pem",
    ...more,
  };
}

function isPrivate(path: string): boolean {
  return path.startsWith("git.corp.example/");
}

/** A project whose kit `k` needs private modules, in `private/`. */
async function makePrivateProject(setting: Setting = {}): Promise<TestProject> {
  const { sources = [corpEntry()], go = "1.90.1", modules = ["private/go.mod"], sums = "all" } = setting;
  const { proxy = open.proxyUrl } = setting;
  const project = await makeProject(open);
  await writeFile(join(project.folder, "corp-ca.pem"), authority.ca);
  const lines = privateSums.filter(({ path }) => sums === "all" || !isPrivate(path));
  const both = {
    hashes: (path: string, version: string) => (isPrivate(path) ? corp : open).hashes(path, version),
  };
  await writePrivateProject(
    join(project.folder, "private"),
    sums === "none" ? undefined : goSumFor(both, lines),
  );
  await project.manifest(
    `  k: ${JSON.stringify({ go: [go], arch: [arch], modules })}\n`,
    JSON.stringify({ proxy, sumdb: open.verifierKey, private: sources }),
  );
  return project;
}

async function freshProject(setting: Setting = {}): Promise<TestProject> {
  const project = await makePrivateProject(setting);
  projects.push(project);
  return project;
}

/** A run that has to succeed. */
async function bundled(project: TestProject, options: Omit<AirgoOptions, "cwd"> = {}): Promise<AirgoResult> {
  const result = await project.airgo(["bundle"], options);
  expect(result).toMatchObject({ code: 0, stderr: expect.not.stringContaining("error") });
  return result;
}

async function readLock(project: TestProject): Promise<Lock> {
  return JSON.parse(await readFile(join(project.folder, "bundles.lock"), "utf8")) as Lock;
}

/** The kit's contents, unpacked. */
async function unpackedKit(project: TestProject): Promise<string> {
  const folder = await project.kit();
  const top = `k-${folder.split("/").at(-1)}`;
  const target = await mkdtemp(join(scratch, "kit-"));
  execFileSync("tar", ["-xf", join(folder, `${top}.tar`), "-C", target]);
  await cp(folder, target, { recursive: true });
  return join(target, top);
}

describe("a kit with private modules", () => {
  let project: TestProject;
  let result: AirgoResult;
  let kit: string;
  /** Where the kit's go writes down how it is started. */
  const notes = join(scratch, "notes");

  beforeAll(async () => {
    await mkdir(notes);
    open.addToolchain({ version: "1.93.0", arch, notes });
    project = await makePrivateProject({ go: "1.93.0" });
    const args = ["bundle", "--json", "--report", "report.json"];
    result = await project.airgo(args, { env: { ...loginEnv, AIRGO_DEBUG: "1" } });
    expect(result.events.filter(({ type }) => type === "failed")).toEqual([]);
    expect(result.code).toBe(0);
    kit = await unpackedKit(project);
  });
  afterAll(() => project.close());

  test("has them in its lock by hash, without a record of the checksum database", async () => {
    const { modules, checksumDatabase } = await readLock(project);
    expect(checksumDatabase.notCovered).toEqual(["git.corp.example/*"]);
    const pinned = modules.filter(({ record }) => record === undefined);
    expect(pinned.map(({ path, version, h1, goModH1 }) => ({ path, version, h1, goModH1 }))).toEqual(
      [
        ["git.corp.example/Hush/core", "v1.0.0", true],
        ["git.corp.example/hush/base", "v0.1.0", false],
        ["git.corp.example/hush/base", "v0.2.0", true],
        ["git.corp.example/hush/plain-fork", "v1.0.1", true],
      ].map(([path, version, isWhole]) => {
        const { h1, goModH1 } = corp.hashes(String(path), String(version));
        return { path, version, h1: isWhole === true ? h1 : undefined, goModH1 };
      }),
    );
    expect(modules.filter(({ record }) => record !== undefined).map(({ path }) => path)).toEqual(
      expect.arrayContaining(["example.com/bridge", "example.com/words"]),
    );
    // What a private module replaces is not needed.
    expect(modules.map(({ path }) => path)).not.toContain("example.com/plain");
  });

  test("carries their files beside the public ones, and nothing of them in its snapshot", async () => {
    const files = await readdir(join(kit, "proxy"), { recursive: true });
    const corpFiles = files.filter((name) => /^git\.corp\.example\/.*\.(info|mod|zip)$/.test(name));
    expect(corpFiles.sort()).toEqual([
      "git.corp.example/!hush/core/@v/v1.0.0.info",
      "git.corp.example/!hush/core/@v/v1.0.0.mod",
      "git.corp.example/!hush/core/@v/v1.0.0.zip",
      "git.corp.example/hush/base/@v/v0.1.0.mod",
      "git.corp.example/hush/base/@v/v0.2.0.info",
      "git.corp.example/hush/base/@v/v0.2.0.mod",
      "git.corp.example/hush/base/@v/v0.2.0.zip",
      "git.corp.example/hush/plain-fork/@v/v1.0.1.info",
      "git.corp.example/hush/plain-fork/@v/v1.0.1.mod",
      "git.corp.example/hush/plain-fork/@v/v1.0.1.zip",
    ]);
    expect(await filesWith(join(kit, "proxy/sumdb"), ["corp.example", "hush"])).toEqual([]);
    const facts = await readFile(join(kit, "kit/kit.tsv"), "utf8");
    expect(facts.split("\n")).toContain("nosumdb\tgit.corp.example/*");
  });

  test("was rehearsed with them, by the go.sum and without one", async () => {
    const text = await readFile(join(await project.kit(), "rehearsal.json"), "utf8");
    const { commands } = JSON.parse(text) as { commands: { shows: string; exitCode: number }[] };
    expect(commands.filter(({ exitCode }) => exitCode === 0).map(({ shows }) => shows)).toEqual(
      expect.arrayContaining([
        "go mod download of private/go.mod",
        "go mod download of private/go.mod, without a go.sum",
      ]),
    );
  });

  test("was made of what each proxy alone was asked for", () => {
    const asked = corp.requests.map(({ url }) => url);
    expect(asked).toContain("/go/git.corp.example/!hush/core/@v/v1.0.0.zip");
    expect(asked.filter((url) => !/^\/go\/git\.corp\.example\/!?hush\//.test(url))).toEqual([]);
    expect(open.requests.map(({ url }) => url)).toContain("/go/example.com/bridge/@v/v1.0.0.zip");
    expectNothingTold();
  });

  test("has the password nowhere: not in the lock, the kit, its papers, the store, the report, the output", async () => {
    expect((await readdir(project.folder)).sort()).toEqual(
      expect.arrayContaining([".airgo", ".cache", "bundles.lock", "kits", "report.json"]),
    );
    expect(await filesWith(project.folder, forms)).toEqual([]);
    expect(forms.filter((form) => `${result.stdout}${result.stderr}`.includes(form))).toEqual([]);
    // So that the search is known to find what it looks for, packed in the store or in a kit.
    const text = await filesWith(project.folder, ["Speak says something"]);
    expect(text).toContainEqual(expect.stringMatching(/^\.cache\/airgo\/objects\//));
    expect(text).toContainEqual(expect.stringMatching(/^kits\/.*\.tar: .*core\/@v\/v1\.0\.0\.zip$/));
  });

  test("started no process that was given the password", () => {
    const runs = readGoRuns(notes);
    const words = runs.map(({ argv }) => argv.join(" "));
    expect(words.filter((line) => line.includes(" list -m "))).toHaveLength(1);
    expect(words.filter((line) => line.includes(" mod download"))).toHaveLength(2);
    const seen = runs.flatMap(({ argv, environment, above }) => [
      ...argv,
      ...environment,
      ...above.flatMap((one) => [...one.argv, ...one.environment]),
    ]);
    expect(seen).toContainEqual(expect.stringMatching(/cli\/main\.js$/));
    expect(seen).toContainEqual(expect.stringMatching(/install\.sh$/));
    expect(seen).toContainEqual(expect.stringMatching(/^GOPROXY=http:/));
    expect(seen.filter((word) => word.startsWith("CORP_LOGIN="))).toEqual([]);
    expect(seen.filter((word) => forms.some((form) => word.includes(form)))).toEqual([]);
  });

  test("is used on the installed host without settings: its go knows the patterns", () => {
    const prefix = join(scratch, "prefix");
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: scratch };
    execFileSync("sh", [join(kit, "install.sh"), "--prefix", prefix, "--insecure-no-signature"], {
      env,
      stdio: "pipe",
    });
    const seen = execFileSync(join(prefix, "current/bin/go"), ["env", "GONOSUMDB", "GOPRIVATE", "GOPROXY"], {
      env,
      encoding: "utf8",
    });
    expect(seen).toBe(`git.corp.example/*\n\nfile://${prefix}/proxy\n`);
  });
});

describe("once it is locked and stored", () => {
  test("neither proxy nor credentials are needed, to see that nothing changed or to build it anew", async () => {
    const mine = await corpProxy();
    const { host } = new URL(mine.proxyUrl);
    const entry = corpEntry({ proxy: mine.proxyUrl, auth: "netrc" });
    const project = await freshProject({ sources: [entry], sums: "public" });
    const netrc = join(project.folder, ".home", ".netrc");
    await writeFile(netrc, `machine ${host} login robot password ${secret}\n`);
    const first = await bundled(project);
    expect(first.stdout).toContain("made kit");
    const made = await project.kit();
    expect(await filesWith(project.folder, forms, [".home/.netrc"])).toEqual([]);

    await mine.close();
    await rm(netrc);
    await rm(join(project.folder, "corp-ca.pem"));
    expect((await bundled(project)).stdout).toMatch(/^k: unchanged/);
    await rm(join(project.folder, "kits"), { recursive: true });
    expect((await bundled(project)).stdout).toContain("made kit");
    expect(await project.kit()).toBe(made);
  });
});

test("of several private proxies each hears its own names and credentials; the first that matches is asked", async () => {
  const token = makeSecret().replaceAll(":", "");
  const bank = await startFakeUpstream({ authorization: `Bearer ${token}` });
  servers.push(bank);
  const vault = { path: "code.bank.example/hush/vault", version: "v1.2.3" };
  bank.addModule({ ...vault, files: { "vault.go": "package vault\n" } });
  const project = await freshProject({
    sums: "none",
    sources: [
      corpEntry(),
      { match: ["code.bank.example", "*.corp.example/hush"], proxy: bank.proxyUrl, auth: "file:token" },
    ],
    modules: ["private/go.mod", `${vault.path}@${vault.version}`],
  });
  await writeFile(join(project.folder, "token"), `${token}\n`, { mode: 0o600 });
  const before = corp.requests.length;
  await bundled(project, { env: loginEnv });

  expect(bank.requests.map(({ url }) => url).filter((url) => !url.includes("code.bank.example"))).toEqual([]);
  expect(bank.requests.map(({ status }) => status)).not.toContain(401);
  const asked = corp.requests.slice(before);
  expect(asked.map(({ url }) => url).filter((url) => url.includes("bank.example"))).toEqual([]);
  expect(new Set(asked.map(({ headers }) => headers.authorization))).toEqual(new Set([basic]));
  expect(await filesWith(project.folder, [...forms, ...formsOf(token)], ["token"])).toEqual([]);
});

test("a redirect to a storage server is followed without the credentials", async () => {
  const storage = await startFakeUpstream({ tls: authority.server });
  servers.push(storage);
  privateWorld(storage);
  for (const name of ["!hush/core/@v/v1.0.0.mod", "!hush/core/@v/v1.0.0.zip"]) {
    const location = `${storage.proxyUrl.replace("127.0.0.1", "localhost")}/git.corp.example/${name}?X-Signature=1`;
    corp.faults.add(new RegExp(`${name}$`), { kind: "redirect", location });
  }
  await bundled(await freshProject(), { env: loginEnv });
  expect(storage.requests.map(({ path, status }) => [path, status])).toEqual([
    ["/go/git.corp.example/!hush/core/@v/v1.0.0.mod", 200],
    ["/go/git.corp.example/!hush/core/@v/v1.0.0.zip", 200],
  ]);
  expect(storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
});

test("Go itself never comes from a private proxy, however wide its pattern is", async () => {
  const before = corp.requests.length;
  const project = await freshProject({
    sources: [corpEntry({ match: ["git.corp.example/*", "golang.org/toolchain"] })],
  });
  await bundled(project, { env: loginEnv });
  const asked = corp.requests.slice(before).map(({ url }) => url);
  expect(asked).not.toEqual([]);
  expect(asked.filter((url) => url.includes("golang.org"))).toEqual([]);
  const { toolchains } = await readLock(project);
  expect(toolchains.map(({ h1 }) => h1)).toEqual([
    open.hashes("golang.org/toolchain", `v0.0.1-go1.90.1.linux-${arch}`).h1,
  ]);
});

test("what go has to look for is looked for at the private proxy alone", async () => {
  const project = await freshProject({
    sources: [corpEntry({ match: "git.corp.example" })],
    modules: [{ path: "private/go.mod", scope: "tidy" }],
    sums: "none",
  });
  // The import is there, and no module that has it: tidying looks for one, under every name that it could have.
  const goMod = join(project.folder, "private", "go.mod");
  const text = await readFile(goMod, "utf8");
  await writeFile(goMod, text.replace(/\tgit\.corp\.example\/Hush\/core v1\.0\.0\n/, ""));
  const before = corp.requests.length;
  await bundled(project, { env: loginEnv });
  expect(corp.requests.slice(before).map(({ url }) => url)).toEqual(
    expect.arrayContaining(["/go/git.corp.example/!hush/core/@v/list", "/go/git.corp.example/@v/list"]),
  );
});

async function expectRefused(project: TestProject, args: readonly string[] = []): Promise<void> {
  const result = await project.airgo(["bundle", ...args], { env: loginEnv });
  expect(result).toMatchObject({ code: 8, stderr: expect.stringContaining("error AIRGO_") });
  expect(result.stderr).toContain(core);
  // That would say that its contents are right.
  expect(result.stderr).not.toContain("repacked");
  expect(await readdir(join(project.folder, "kits")).catch(() => [])).toEqual([]);
}

describe("what is pinned", () => {
  let lock: string;

  beforeAll(async () => {
    const project = await makePrivateProject();
    await bundled(project, { env: loginEnv });
    lock = await readFile(join(project.folder, "bundles.lock"), "utf8");
    await project.close();
  });

  const changes: [string, () => void][] = [
    ["zip", () => corp.faults.add(/core\/@v\/v1\.0\.0\.zip$/, { kind: "tamper" })],
    [
      "go.mod",
      () =>
        corp.faults.add(/core\/@v\/v1\.0\.0\.mod$/, {
          kind: "rewrite",
          change: (body) => Buffer.concat([body, Buffer.from("// moved tag\n")]),
        }),
    ],
  ];

  for (const [what, change] of changes) {
    const ways = [
      { args: [], sums: "all" },
      // The lock was made with the go.sum: whoever moves it without one is held to what it knows all the same.
      { args: ["--update", "modules"], sums: "none" },
    ] as const;
    for (const { args, sums } of ways) {
      test(`by the lock: another ${what} under the same version ends 8 (${args.join(" ") || "no options"})`, async () => {
        const project = await freshProject({ sums });
        await writeFile(join(project.folder, "bundles.lock"), lock);
        change();
        await expectRefused(project, args);
        expect(await readFile(join(project.folder, "bundles.lock"), "utf8")).toBe(lock);
      });
    }

    test(`by the go.sum: another ${what} than it names ends 8`, async () => {
      const project = await freshProject();
      change();
      await expectRefused(project);
      expect(await readdir(project.folder)).not.toContain("bundles.lock");
    });
  }
});

describe("what the engineer's own settings call private", () => {
  const settings: [string, Record<string, string>][] = [
    ["GOPRIVATE", { GOPRIVATE: "git.corp.example" }],
    ["GONOPROXY", { GONOPROXY: "x.example,*.corp.example" }],
  ];
  for (const [variable, env] of settings) {
    for (const sums of ["all", "none"] as const) {
      test(`by ${variable} ends the run where no private source covers it, and nobody hears of it (go.sum: ${sums})`, async () => {
        const project = await freshProject({ proxy: "env", sources: [], sums });
        const result = await project.airgo(["bundle"], { env: { ...env, GOPROXY: open.proxyUrl } });
        expect(result.stderr).toMatch(
          /error AIRGO_PRIVATE_SOURCE_MISSING: git\.corp\.example\/\w+\/\S+ is private by/,
        );
        for (const text of [variable, "required by private/go.mod → ", "add a `sources.private` entry"])
          expect(result.stderr).toContain(text);
        expect(result.code).toBe(2);
        expect(await readdir(project.folder)).not.toContain("bundles.lock");
      });
    }
  }

  test("comes from the private source that covers it, as ever", async () => {
    const project = await freshProject({ proxy: "env" });
    await bundled(project, {
      env: { ...loginEnv, GOPROXY: open.proxyUrl, GOPRIVATE: "git.corp.example,golang.org/*" },
    });
  });

  test("is looked up in no checksum database, though a proxy has it", async () => {
    // All of it, from one proxy.
    const both = await startFakeUpstream();
    servers.push(both);
    standardWorld(both);
    publicNeighbours(both);
    privateWorld(both);
    const project = await freshProject({ proxy: "env", sources: [], sums: "none" });
    await project.manifest(
      `  k: { go: ["1.90.1"], arch: [${arch}], modules: [private/go.mod] }\n`,
      JSON.stringify({ proxy: "env", sumdb: both.verifierKey }),
    );
    const env = { GOPROXY: both.proxyUrl, GONOSUMDB: "*.corp.example" };
    const result = await project.airgo(["bundle"], { env });
    expect(result.stderr).toContain("error AIRGO_PRIVATE_SOURCE_MISSING: git.corp.example/");
    expect(result.stderr).toContain("required by private/go.mod → ");
    expect(result.code).toBe(2);
    const lookups = both.requests.map(({ url }) => url).filter((url) => url.includes("/lookup/"));
    expect(lookups.filter((url) => /corp\.example/.test(withoutEscapes(url)))).toEqual([]);
    expect(lookups).not.toEqual([]);
  });
});

function fault(path: RegExp, effect: Parameters<FakeUpstream["faults"]["add"]>[1]): Record<string, never> {
  corp.faults.add(path, effect);
  return {};
}

async function closedAddress(): Promise<string> {
  const gone = await serve(() => undefined);
  await gone.close();
  return gone.url;
}

describe("a failure", () => {
  const failures: [
    what: string,
    exit: number,
    code: RegExp,
    arrange: () => Promise<Partial<PrivateEntry> & { env?: Record<string, string> }>,
    text?: string,
  ][] = [
    [
      "404",
      4,
      /AIRGO_\w*(MISSING|NOT_FOUND)/,
      async () => fault(/core\//, { kind: "status", status: 404 }),
      core,
    ],
    ["410", 4, /AIRGO_\w+/, async () => fault(/core\//, { kind: "status", status: 410 }), core],
    ["500", 4, /AIRGO_UPSTREAM_STATUS/, async () => fault(/core\//, { kind: "status", status: 500 })],
    ["a proxy that is down", 4, /AIRGO_NETWORK/, async () => ({ proxy: await closedAddress() })],
    [
      "wrong credentials",
      4,
      /AIRGO_UPSTREAM_DENIED/,
      async () => ({ env: { CORP_LOGIN: `robot:x${secret}` } }),
    ],
    [
      "credentials that are not set",
      32,
      /AIRGO_CREDENTIALS/,
      async () => ({ auth: "env:NOT_SET" }),
      "the variable NOT_SET",
    ],
    [
      "credentials in no form that can be sent",
      32,
      /AIRGO_CREDENTIALS/,
      async () => ({ env: { CORP_LOGIN: `https://robot:${secret}@proxy.example` } }),
    ],
    ["an authority that nobody trusts", 4, /AIRGO_NETWORK/, async () => ({ ca: undefined })],
    [
      "a redirect to a host that wants credentials too",
      4,
      /AIRGO_UPSTREAM_DENIED/,
      async () => {
        const other = await corpProxy();
        servers.push(other);
        const location = `${other.proxyUrl.replace("127.0.0.1", "localhost")}/git.corp.example/!hush/core/@v/v1.0.0.mod`;
        return fault(/core\/.*mod$/, { kind: "redirect", location });
      },
    ],
    [
      "a redirect to plain http",
      4,
      /AIRGO_NETWORK/,
      async () => {
        const other = await serve((_request, response) => response.end());
        servers.push(other);
        return fault(/core\/.*mod$/, { kind: "redirect", location: `${other.url}/core.mod` });
      },
    ],
    [
      "a page that says what it was sent, in place of a zip",
      4,
      /AIRGO_\w+/,
      async () =>
        fault(/core\/.*zip$/, {
          kind: "rewrite",
          change: () => Buffer.from(`<!doctype html><p>Authorization: ${basic} is expired\n`),
        }),
      core,
    ],
  ];

  for (const [what, exit, code, arrange, text] of failures) {
    test(`of the private proxy is told and asked of nobody else: ${what}`, async () => {
      const { env = loginEnv, ...entry } = await arrange();
      const run = async (args: readonly string[]): Promise<void> => {
        const project = await freshProject({ sources: [corpEntry(entry)], sums: "none" });
        const result = await project.airgo(["bundle", ...args], { env: { ...env, AIRGO_DEBUG: "1" } });
        const said = `${result.stdout}${result.stderr}`;
        expect(said).toMatch(code);
        expect(result.code).toBe(exit);
        expect(said).toContain(text ?? "");
        expect(forms.filter((form) => said.includes(form))).toEqual([]);
        expect(await filesWith(project.folder, forms)).toEqual([]);
        expect(await readdir(project.folder)).not.toContain("bundles.lock");
        expect(await readdir(join(project.folder, "kits")).catch(() => [])).toEqual([]);
      };
      await Promise.all([run(["--plain"]), run(["--json", "--report", "report.json"])]);
    });
  }

  test("of the checksum database does not lead private modules around it, nor public ones to the private proxy", async () => {
    const before = corp.requests.length;
    const project = await freshProject({ sums: "none" });
    const lost = open.faults.add(/\/lookup\/example\.com\/bridge@/, { kind: "status", status: 404 });
    const result = await project.airgo(["bundle"], { env: loginEnv });
    open.faults.remove(lost);
    expect(result).toMatchObject({ code: 4, stderr: expect.stringContaining("example.com/bridge@v1.0.0") });
    const asked = corp.requests.slice(before).map(({ url }) => url);
    expect(asked.filter((url) => !url.includes("hush"))).toEqual([]);
  });
});

test("credentials that others could read are refused, and nothing is asked", async () => {
  const project = await freshProject({ sources: [corpEntry({ auth: "file:login" })] });
  const file = join(project.folder, "login");
  await writeFile(file, `robot:${secret}\n`);
  await chmod(file, 0o644);
  const before = corp.requests.length;
  const result = await project.airgo(["bundle"]);
  expect(result.stderr).toMatch(/error AIRGO_CREDENTIALS[^]*mode 0600[^]*mode 0644[^]*chmod 600/);
  expect(result.code).not.toBe(0);
  expect(corp.requests).toHaveLength(before);
  expect(await filesWith(project.folder, forms, ["login"])).toEqual([]);
});

testWhen(traces(), "a strace that may trace", "no program is started with the password", async () => {
  const project = await freshProject({ sources: [corpEntry({ auth: "file:login" })] });
  await writeFile(join(project.folder, "login"), `robot:${secret}\n`, { mode: 0o600 });
  const trace = join(scratch, "trace");
  await bundled(project, {
    through: ["strace", "-f", "--seccomp-bpf", "-v", "-s", "1000000", "-e", "trace=execve", "-o", trace],
  });
  const started = await readFile(trace, "utf8");
  expect(started).toMatch(/execve\([^\n]*install\.sh/);
  expect(started).toMatch(/execve\([^\n]*"GOPROXY=http/);
  expect(forms.filter((form) => started.includes(form))).toEqual([]);
});

/** True where a strace of this machine may look at processes. */
function traces(): boolean {
  try {
    execFileSync(findTool("strace") ?? "", ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}
