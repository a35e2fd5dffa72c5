import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { makeProject, removeTree, standardKit, type TestProject } from "../support/airgo.js";
import { testIf } from "../support/tools.js";

/** A project that was built from a server, and one that is built from folders. */
let project: TestProject;
let other: TestProject;
let tree: string;

beforeAll(async () => {
  project = await makeProject();
  expect((await project.airgo(["bundle"])).code).toBe(0);
  other = await makeProject(project.upstream);
  tree = join(other.folder, "a mirror");
  await mirror(tree);
});
afterAll(async () => {
  await other.close();
  await project.close();
});

/** Copies all that was asked for, and answered, to a folder: a mirror in the layout of a module proxy. */
async function mirror(folder: string): Promise<void> {
  const { requests, proxyUrl } = project.upstream;
  const { origin, pathname } = new URL(proxyUrl);
  const served = requests.filter(({ status, method }) => status === 200 && method !== "OPTIONS");
  for (const path of new Set(served.map((request) => request.path))) {
    const file = join(folder, decodeURIComponent(path.slice(pathname.length)));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, Buffer.from(await (await fetch(`${origin}${path}`)).arrayBuffer()));
  }
}

const addressOf = (folder: string): string => `file://${encodeURI(folder)}`;
const sumdb = (): string => project.upstream.verifierKey;
const lockOf = ({ folder }: TestProject): Promise<string> => readFile(join(folder, "bundles.lock"), "utf8");

async function startAnew(): Promise<void> {
  for (const place of [".cache", "kits", "bundles.lock"]) await removeTree(join(other.folder, place));
  await rm(join(other.folder, "bundles.lock"), { force: true });
  project.upstream.requests.length = 0;
}

test("a folder is all that a kit needs: toolchains, modules and the checksum database, and no server is asked", async () => {
  await startAnew();
  await other.manifest(standardKit, `{ proxy: "${addressOf(tree)}", sumdb: "${sumdb()}" }`);
  const result = await other.airgo(["bundle", "--json"]);
  expect(result.events.filter(({ type }) => type === "failed")).toEqual([]);
  expect(result.code).toBe(0);
  expect(project.upstream.requests).toEqual([]);
  expect(await lockOf(other)).toBe(await lockOf(project));
  expect((await other.kit()).split("/").at(-1)).toBe((await project.kit()).split("/").at(-1));
});

test("GOPROXY may name it too", async () => {
  await startAnew();
  await other.manifest(standardKit, `{ sumdb: "${sumdb()}" }`);
  const result = await other.airgo(["bundle"], { env: { GOPROXY: `${addressOf(tree)},off` } });
  expect(result.code).toBe(0);
  expect(project.upstream.requests).toEqual([]);
});

test("wrong bytes in a folder end the run with 8, like those of a server", async () => {
  await startAnew();
  const zip = join(tree, "example.com/greet/@v/v1.2.0.zip");
  const kept = await readFile(zip);
  await cp(join(tree, "example.com/words/@v/v1.1.0.zip"), zip);
  await other.manifest(standardKit, `{ proxy: "${addressOf(tree)}", sumdb: "${sumdb()}" }`);
  const result = await other.airgo(["bundle"]);
  await writeFile(zip, kept);
  expect(result.code).toBe(8);
});

testIf("go", "what `go mod download` leaves in its cache is such a folder", async () => {
  await startAnew();
  const { proxyUrl } = project.upstream;
  const cache = join(other.folder, "modcache");
  // It adds to go.sum, which the lock knows.
  const copy = join(other.folder, "copy");
  await cp(join(other.folder, "app"), copy, { recursive: true });
  const toolchains = ["amd64", "arm64"].map((arch) => `golang.org/toolchain@v0.0.1-go1.90.1.linux-${arch}`);
  for (const wanted of [["all"], toolchains]) {
    // Not the synchronous one: the upstream answers from this very process.
    await promisify(execFile)("go", ["mod", "download", ...wanted], {
      cwd: copy,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: join(other.folder, ".home"),
        GOMODCACHE: cache,
        GOPROXY: proxyUrl,
        GOSUMDB: sumdb(),
        GOTOOLCHAIN: "local",
      },
    });
  }
  project.upstream.requests.length = 0;
  // Such a cache does not mirror the checksum database: that is asked itself.
  const database = `${sumdb()} ${proxyUrl}/sumdb/${project.upstream.sumdb}`;
  const proxy = `${addressOf(join(cache, "cache", "download"))},off`;
  await other.manifest(standardKit, `{ proxy: "${proxy}", sumdb: "${database}" }`);
  const result = await other.airgo(["bundle", "--json"]);
  expect(result.events.filter(({ type }) => type === "failed")).toEqual([]);
  expect(result.code).toBe(0);
  expect(await lockOf(other)).toBe(await lockOf(project));
  expect(project.upstream.requests.filter(({ path }) => !path.includes("/sumdb/"))).toEqual([]);
});
