import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import type { RunEvent } from "../../src/pipeline/events.js";
import { makeProject, type AirgoResult, type TestProject } from "../support/airgo.js";
import {
  makeArchiveKey,
  standardWorld,
  startFakeUpstream,
  type FakeUpstream,
} from "../support/fake-upstream.js";

/*
 * Go from its official archives. Each test has a version of its own where it changes something about it: what is
 * published stays so.
 */

let upstream: FakeUpstream;
let project: TestProject;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
  for (const arch of ["amd64", "arm64"] as const) await upstream.addArchive({ version: "1.90.1", arch });
});
afterAll(() => upstream.close());

beforeEach(async () => {
  project = await makeProject(upstream);
  await writeFile(join(project.folder, "archives.asc"), await upstream.archiveKey());
});
afterEach(async () => {
  upstream.faults.clear();
  await project.close();
});

/** Writes a manifest whose Go comes from these sources. */
async function fromSources(
  go: readonly string[],
  range = "1.90.1",
  more: Readonly<Record<string, string>> = {},
) {
  const sources = {
    go,
    archiveKeys: "file:archives.asc",
    proxy: upstream.proxyUrl,
    sumdb: upstream.verifierKey,
    ...more,
  };
  await project.manifest(`  k:\n    go: ["${range}"]\n    modules: [app/go.mod]\n`, JSON.stringify(sources));
}

async function bundled(args: readonly string[] = [], env: Record<string, string> = {}): Promise<AirgoResult> {
  return project.airgo(["bundle", "--json", ...args], { env });
}

const texts = ({ events }: AirgoResult, type: "warning" | "note"): string[] =>
  events.flatMap((event: RunEvent) => (event.type === type ? [event.text] : []));

/** All but the one about the development key. */
const warnings = (result: AirgoResult): string[] =>
  texts(result, "warning")
    .filter((text) => !text.includes("development key"))
    .toSorted();

/** Runs a build that fails, and gives its error. */
async function refused(): Promise<{ code: number; error: string; what: string; where: string | undefined }> {
  const { code, events } = await bundled();
  const failed = events.find((event) => event.type === "failed");
  expect(await readdir(project.folder)).not.toContain("bundles.lock");
  return { code, error: failed?.code ?? "", what: failed?.what ?? "", where: failed?.where };
}

