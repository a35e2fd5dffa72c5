import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { goModHash, hash1 } from "../../../src/modules/dirhash.js";
import { sha256Hex } from "../../../src/support/digest.js";
import {
  findRealGo,
  forgeRecord,
  goSumFor,
  halfReleasedGoVersion,
  hashOfGoMod,
  hashOfZip,
  projectSums,
  spoilSignatures,
  standardGoVersions,
  standardWorld,
  startFakeUpstream,
  swapRecord,
  tamperTiles,
  withoutSumdb,
  writeProject,
  type FakeUpstream,
} from "../../support/fake-upstream.js";
import { makeGoHome } from "../../support/go-home.js";

const run = promisify(execFile);
const realGo = findRealGo();
const testWithGo = realGo === undefined ? test.skip : test;

let upstream: FakeUpstream;
let folder: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
});
afterAll(() => upstream.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "airgo-fake-"));
  makeGoHome(folder);
});
afterEach(async () => {
  upstream.faults.clear();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the machine's Go in the project, with nothing of the machine's own setting, caches or network. */
async function go(...args: string[]): Promise<string> {
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    GOPATH: join(folder, "gopath"),
    GOCACHE: realGo?.gocache,
    GOPROXY: upstream.proxyUrl,
    GOSUMDB: upstream.verifierKey,
    GOTOOLCHAIN: "local",
    GOFLAGS: "-modcacherw",
    CGO_ENABLED: "0",
  };
  const { stdout } = await run(realGo?.go ?? "go", args, { cwd: join(folder, "app"), env });
  return stdout;
}

describe("the real go command, with an empty go.sum and the fake's checksum database", () => {
  testWithGo("downloads, tidies, tests and runs, and writes the go.sum that goSumFor gives", async () => {
    await writeProject(join(folder, "app"));
    await go("mod", "download", "all");
    expect(await go("mod", "tidy", "-diff").catch((error: unknown) => error)).toMatchObject({ code: 1 });
    await go("mod", "tidy");
    const expected = goSumFor(upstream, projectSums);
    expect(await readFile(join(folder, "app", "go.sum"), "utf8")).toBe(expected);
    expect(await go("mod", "tidy", "-diff")).toBe("");
    await go("vet", "./...");
    await go("test", "./...");
    expect(await go("run", ".")).toContain("Hello, world 2012");
    expect(upstream.requests.some(({ path }) => path.includes("/sumdb/sum.example.com/tile/"))).toBe(true);
  });

  testWithGo("needs nothing but the go.sum of writeProject, which is tidy", async () => {
    await writeProject(join(folder, "app"), upstream);
    expect(await go("mod", "tidy", "-diff")).toBe("");
    await go("mod", "verify");
  });

  testWithGo("sees a graph in which scopes differ", async () => {
    await writeProject(join(folder, "app"), upstream);
    upstream.requests.length = 0;
    expect((await go("list", "-m", "all")).trim().split("\n")).toEqual([
      "example.com/app",
      "example.com/Upper v1.1.0-RC1",
      "example.com/check v1.0.0",
      "example.com/deepcheck v0.1.0",
      "example.com/greet v1.2.0",
      "example.com/greet/v2 v2.0.1",
      "example.com/hello v1.0.0",
      "example.com/legacy v2.0.0+incompatible",
      "example.com/untagged v0.0.0-20240102030405-abcdef123456",
      "example.com/unused v0.3.0",
      "example.com/words v1.1.0",
    ]);
    const asked = upstream.requests.map(({ path }) => path);
    expect(asked).toContain("/go/example.com/words/@v/v1.0.0.mod");
    expect(asked.filter((path) => path.endsWith(".zip"))).toEqual([]);
    const built = await go("list", "-deps", "-test", "-f", "{{with .Module}}{{.Path}}{{end}}", "./...");
    expect(built).toContain("example.com/check");
    expect(built).not.toMatch(/deepcheck|unused/);
  });

  testWithGo("finds versions and the latest one", async () => {
    await writeProject(join(folder, "app"), upstream);
    expect(await go("list", "-m", "-versions", "example.com/hello")).toContain("v1.0.0 v1.1.0");
    expect(await go("list", "-m", "example.com/untagged@latest")).toContain("v0.0.0-20240102030405");
    expect(await go("list", "-m", "example.com/legacy@latest")).toContain("v2.0.0+incompatible");
  });

  testWithGo("gets toolchains, checked against the database", async () => {
    await writeProject(join(folder, "app"));
    const found = await go("mod", "download", "-json", "golang.org/toolchain@v0.0.1-go1.90.1.linux-arm64");
    const { h1 } = upstream.hashes("golang.org/toolchain", "v0.0.1-go1.90.1.linux-arm64");
    expect(JSON.parse(found)).toMatchObject({ Sum: h1 });
  });

  const zip = /hello\/@v\/v1\.0\.0\.zip$/;
  const cases: [name: string, set: () => void, message: RegExp][] = [
    [
      "a tampered zip",
      () => upstream.faults.add(zip, { kind: "tamper" }),
      /SECURITY ERROR|checksum mismatch/,
    ],
    ["a zip with a wrong byte", () => upstream.faults.add(zip, { kind: "flip", at: 70 }), /hello@v1\.0\.0/],
    ["tampered tiles", () => tamperTiles(upstream.faults), /downloaded inconsistent tile|SECURITY/],
    ["bad signatures", () => spoilSignatures(upstream.faults), /invalid signature/],
    [
      "a forged record",
      () => forgeRecord(upstream.faults, "example.com/hello", "v1.0.0"),
      /SECURITY|invalid|record/,
    ],
    [
      "another module's record",
      () =>
        swapRecord(upstream.faults, "example.com/hello", "v1.0.0", {
          database: upstream.sumdb,
          key: "example.com/words@v1.1.0",
        }),
      /hello@v1\.0\.0/,
    ],
    ["no checksum database", () => withoutSumdb(upstream.faults), /sum\.example\.com/],
  ];
  for (const [name, set, message] of cases) {
    testWithGo(`refuses ${name}`, async () => {
      await writeProject(join(folder, "app"));
      set();
      await expect(go("mod", "download", "example.com/hello@v1.0.0")).rejects.toThrow(message);
    });
  }

  testWithGo("accepts a zip that was packed anew", async () => {
    await writeProject(join(folder, "app"));
    upstream.faults.add(zip, { kind: "repack" });
    const { h1 } = upstream.hashes("example.com/hello", "v1.0.0");
    expect(await go("mod", "download", "-json", "example.com/hello@v1.0.0")).toContain(h1);
  });
});

describe("faked toolchains", () => {
  testWithGo("know their version, and have the machine's Go do the work", async () => {
    await writeProject(join(folder, "app"), upstream);
    const toolchain = "golang.org/toolchain@v0.0.1-go1.90.0.linux-amd64";
    await go("mod", "download", toolchain);
    const script = join(folder, "gopath", "pkg", "mod", toolchain, "bin", "go");
    const env = { ...process.env, GOPROXY: "off", GOFLAGS: "", GOROOT: "/nowhere" };
    const fake = async (...args: string[]) =>
      (await run("/bin/sh", [script, ...args], { cwd: join(folder, "app"), env })).stdout;
    expect(await fake("version")).toBe("go version go1.90.0 linux/amd64\n");
    expect(await fake("env", "GOVERSION")).toBe("go1.90.0\n");
    expect(await fake("list", "-m")).toBe("example.com/app\n");
  });

  test("are listed as the architectures have them, and one answers 403", async () => {
    const base = `${upstream.proxyUrl}/golang.org/toolchain/@v`;
    const list = await (await fetch(`${base}/list`)).text();
    const both = standardGoVersions.flatMap((version) => [
      `${version}.linux-amd64`,
      `${version}.linux-arm64`,
    ]);
    const expected = [...both, `${halfReleasedGoVersion}.linux-amd64`].map((name) => `v0.0.1-go${name}`);
    expect(list.trim().split("\n").sort()).toEqual(expected.sort());
    const status = async (name: string) =>
      (await fetch(`${base}/v0.0.1-go${halfReleasedGoVersion}.${name}`)).status;
    expect(await status("linux-amd64.zip")).toBe(200);
    expect(await status("linux-arm64.zip")).toBe(403);
    expect(await status("linux-arm64.mod")).toBe(403);
  });
});

test("the fake's own hashes are those of src/modules", () => {
  const files = [
    { name: "m@v1/b", data: "1" },
    { name: "m@v1/a\u{1f600}", data: "" },
    { name: "m@v1/a\uff5e", data: "2" },
  ];
  expect(hashOfZip(files)).toBe(hash1(files.map(({ name, data }) => ({ name, sha256Hex: sha256Hex(data) }))));
  expect(hashOfGoMod("module m\n")).toBe(goModHash(Buffer.from("module m\n")));
});
