import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import { makeProject, type AirgoResult, type TestProject } from "../support/airgo.js";
import {
  goSumFor,
  standardWorld,
  startFakeUpstream,
  type FakeUpstream,
  type SumEntry,
} from "../support/fake-upstream.js";
import { makeZip } from "../support/make-zip.js";

let upstream: FakeUpstream;
const projects: TestProject[] = [];

const chain = "services/api/go.mod → example.com/lib@v1.0.0 → example.com/deep@v0.5.0";
const sums: readonly SumEntry[] = [
  { path: "example.com/deep", version: "v0.5.0" },
  { path: "example.com/lib", version: "v1.0.0" },
];
const apiKit = '  k:\n    go: ["1.90.x"]\n    modules: [services/api/go.mod]\n';
const deepPrefix = "example.com/deep@v0.5.0/";
const deepZip = /\/deep\/@v\/v0\.5\.0\.zip$/;
const deepMod = /\/deep\/@v\/v0\.5\.0\.mod$/;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
  upstream.addModule({
    path: "example.com/lib",
    version: "v1.0.0",
    goMod: "module example.com/lib\n\ngo 1.21\n\nrequire example.com/deep v0.5.0\n",
    files: { "lib.go": 'package lib\n\nimport _ "example.com/deep"\n' },
  });
  for (const version of ["v0.3.0", "v0.4.0", "v0.5.0", "v0.6.0"]) {
    const goMod = "module example.com/deep\n\ngo 1.21\n";
    upstream.addModule({ path: "example.com/deep", version, goMod, files: { "deep.go": "package deep\n" } });
  }
});
afterEach(async () => {
  upstream.faults.clear();
  for (const project of projects.splice(0)) await project.close();
});
afterAll(() => upstream.close());

/** A project whose one go.mod requires example.com/lib, and that example.com/deep. */
async function makeApi(): Promise<TestProject> {
  const project = await makeProject(upstream);
  projects.push(project);
  const folder = join(project.folder, "services", "api");
  await mkdir(folder, { recursive: true });
  // From before go 1.17, so that it need not name what its requirements require.
  const goMod = "module example.com/api\n\ngo 1.16\n\nrequire example.com/lib v1.0.0\n";
  await writeFile(join(folder, "go.mod"), goMod);
  await writeFile(join(folder, "go.sum"), goSumFor(upstream, sums));
  await writeFile(join(folder, "api.go"), 'package api\n\nimport _ "example.com/lib"\n');
  await project.manifest(apiKit);
  return project;
}

function expectTold(result: AirgoResult, exit: number, code: string, ...texts: readonly string[]): void {
  expect(result.stderr).toContain(`error ${code}`);
  for (const text of texts) expect(result.stderr).toContain(text);
  expect(result.stderr).toContain("what next");
  expect(result.code).toBe(exit);
}

/** Replaces the hash of a line of the project's go.sum. */
async function spoilGoSum(project: TestProject, line: string): Promise<void> {
  const file = join(project.folder, "services", "api", "go.sum");
  const text = await readFile(file, "utf8");
  const other = `h1:${Buffer.alloc(32, 1).toString("base64")}`;
  const spoilt = text
    .split("\n")
    .map((one) => (one.startsWith(`${line} `) ? `${line} ${other}` : one))
    .join("\n");
  expect(spoilt).not.toBe(text);
  await writeFile(file, spoilt);
}

/** A zip of example.com/deep that says in its directory that its file has this many bytes. */
function declaring(size: number): Buffer {
  const zip = makeZip([{ name: `${deepPrefix}deep.go`, data: "package deep\n" }]);
  zip.writeUInt32LE(size, zip.indexOf("PK\u0001\u0002") + 24);
  return zip;
}