/** What tar shows of the kit's archive below a path. */
function inKit(folder: string, pattern: RegExp): Map<string, Buffer> {
  const archive = join(folder, `k-${folder.split("/").at(-1)}.tar`);
  const names = execFileSync("tar", ["-tf", archive], { encoding: "utf8" }).split("\n");
  const wanted = names.filter((name) => pattern.test(name));
  return new Map(
    wanted.map((name) => [
      name.replace(/^[^/]*\//, ""),
      execFileSync("tar", ["-xOf", archive, name], { maxBuffer: 1 << 30 }),
    ]),
  );
}

const lockOf = async (): Promise<{ toolchains: { source: string; file: { sha256: string } }[] }> =>
  JSON.parse(await readFile(join(project.folder, "bundles.lock"), "utf8")) as never;

describe("a kit from archives", () => {
  test("has the same trees as one from the toolchain module, and its lock pins the archives", async () => {
    await fromSources([upstream.downloadsUrl]);
    const result = await bundled();
    expect({ code: result.code, warnings: warnings(result) }).toEqual({ code: 0, warnings: [] });
    const fromArchives = inKit(await project.kit(), /entries\.tsv$|toolchains\.tsv$/);
    const archive = execFileSync("sha256sum", { input: await served("go1.90.1.linux-amd64.tar.gz") });
    const { toolchains } = await lockOf();
    expect(toolchains.map(({ source }) => source)).toEqual(["archive", "archive"]);
    expect(toolchains[0]?.file.sha256).toBe(archive.toString().slice(0, 64));

    await rm(join(project.folder, "bundles.lock"));
    await fromSources(["module"]);
    expect((await bundled()).code).toBe(0);
    expect((await lockOf()).toolchains.map(({ source }) => source)).toEqual(["module", "module"]);
    expect(inKit(await project.kit(), /entries\.tsv$|toolchains\.tsv$/)).toEqual(fromArchives);
  });

  test("is made again from its lock alone, byte for byte, by whoever has the archives", async () => {
    await fromSources([upstream.downloadsUrl]);
    expect((await bundled()).code).toBe(0);
    const kit = await project.kit();
    const sums = await readFile(join(kit, "SHA256SUMS"), "utf8");
    for (const name of ["kits", ".airgo", ".cache"])
      await rm(join(project.folder, name), { recursive: true });
    // The order of the sources is for choosing only.
    await fromSources(["module", upstream.downloadsUrl]);
    const before = upstream.requests.length;
    expect((await bundled(["--frozen"])).code).toBe(0);
    expect(archiveLine(await readFile(join(await project.kit(), "SHA256SUMS"), "utf8"))).toBe(
      archiveLine(sums),
    );
    const asked = upstream.requests.slice(before).map(({ url }) => url);
    expect(asked.filter((url) => url.startsWith("/dl/?"))).toEqual([]);
    expect(asked.filter((url) => url.includes("toolchain"))).toEqual([]);
  });

  test("comes from another mirror when one lacks the index, lacks the archive or has changed it", async () => {
    const mirror = (n: number): string => `${upstream.downloadsUrl}/mirror${n}`;
    await fromSources([mirror(1), mirror(2), mirror(3), upstream.downloadsUrl]);
    for (const name of ["amd64", "arm64"].map((arch) => `go1.90.1.linux-${arch}.tar.gz`)) {
      upstream.faults.add(new RegExp(`^/dl/mirror2/${name}$`), { kind: "html" });
      upstream.faults.add(new RegExp(`^/dl/mirror3/${name}$`), { kind: "serve", path: name });
      upstream.faults.add(new RegExp(`^/dl/mirror3/${name}$`), { kind: "flip", at: 100 });
    }
    upstream.faults.add(/^\/dl\/mirror2\/$/, { kind: "html" });
    const result = await bundled();
    expect(result.stderr).toBe("");
    expect(result.code).toBe(0);
    expect(texts(result, "note").filter((text) => text.includes("no index of Go's releases"))).toHaveLength(
      3,
    );
  });
});

test("a folder will do as well, with the index as a file", async () => {
  const folder = join(project.folder, "my archives");
  await mkdir(folder);
  const names = ["amd64", "arm64"].map((arch) => `go1.90.1.linux-${arch}.tar.gz`);
  for (const name of [...names, ...names.map((one) => `${one}.asc`)])
    await writeFile(join(folder, name), await served(name));
  await writeFile(join(folder, "index.json"), await served("?mode=json&include=all"));
  const before = upstream.requests.length;
  await fromSources([pathToFileURL(folder).href]);
  const result = await bundled();
  expect({ code: result.code, warnings: warnings(result) }).toEqual({ code: 0, warnings: [] });
  expect(upstream.requests.slice(before).filter(({ path }) => path.startsWith("/dl/"))).toEqual([]);
});

test("the fastest mirror is asked first where the manifest says so", async () => {
  const mirrors = [`${upstream.downloadsUrl}/mirror1`, upstream.downloadsUrl];
  await fromSources(mirrors, "1.90.1", { policy: "fastest" });
  const result = await bundled();
  expect(result.code).toBe(0);
  expect(texts(result, "note").join("\n")).toMatch(
    /archives of Go, the fastest first: http\S+ \(\d+ ms\), http/,
  );
});

test("an update that finds nothing new asks only whether the index has changed", async () => {
  await fromSources([upstream.downloadsUrl], "1.90.x");
  expect((await bundled()).code).toBe(0);
  const before = upstream.requests.length;
  const result = await bundled(["--update", "go"]);
  expect(result.code).toBe(0);
  const asked = upstream.requests.slice(before).filter(({ path }) => path.startsWith("/dl/"));
  expect(asked.map(({ url, method, status }) => `${method} ${status} ${url}`)).toEqual([
    "GET 304 /dl/?mode=json&include=all",
    "HEAD 200 /dl/go1.90.1.linux-amd64.tar.gz",
    "HEAD 200 /dl/go1.90.1.linux-arm64.tar.gz",
  ]);
});

test("an outage of the first source ends a run: another one may have an older Go only", async () => {
  await fromSources(["module", upstream.downloadsUrl], "1.90.x");
  upstream.faults.add(/golang\.org\/toolchain\/@v\/list$/, { kind: "status", status: 503 });
  expect(await refused()).toMatchObject({ code: 4, error: "AIRGO_UPSTREAM_STATUS" });
});

describe("a lock of archives", () => {
  test("is held to by the zip that is made of one, whatever a store holds under its name", async () => {
    await fromSources([upstream.downloadsUrl]);
    expect((await bundled()).code).toBe(0);
    const lockFile = join(project.folder, "bundles.lock");
    const lock = JSON.parse(await readFile(lockFile, "utf8")) as {
      toolchains: { zip: { sha256: string; size: number } }[];
    };
    // As if another compressor had made it.
    for (const one of lock.toolchains)
      one.zip.sha256 = one.zip.sha256.replace(/^./, (first) => (first === "0" ? "1" : "0"));
    await writeFile(lockFile, JSON.stringify(lock));
    const { code, events } = await bundled(["--frozen"]);
    expect(events.find((event) => event.type === "failed")).toMatchObject({
      code: "AIRGO_LOCK_DRIFT",
      what: expect.stringContaining("this airgo makes another zip of go1.90.1.linux-"),
    });
    expect(code).toBe(16);
  });

  test("tells which proxy to ask without asking what is newer", async () => {
    const files = { "go.env": `GOPROXY=${upstream.proxyUrl}\n` };
    const publish = async (version: string): Promise<void> => {
      for (const arch of ["amd64", "arm64"] as const) {
        upstream.addToolchain({ version, arch, files });
        await upstream.addArchive({ version, arch, files });
      }
    };
    await publish("1.92.0");
    const sumdb = `${upstream.verifierKey} ${upstream.proxyUrl}/sumdb/${upstream.sumdb}`;
    await fromSources([upstream.downloadsUrl], "1.92.x", { proxy: "env", sumdb });
    const env = { PATH: await pathWithoutGo(), GOPROXY: "" };
    expect((await bundled([], env)).code).toBe(0);
    await publish("1.92.1");
    for (const name of ["kits", ".airgo", ".cache"])
      await rm(join(project.folder, name), { recursive: true });
    const before = upstream.requests.length;
    expect((await bundled(["--frozen"], env)).code).toBe(0);
    const asked = upstream.requests.slice(before).map(({ url }) => url);
    expect(asked.filter((url) => /1\.92\.1|mode=json/.test(url))).toEqual([]);
  });
});

/** The programs of this machine but go. */
async function pathWithoutGo(): Promise<string> {
  const bin = join(project.folder, ".bin");
  await mkdir(bin);
  for (const folder of ["/usr/bin", "/bin", "/usr/sbin", "/sbin"])
    for (const name of await readdir(folder).catch(() => []))
      if (name !== "go") await symlink(join(folder, name), join(bin, name)).catch(() => undefined);
  return bin;
}

/** An index in which every size is a byte too large. */
function withLargerSizes(index: Buffer): Buffer {
  const text = index.toString("utf8");
  return Buffer.from(text.replaceAll(/("size": )(\d\d+)/g, (_, key, size) => `${key}${Number(size) + 1}`));
}

describe("what is refused", () => {
  test("an archive that is not the one of the index ends 8, and no kit is made", async () => {
    upstream.faults.add(/tar\.gz$/, { kind: "flip", at: -50 });
    await fromSources([upstream.downloadsUrl]);
    expect(await refused()).toMatchObject({
      code: 8,
      error: "AIRGO_CHECKSUM_MISMATCH",
      what: expect.stringContaining("is not the one that the index of releases (or the lock) names"),
    });
  });

  test("an archive and an index that agree with each other, and not with the checksum database", async () => {
    for (const arch of ["amd64", "arm64"] as const) {
      upstream.addToolchain({ version: "1.91.0", arch });
      await upstream.addArchive(
        { version: "1.91.0", arch },
        { changed: { "src/fmt/print.go": "package evil\n" } },
      );
    }
    await fromSources([upstream.downloadsUrl], "1.91.0");
    expect(await refused()).toMatchObject({
      code: 8,
      error: "AIRGO_CHECKSUM_MISMATCH",
      what: expect.stringContaining("and the checksum database do not agree on what it holds"),
    });
  });

  test("a signature by a known key that does not fit", async () => {
    upstream.faults.add(/amd64\.tar\.gz\.asc$/, { kind: "serve", path: "go1.90.1.linux-arm64.tar.gz.asc" });
    await fromSources([upstream.downloadsUrl]);
    expect(await refused()).toMatchObject({
      code: 8,
      error: "AIRGO_GO_ARCHIVE_INVALID",
      what: "the OpenPGP signature beside go1.90.1.linux-amd64.tar.gz is bad",
    });
  });

  test("an archive whose size in the index is not its own", async () => {
    await fromSources([upstream.downloadsUrl]);
    upstream.faults.add(/^\/dl\/$/, { kind: "rewrite", change: withLargerSizes });
    expect(await refused()).toMatchObject({ code: 8, error: "AIRGO_CHECKSUM_MISMATCH" });
  });

  test("a certification out of the signer's own public key, which is a signature by that key too", async () => {
    const { readKey, PacketList, Signature } = await import("openpgp");
    const key = await readKey({ armoredKey: await upstream.archiveKey() });
    const own = key.users[0]?.selfCertifications[0];
    if (own === undefined) throw new Error("a key certifies itself");
    const list = new PacketList<typeof own>();
    list.push(own);
    const armored = Buffer.from(new Signature(list).armor());
    upstream.faults.add(/\.asc$/, { kind: "rewrite", change: () => armored });
    await fromSources([upstream.downloadsUrl]);
    expect(await refused()).toMatchObject({ code: 8, error: "AIRGO_GO_ARCHIVE_INVALID" });
  });

  test("an archive with a link in it, though everything else about it is right", async () => {
    for (const arch of ["amd64", "arm64"] as const) {
      upstream.addToolchain({ version: "1.91.1", arch });
      await upstream.addArchive(
        { version: "1.91.1", arch },
        { extra: { "go/src/x": { linkTo: "/etc/passwd" } } },
      );
    }
    await fromSources([upstream.downloadsUrl], "1.91.1");
    expect(await refused()).toMatchObject({
      code: 8,
      error: "AIRGO_GO_ARCHIVE_INVALID",
      what: "not an official archive of Go: an entry is a symlink",
      where: "go/src/x",
    });
  });

  test("keys that are none end 32 and name the file", async () => {
    await writeFile(join(project.folder, "archives.asc"), "no key\n");
    await fromSources([upstream.downloadsUrl]);
    expect(await refused()).toMatchObject({
      code: 32,
      error: "AIRGO_KEY_UNREADABLE",
      where: expect.stringContaining("archives.asc"),
    });
  });

  test("a version that the checksum database does not know is passed over, as one of the module is", async () => {
    for (const arch of ["amd64", "arm64"] as const) await upstream.addArchive({ version: "1.90.7", arch });
    await fromSources([upstream.downloadsUrl], "1.90.x");
    const result = await bundled();
    expect(result.code).toBe(0);
    expect(texts(result, "note").join("\n")).toMatch(/passed over: .*go1\.90\.7/);
  });
});

describe("what is only told of", () => {
  test("an archive without a signature, and one by a key that is not known", async () => {
    const stranger = (await makeArchiveKey()).privateKey;
    for (const arch of ["amd64", "arm64"] as const) {
      upstream.addToolchain({ version: "1.91.2", arch });
      await upstream.addArchive({ version: "1.91.2", arch }, { signed: arch === "amd64" ? false : stranger });
    }
    await fromSources([upstream.downloadsUrl], "1.91.2");
    const result = await bundled();
    expect(result.code).toBe(0);
    expect(warnings(result)).toEqual([
      expect.stringContaining("go1.91.2.linux-amd64.tar.gz has no OpenPGP signature beside it"),
      expect.stringContaining("go1.91.2.linux-arm64.tar.gz is signed with an OpenPGP key that is not known"),
    ]);
  });
});

test("what one mirror says of a signature counts only where no other has a good one", async () => {
  const mirror = `${upstream.downloadsUrl}/mirror4`;
  await fromSources([mirror, upstream.downloadsUrl]);
  for (const arch of ["amd64", "arm64"]) {
    const asc = new RegExp(`^/dl/mirror4/go1\\.90\\.1\\.linux-${arch}\\.tar\\.gz\\.asc$`);
    const other = arch === "amd64" ? "arm64" : "amd64";
    // Junk of one, and a good signature over something else of the other.
    upstream.faults.add(asc, { kind: "serve", path: `go1.90.1.linux-${other}.tar.gz.asc` });
    if (arch === "amd64") upstream.faults.add(asc, { kind: "rewrite", change: () => Buffer.from("junk") });
  }
  const result = await bundled();
  expect(result.code).toBe(0);
  expect(warnings(result)).toEqual([expect.stringContaining("is passed over, since it served wrong bytes")]);
});

describe("the order of sources", () => {
  test("archives come in where the module proxy has no Go, and the log says why", async () => {
    upstream.faults.add(/golang\.org\/toolchain\/@v\/list$/, { kind: "status", status: 404 });
    await fromSources(["module", upstream.downloadsUrl]);
    const result = await bundled();
    expect(result.code).toBe(0);
    expect(texts(result, "note").join("\n")).toContain("no Go from the toolchain module: ");
    expect((await lockOf()).toolchains.map(({ source }) => source)).toEqual(["archive", "archive"]);
  });

  test("with no proxy and no go anywhere, the archive's go.env says which proxy to ask", async () => {
    const files = { "go.env": `# defaults\nGOPROXY=${upstream.proxyUrl},direct\nGOSUMDB=sum.golang.org\n` };
    for (const arch of ["amd64", "arm64"] as const) {
      upstream.addToolchain({ version: "1.91.3", arch, files });
      await upstream.addArchive({ version: "1.91.3", arch, files });
    }
    const sumdb = `${upstream.verifierKey} ${upstream.proxyUrl}/sumdb/${upstream.sumdb}`;
    await fromSources(["module", upstream.downloadsUrl], "1.91.3", { proxy: "env", sumdb });
    const result = await bundled([], { PATH: await pathWithoutGo(), GOPROXY: "" });
    expect(result.stderr).toBe("");
    expect(texts(result, "note").join("\n")).toContain(
      "the one in the go.env of go1.91.3 is asked, as go would",
    );
    expect(result.code).toBe(0);
  });
});

/** The bytes of an archive as the server has them. */
async function served(name: string): Promise<Buffer> {
  const { fetch: get } = globalThis;
  return Buffer.from(await (await get(`${upstream.downloadsUrl}/${name}`)).arrayBuffer());
}

/** The line of SHA256SUMS that names the kit's archive. */
function archiveLine(sums: string): string | undefined {
  return sums.split("\n").find((line) => line.endsWith(".tar"));
}
