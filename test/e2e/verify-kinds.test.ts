import { readFileSync, writeFileSync } from "node:fs";
import { getHashes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { sha256Hex } from "../../src/support/digest.js";
import { makeProject, standardKit, type TestProject } from "../support/airgo.js";
import {
  goSumFor,
  privateSums,
  privateWorld,
  publicNeighbours,
  standardWorld,
  startFakeUpstream,
  writePrivateProject,
  type FakeUpstream,
} from "../support/fake-upstream.js";
import { copyOf, insiderPem, lockOf, readKit, retell, writeKit } from "../support/forged-kit.js";
import { scratchFolder } from "../support/scratch.js";
import { testWhen } from "../support/tools.js";
import { flipped, newSigner } from "../support/new-signer.js";
import { createVerifier, judgeBy, type Verifier } from "../support/verify-here.js";

/*
 * Kits of every kind that airgo makes are verified, whatever is in them.
 */

const scratch = scratchFolder("verify-kinds");
const arch = process.arch === "arm64" ? "arm64" : "amd64";
let upstream: FakeUpstream;
let verifier: Verifier;
const projects: TestProject[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
  publicNeighbours(upstream);
  verifier = createVerifier(insiderPem);
});
afterAll(async () => {
  await verifier.close();
  for (const project of projects) await project.close();
  await upstream.close();
});

async function project(): Promise<TestProject> {
  const made = await makeProject(upstream);
  projects.push(made);
  return made;
}

async function bundle(made: TestProject, ...args: readonly string[]): Promise<string> {
  const result = await made.airgo(["bundle", ...args]);
  expect(result.stderr).not.toContain("error");
  expect(result.code).toBe(0);
  return made.kit();
}

async function verified(folder: string) {
  const pem = readFileSync(join(folder, "dev.pub.pem"), "utf8");
  const trust = { judge: judgeBy(pem), require: () => undefined, expectSha256: undefined };
  const found = await verifier.verify(folder, { trust });
  expect(found.error).toBeUndefined();
  return found;
}

test.each([
  ["one architecture", `  k: { go: ["1.90.x"], arch: [${arch}], modules: [app/go.mod] }\n`],
  ["several versions of Go", `  k: { go: ["1.90.x", "1.89.x"], modules: [app/go.mod] }\n`],
  ["no module", `  k: { go: ["1.90.x"] }\n`],
  ["a module with its version", `  k: { go: ["1.90.x"], modules: [example.com/hello@v1.0.0] }\n`],
  ["all that the graph has", `  k: { go: ["1.90.x"], modules: [{ path: app/go.mod, scope: all }] }\n`],
])("a kit of %s", async (_what, kits) => {
  const made = await project();
  await made.manifest(kits);
  await verified(await bundle(made));
});

test("a kit whose Go comes from official archives", async () => {
  for (const arch of ["amd64", "arm64"] as const) await upstream.addArchive({ version: "1.90.1", arch });
  const made = await project();
  await writeFile(join(made.folder, "archives.asc"), await upstream.archiveKey());
  await made.manifest(
    standardKit,
    JSON.stringify({
      go: [upstream.downloadsUrl],
      archiveKeys: "file:archives.asc",
      proxy: upstream.proxyUrl,
      sumdb: upstream.verifierKey,
    }),
  );
  const folder = await bundle(made);
  expect(lockOf(await readKit(folder)).toolchains.map(({ source }) => source)).toEqual([
    "archive",
    "archive",
  ]);
  await verified(folder);
});

test("kits of one lock after it has moved, whose earlier heads are connected", async () => {
  const made = await project();
  await verified(await bundle(made));
  upstream.addModule({
    path: "example.com/late",
    version: "v1.0.0",
    goMod: "module example.com/late\n\ngo 1.21\n",
    files: { "late.go": "// Package late comes late.\npackage late\n" },
  });
  await made.manifest(`${standardKit}  late: { go: ["1.90.x"], modules: [example.com/late@v1.0.0] }\n`);
  const folder = await bundle(made, "--update");
  const kit = await readKit(folder);
  expect(kit.files.get("kit/heads.tsv")?.toString("utf8")).toMatch(/\tcurrent\n\d+\tearlier\n/);
  await verified(folder);
});

const isPrivate = (path: string): boolean => path.startsWith("git.corp.example/");