interface Case {
  readonly name: string;
  readonly spoil: (project: TestProject) => unknown;
  readonly exit: 4 | 8;
  readonly code: string;
  /** What is told besides the chain and what to do. */
  readonly texts: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: "a module that no proxy knows",
    spoil: () => upstream.faults.add(/\/example\.com\/deep\//, { kind: "status", status: 404 }),
    exit: 4,
    code: "AIRGO_MODULE_NOT_FOUND",
    texts: ["no module proxy knows example.com/deep@v0.5.0", "sources.private"],
  },
  {
    name: "an unknown revision",
    spoil() {
      upstream.faults.add(/deep\/@v\/v0\.5\.0\./, { kind: "status", status: 404 });
      upstream.faults.add(/deep\/@v\/list$/, {
        kind: "rewrite",
        change: (body) => Buffer.from(body.toString().replace("v0.5.0\n", "")),
      });
    },
    exit: 4,
    code: "AIRGO_VERSION_NOT_FOUND",
    texts: ["do not have v0.5.0", "a version that is listed: v0.6.0, v0.4.0, v0.3.0", "require a version"],
  },
  {
    name: "a version that vanished upstream",
    spoil: () => upstream.faults.add(/deep\/@v\/v0\.5\.0\./, { kind: "status", status: 410 }),
    exit: 4,
    code: "AIRGO_MODULE_GONE",
    texts: ["HTTP status 410", "store"],
  },
  {
    name: "a zip alone that vanished upstream",
    spoil: () => upstream.faults.add(deepZip, { kind: "status", status: 410 }),
    exit: 4,
    code: "AIRGO_MODULE_GONE",
    texts: ["HTTP status 410"],
  },
  {
    name: "a proxy that refuses access",
    spoil: () => upstream.faults.add(deepZip, { kind: "status", status: 403 }),
    exit: 4,
    code: "AIRGO_UPSTREAM_DENIED",
    texts: ["/example.com/deep/@v/v0.5.0.zip"],
  },
  {
    name: "a web page in place of a zip",
    spoil: () => upstream.faults.add(deepZip, { kind: "html" }),
    exit: 4,
    code: "AIRGO_NOT_A_ZIP",
    texts: ["a web page: <!doctype html><title>Sign in</title>", "GOPROXY"],
  },
  {
    name: "JSON in place of a zip",
    spoil: () =>
      upstream.faults.add(deepZip, { kind: "rewrite", change: () => Buffer.from('{"error":"quota"}') }),
    exit: 4,
    code: "AIRGO_NOT_A_ZIP",
    texts: ['JSON: {"error":"quota"}'],
  },
  {
    name: "a go.sum that disagrees with the checksum database",
    spoil: (project) => spoilGoSum(project, "example.com/deep v0.5.0"),
    exit: 8,
    code: "AIRGO_GOSUM_MISMATCH",
    texts: ["services/api/go.sum", "(the checksum database)", "go mod verify"],
  },
  {
    name: "a go.sum that disagrees with what the proxy of a private module serves",
    async spoil(project) {
      const { proxyUrl: proxy, verifierKey: sumdb } = upstream;
      const sources = { proxy, sumdb, private: [{ match: ["example.com/deep"], proxy }] };
      await project.manifest(apiKit, JSON.stringify(sources));
      await spoilGoSum(project, "example.com/deep v0.5.0");
    },
    exit: 8,
    code: "AIRGO_GOSUM_MISMATCH",
    texts: ["services/api/go.sum", "the private proxy (or bundles.lock)"],
  },
  {
    name: "a go.sum that disagrees with the proxy",
    spoil: () =>
      upstream.faults.add(deepMod, {
        kind: "rewrite",
        change: (body) => Buffer.concat([body, Buffer.from("// x\n")]),
      }),
    exit: 8,
    code: "AIRGO_GOSUM_MISMATCH",
    texts: ["services/api/go.sum", "(the module proxy)", "go mod verify"],
  },
  {
    name: "a proxy that disagrees with the checksum database",
    spoil: () => upstream.faults.add(deepZip, { kind: "tamper" }),
    exit: 8,
    code: "AIRGO_CHECKSUM_MISMATCH",
    texts: ["the zip of example.com/deep@v0.5.0", "checksum database"],
  },
  {
    name: "a zip bomb",
    spoil: () => upstream.faults.add(deepZip, { kind: "rewrite", change: () => declaring(600 << 20) }),
    exit: 8,
    code: "AIRGO_ZIP_TOO_LARGE",
    texts: [`at most ${500 << 20} bytes`, `${600 << 20} bytes`],
  },
  {
    name: "a zip with a name that leads out of it",
    spoil: () =>
      upstream.faults.add(deepZip, {
        kind: "rewrite",
        change: () => makeZip([{ name: `${deepPrefix}../../../evil.go`, data: "package evil\n" }]),
      }),
    exit: 8,
    code: "AIRGO_ZIP_UNSAFE",
    texts: ["evil.go"],
  },
];

