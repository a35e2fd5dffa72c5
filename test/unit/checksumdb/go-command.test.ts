import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { afterAll, expect } from "@jest/globals";

import type { ModuleRecord } from "../../../src/checksumdb/record-book.js";
import { takeSnapshot } from "../../../src/checksumdb/snapshot.js";
import { createFakeChecksumDb, type FakeChecksumDb } from "../../support/fake-checksumdb.js";
import { hashOfGoMod, hashOfZip } from "../../support/fake-upstream.js";
import { makeZip, type ZipEntry } from "../../support/make-zip.js";
import { testIf } from "../../support/tools.js";
import { clientOf, headOf } from "./helpers.js";
import { makeGoHome } from "../../support/go-home.js";

/*
 * The go command is the judge of a snapshot: it must find all that it wants in one, under any head that a host may
 * have seen before, and refuse what is not in the log.
 */

const folders: string[] = [];
afterAll(async () => {
  // Whatever go has started may still write for a moment.
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const goMod = (path: string): string => `module ${path}\n\ngo 1.21\n`;

function entriesOf(path: string, text: string): ZipEntry[] {
  const prefix = `${path}@v1.0.0`;
  return [
    { name: `${prefix}/go.mod`, data: goMod(path) },
    { name: `${prefix}/tiny.go`, data: `package tiny\n\nconst Text = ${JSON.stringify(text)}\n` },
  ];
}

interface Host {
  readonly folder: string;
  /** Writes a file below the GOPROXY folder. */
  serve(path: string, data: string | Buffer): Promise<void>;
  /** Puts a tree head where the go command remembers the newest that it saw. */
  remember(note: string): Promise<void>;
  download(): Promise<{ readonly code: number; readonly output: string; readonly goSum: string }>;
}

async function write(file: string, data: string | Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, data);
}

/** A host without a network: an empty GOPATH, a project that requires these modules, an empty go.sum. */
async function createHost(db: FakeChecksumDb, modules: readonly string[]): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), "airgo-checksumdb-"));
  folders.push(folder);
  const serve = (path: string, data: string | Buffer): Promise<void> =>
    write(join(folder, "proxy", path), data);
  for (const path of modules) {
    await serve(`${path}/@v/v1.0.0.info`, `{"Version":"v1.0.0","Time":"2026-01-02T03:04:05Z"}`);
    await serve(`${path}/@v/v1.0.0.mod`, goMod(path));
    await serve(`${path}/@v/v1.0.0.zip`, makeZip(entriesOf(path, "true")));
  }
  const requires = modules.map((path) => `require ${path} v1.0.0\n`).join("");
  const goSum = join(folder, "project", "go.sum");
  await write(join(folder, "project", "go.mod"), `module project.example/p\n\ngo 1.21\n\n${requires}`);
  await write(goSum, "");
  makeGoHome(join(folder, "home"));
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: join(folder, "home"),
    GOPATH: join(folder, "gopath"),
    GOCACHE: join(folder, "gocache"),
    GOENV: "off",
    GOPROXY: `file://${folder}/proxy`,
    GOSUMDB: db.verifierKey,
    GOFLAGS: "-mod=mod -modcacherw",
    GOTOOLCHAIN: "local",
    GOTELEMETRY: "off",
  };
  return {
    folder,
    serve,
    remember: (note) => write(join(folder, "gopath/pkg/sumdb", db.name, "latest"), note),
    async download() {
      const options = { cwd: join(folder, "project"), env };
      // Without `all` the command would check the sums and not write them.
      const result = await promisify(execFile)("go", ["mod", "download", "all"], options).then(
        ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
        (error: { code: number; stdout: string; stderr: string }) => ({
          code: error.code,
          output: error.stdout + error.stderr,
        }),
      );
      return { ...result, goSum: await readFile(goSum, "utf8") };
    },
  };
}

const modules = ["example.com/tiny", "example.com/Small", "example.com/last"];

/** A log that has the modules far apart, so that their proofs share little. */
function createLog(): { db: FakeChecksumDb; records: ModuleRecord[] } {
  const db = createFakeChecksumDb("sum.example.com", { lookupHead: (id) => id + 1 });
  const records = modules.map((path, i) => {
    db.growTo([7, 299, 66_000][i] ?? 0);
    const [h1, goModH1] = [hashOfZip(entriesOf(path, "true")), hashOfGoMod(goMod(path))];
    return { path, version: "v1.0.0", h1, goModH1, id: db.add(path, "v1.0.0", h1, goModH1) };
  });
  db.growTo(66_100);
  return { db, records };
}

const { db, records } = createLog();

async function serveSnapshot(host: Host, earlier: readonly number[] = []): Promise<void> {
  const snapshot = await takeSnapshot({ client: clientOf(db), head: headOf(db), records, earlier });
  for (const [path, data] of snapshot.files) await host.serve(`sumdb/${db.name}/${path}`, data);
}

async function escapedHost(): Promise<Host> {
  const host = await createHost(db, modules);
  await host.serve("example.com/!small/@v/v1.0.0.info", `{"Version":"v1.0.0"}`);
  await host.serve("example.com/!small/@v/v1.0.0.mod", goMod("example.com/Small"));
  await host.serve("example.com/!small/@v/v1.0.0.zip", makeZip(entriesOf("example.com/Small", "true")));
  return host;
}

testIf("go", "the go command verifies every module against a snapshot, with an empty go.sum", async () => {
  const host = await escapedHost();
  await serveSnapshot(host);
  const { code, output, goSum } = await host.download();
  expect({ code, output }).toEqual({ code: 0, output: "" });
  for (const { path, version, h1, goModH1 } of records) {
    expect(goSum).toContain(`${path} ${version} ${h1}\n${path} ${version}/go.mod ${goModH1}\n`);
  }
});

testIf("go", "a host that saw an earlier head needs the tiles for that head, and they suffice", async () => {
  for (const size of [33_000, 66_050]) {
    const bare = await escapedHost();
    await serveSnapshot(bare);
    await bare.remember(db.headAt(size));
    expect((await bare.download()).output).toMatch(/checking tree#\d+.*(no such file|not found)/s);

    const carried = await escapedHost();
    await serveSnapshot(carried, [size]);
    await carried.remember(db.headAt(size));
    expect(await carried.download()).toEqual(expect.objectContaining({ code: 0 }));
  }
});

testIf("go", "a host that saw this very head, or none of several, works too", async () => {
  const host = await escapedHost();
  await serveSnapshot(host, [1, 300, db.size]);
  await host.remember(db.headAt(db.size));
  expect(await host.download()).toEqual(expect.objectContaining({ code: 0 }));
});

testIf("go", "the go command refuses a zip that the log does not know", async () => {
  const host = await escapedHost();
  await serveSnapshot(host);
  await host.serve("example.com/tiny/@v/v1.0.0.zip", makeZip(entriesOf("example.com/tiny", "forged")));
  const { code, output } = await host.download();
  expect(code).not.toBe(0);
  expect(output).toContain("SECURITY ERROR");
});

testIf("go", "the go command reports a fork between the head it saw and the snapshot", async () => {
  const host = await escapedHost();
  await serveSnapshot(host, [300]);
  await host.remember(db.headAt(300, { fork: true }));
  const { code, output } = await host.download();
  expect(code).not.toBe(0);
  expect(output).toMatch(/SECURITY ERROR|inconsistent tile/);
});