describe("a kit with private modules", () => {
  let corp: FakeUpstream;
  let folder: string;

  beforeAll(async () => {
    corp = await startFakeUpstream();
    privateWorld(corp);
    const made = await project();
    const both = {
      hashes: (path: string, version: string) => (isPrivate(path) ? corp : upstream).hashes(path, version),
    };
    await writePrivateProject(join(made.folder, "private"), goSumFor(both, privateSums));
    await made.manifest(
      `  k: { go: ["1.90.1"], arch: [${arch}], modules: [private/go.mod] }\n`,
      JSON.stringify({
        proxy: upstream.proxyUrl,
        sumdb: upstream.verifierKey,
        private: [{ match: "git.corp.example/*", proxy: corp.proxyUrl }],
      }),
    );
    folder = await bundle(made);
  });
  afterAll(() => corp.close());

  test("is verified, and says which modules no log speaks for", async () => {
    const { notChecked } = await verified(folder);
    expect(notChecked.map(({ what }) => what).join("\n")).toMatch(
      /private module versions against any log: .*git\.corp\.example\/Hush\/core@v1\.0\.0/,
    );
  });

  test("is held to the digests of its lock", async () => {
    const kit = copyOf(await readKit(folder));
    const path = "proxy/git.corp.example/!hush/core/@v/v1.0.0";
    const mod = Buffer.from("module git.corp.example/Hush/core\n");
    kit.files.set(`${path}.zip`, Buffer.from("no zip"));
    kit.files.set(`${path}.mod`, mod);
    const { error } = await verifier.verify((await writeKit(join(scratch, "private"), kit)).folder);
    expect(error).toMatchObject({ code: expect.stringMatching(/^AIRGO_(ZIP_INVALID|CHECKSUM_MISMATCH)$/) });
    expect(error?.message).toMatch(/core\/@v\/v1\.0\.0\.zip: [^]*core\/@v\/v1\.0\.0\.mod: expected h1:/);
    const lock = lockOf(kit);
    for (const module of lock.modules)
      if (module.path === "git.corp.example/Hush/core")
        module.mod = { sha256: sha256Hex(mod), size: mod.length };
    await retell(kit, lock);
    const again = await verifier.verify((await writeKit(join(scratch, "private"), kit)).folder);
    expect(again.error?.message).toMatch(/v1\.0\.0\.mod: expected h1:/);
  });
});

const kitOf = async () => readKit(await bundle(await project()));

/* Ways to alter a list of digests. */
const digit = (text: string): string => text.replace(/^./, (one) => (one === "0" ? "1" : "0"));
const shorter = (text: string): string => text.replace(/^.*\n/, "");
const longer = (text: string): string => `${text}${text.slice(0, 64)}  zz\n`;

describe("a kit with SM3 sums", () => {
  const needs = "an OpenSSL with SM3";
  const has = getHashes().includes("sm3");
  const target = join(scratch, "sm3");

  testWhen(has, needs, "is held to them too, in the folder and in the archive", async () => {
    const kit = await kitOf();
    const { folder } = await writeKit(target, kit, { sm3: {} });
    const found = await verifier.verify(folder);
    expect(found.error).toBeUndefined();
    expect(found.checked.map(({ what }) => what)).toContain("SM3 digests of the folder and of the kit");
    for (const sm3 of [
      { contents: digit },
      { contents: shorter },
      { contents: longer },
      { folder: digit },
      { folder: shorter },
      { folder: longer },
      { folder: (text: string) => text.replaceAll("  ", " ") },
    ]) {
      const { error } = await verifier.verify((await writeKit(target, kit, { sm3 })).folder);
      expect(error).toMatchObject({
        code: expect.stringMatching(/^AIRGO_(ARCHIVE_INVALID|CHECKSUM_MISMATCH)$/),
      });
      expect(error?.message).not.toMatch(/sha256/);
    }
  });

  testWhen(
    has,
    needs,
    "has signatures over them judged as well, and none over what is not there",
    async () => {
      const { folder } = await writeKit(target, await kitOf(), { sm3: {} });
      const signer = await newSigner("sm2", { name: "gm" });
      const signature = await signer.sign(readFileSync(join(folder, "SM3SUMS")));
      writeFileSync(join(folder, "SM3SUMS.gm.sm2sig"), signature);
      writeFileSync(join(folder, "gm.pub.pem"), signer.publicKey.text);
      const found = await verifier.verify(folder);
      expect(found.error).toBeUndefined();
      expect(found.signatures.map(({ file, outcome }) => `${file} ${outcome}`)).toEqual([
        "SHA256SUMS.dev.sig valid",
        "SM3SUMS.gm.sm2sig no trusted key",
      ]);
      await writeFile(join(folder, "SM3SUMS.gm.sm2sig"), flipped(signature, 40));
      expect((await verifier.verify(folder)).error).toMatchObject({ code: "AIRGO_SIGNATURE_BAD" });
      const { folder: without } = await writeKit(target, await kitOf());
      await writeFile(join(without, "SM3SUMS.dev.sm2sig"), "other");
      expect((await verifier.verify(without)).error).toMatchObject({ code: "AIRGO_ARCHIVE_INVALID" });
    },
  );
});