describe("what is wrong with a module is told with the module, who requires it, and what to do", () => {
  for (const { name, spoil, exit, code, texts } of cases) {
    test(`${name}: ${code}`, async () => {
      const project = await makeApi();
      await spoil(project);
      expectTold(await project.airgo(["bundle"]), exit, code, `required by ${chain}`, ...texts);
      expect(await readdir(project.folder)).not.toContain("bundles.lock");
    });
  }

  test("also when a lock holds, and the store has nothing yet", async () => {
    const project = await makeApi();
    expect((await project.airgo(["bundle"])).code).toBe(0);
    for (const name of [".cache", "kits", ".airgo"])
      await rm(join(project.folder, name), { recursive: true });
    upstream.faults.add(deepZip, { kind: "status", status: 410 });
    const result = await project.airgo(["bundle", "--frozen"]);
    expectTold(result, 4, "AIRGO_MODULE_GONE", `required by ${chain}`);
  });

  test("programs get it too", async () => {
    const project = await makeApi();
    upstream.faults.add(deepZip, { kind: "status", status: 410 });
    const { events } = await project.airgo(["bundle", "--json"]);
    expect(events.find(({ type }) => type === "failed")).toMatchObject({
      code: "AIRGO_MODULE_GONE",
      where: `example.com/deep@v0.5.0\nrequired by ${chain}`,
    });
  });
});

test("of a version that the manifest names itself the chain begins there", async () => {
  const project = await makeApi();
  await project.manifest(`  k:\n    go: ["1.90.x"]\n    modules: [example.com/lib@v1.0.0]\n`);
  upstream.faults.add(deepZip, { kind: "status", status: 410 });
  const told = "required by the manifest → example.com/lib@v1.0.0 → example.com/deep@v0.5.0";
  expectTold(await project.airgo(["bundle"]), 4, "AIRGO_MODULE_GONE", told);
});

test("in a workspace the chain begins with the member, and follows what is replaced", async () => {
  const project = await makeApi();
  const folder = join(project.folder, "services");
  await writeFile(join(folder, "go.work"), "go 1.21\n\nuse ./api\n\nreplace example.com/lib => ./lib\n");
  await mkdir(join(folder, "lib"));
  const goMod = "module example.com/lib\n\ngo 1.21\n\nrequire example.com/deep v0.6.0\n";
  await writeFile(join(folder, "lib", "go.mod"), goMod);
  await writeFile(join(folder, "lib", "lib.go"), "package lib\n");
  await project.manifest(`  k:\n    go: ["1.90.x"]\n    modules: [services/go.work]\n`);
  upstream.faults.add(/deep\/@v\/v0\.6\.0\./, { kind: "status", status: 410 });
  expectTold(
    await project.airgo(["bundle"]),
    4,
    "AIRGO_MODULE_GONE",
    "required by services/api/go.mod → example.com/lib@v1.0.0 (replaced by ./lib) → example.com/deep@v0.6.0",
  );
});

/** The same with a further line in its go.sum, of a go.mod that the upstream answers with this status. */
async function makeWithOldLine(status: number): Promise<TestProject> {
  const project = await makeApi();
  const old = { path: "example.com/deep", version: "v0.3.0", zip: false };
  await writeFile(join(project.folder, "services", "api", "go.sum"), goSumFor(upstream, [...sums, old]));
  upstream.faults.add(/deep\/@v\/v0\.3\.0\./, { kind: "status", status });
  return project;
}

describe("of a version that only a go.sum names, and nothing needs", () => {
  test.each([404, 410])("the kit does without when it is gone (%d), and says so", async (status) => {
    const project = await makeWithOldLine(status);
    const result = await project.airgo(["bundle"]);
    expect(result.stderr).toMatch(/go\.sum names example\.com\/deep@v0\.3\.0, which is gone .* left out/);
    expect(result.code).toBe(0);
  });

  test("a failure that is no answer is told with the go.sum", async () => {
    const project = await makeWithOldLine(403);
    const told = "required by services/api/go.sum → example.com/deep@v0.3.0";
    expectTold(await project.airgo(["bundle"]), 4, "AIRGO_UPSTREAM_DENIED", told);
  });
});
