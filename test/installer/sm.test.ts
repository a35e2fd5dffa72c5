import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { sha256Hex } from "../../src/support/digest.js";
import { makeSigner, writeKey, type KitSigner } from "../support/signers.js";
import { writeTinyKit, type TinyKit, type TinyKitOptions } from "../support/tiny-kit.js";
import { findTool, testIf } from "../support/tools.js";
import {
  Host,
  makeWorkspace,
  pathWith,
  removeWorkspace,
  run,
  shells,
  toolsOf,
  type Finished,
} from "./harness.js";

const workspace = makeWorkspace();
const host = new Host(workspace, "prefix");
const keys = join(workspace, "keys");
const ready = findTool("openssl") !== undefined;
let release: KitSigner;
let national: KitSigner;
let kit: TinyKit;

beforeAll(async () => {
  if (!ready) return;
  release = makeSigner(join(workspace, "signers"), "p256", "release");
  national = makeSigner(join(workspace, "signers"), "sm2", "national");
  for (const signer of [release, national]) writeKey(keys, signer);
  kit = await makeKit({ sm3: true, signers: [release, national] });
});
afterAll(() => removeWorkspace(workspace));

function makeKit(options: TinyKitOptions): Promise<TinyKit> {
  return writeTinyKit(join(workspace, "kits"), { versions: ["1.99.2"], archs: ["amd64"], ...options });
}

/** A PATH with what install.sh needs and these programs. */
function pathOf(...programs: string[]): string {
  const path = join(workspace, `path-${programs.join("-")}`);
  return pathWith(path, [...toolsOf(kit.script), "printf", "sh", ...programs]);
}

function verify(what: TinyKit, args: readonly string[] = [], path?: string): Finished {
  return host.script(what, ["verify", "--key", keys, ...args], {
    shell: [findTool("dash") ?? "/bin/sh"],
    ...(path === undefined ? {} : { env: { PATH: path } }),
  });
}

/** A copy of the kit in which `change` was done to the files beside it; SHA256SUMS is made and signed anew. */
function changed(change: (outer: string) => void): TinyKit {
  const folder = mkdtempSync(join(workspace, "changed-"));
  cpSync(kit.outer, folder, { recursive: true });
  change(folder);
  const lines = readFileSync(join(folder, "SHA256SUMS"), "utf8").split("\n").slice(0, -1);
  const document = lines.map((line) => {
    const name = line.slice(66);
    return name.endsWith(".tar") ? `${line}\n` : `${sha256Hex(readFileSync(join(folder, name)))}  ${name}\n`;
  });
  writeFileSync(join(folder, "SHA256SUMS"), document.join(""));
  for (const signer of [release, national])
    writeFileSync(join(folder, `SHA256SUMS.${signer.name}.${signer.ext}`), signer.sign(document.join("")));
  const moved = (file: string): string => join(folder, file.slice(kit.outer.length + 1));
  return { ...kit, outer: folder, folder: moved(kit.folder), script: moved(kit.script), key: moved(kit.key) };
}

function edit(name: string, change: (text: string) => string): (outer: string) => void {
  return (outer) => {
    const file = join(outer, name);
    writeFileSync(file, change(readFileSync(file, "utf8")));
  };
}

/** SM3SUMS made and signed anew, as somebody with the keys would. */
function sealSm(outer: string): void {
  const document = readFileSync(join(outer, "SM3SUMS"), "utf8").replace(
    /^[0-9a-f]{64}(?=  contents\.SM3SUMS$)/m,
    run(["openssl", "dgst", "-sm3", "-r", join(outer, "contents.SM3SUMS")]).stdout.slice(0, 64),
  );
  writeFileSync(join(outer, "SM3SUMS"), document);
  writeFileSync(join(outer, "SM3SUMS.national.sm2sig"), national.sign(document));
}

const wrong = (text: string): string => text.replace(/^[0-9a-f]{4}/, "0000");
const short = (text: string): string => text.replace(/^.*\n/, "");

describe("a kit with SM3 digests and an SM2 signature", () => {
  for (const [name, shell] of Object.entries(shells)) {
    testIf([shell[0], "openssl"], `is checked by them too, in ${name}`, () => {
      const done = host.script(kit, ["verify", "--key", keys, "--require-sm"], { shell });
      expect(done).toMatchObject({ code: 0, stderr: "" });
      expect(done.stdout).toContain("signature SHA256SUMS.national.sm2sig: valid");
      expect(done.stdout).toContain("signature SM3SUMS.national.sm2sig: valid");
      expect(done.stdout).toMatch(/^SM3: \d+ files verified$/m);
    });
  }

  testIf("openssl", "its papers keep both lists and both signatures", () => {
    expect(host.script(kit, ["--prefix", host.prefix, "--key", keys])).toMatchObject({ code: 0, stderr: "" });
    const outer = host.path("kits", `tiny-1-${kit.id}`, "outer");
    for (const name of [
      "SM3SUMS",
      "contents.SM3SUMS",
      "SM3SUMS.national.sm2sig",
      "SHA256SUMS.national.sm2sig",
    ])
      expect(readFileSync(join(outer, name))).toEqual(readFileSync(join(kit.outer, name)));
    removeWorkspace(host.prefix);
  });

  testIf("openssl", "with openssl, with cksum, or with neither", () => {
    expect(verify(kit, ["--require-sm"], pathOf("openssl"))).toMatchObject({ code: 0, stderr: "" });
    const oldCksum = pathOf();
    const digest = sha256Hex(readFileSync(join(kit.outer, "SHA256SUMS")));
    const none = verify(kit, ["--expect-sha256", digest], oldCksum);
    expect(none).toMatchObject({ code: 0, stderr: expect.stringContaining("SM3 digests are not checked") });
    const required = verify(kit, ["--expect-sha256", digest, "--require-sm"], oldCksum);
    expect(required).toMatchObject({ code: 32, stderr: expect.stringContaining("AIRGO_VERIFIER_MISSING") });
    const path = pathOf("cksum");
    const known = run(["cksum", "-a", "sm3", "--untagged", "/dev/null"]).code === 0;
    if (known)
      expect(verify(kit, ["--expect-sha256", digest], path).stdout).toMatch(/^SM3: \d+ files verified$/m);
  });

  testIf("openssl", "a list that does not say the truth, or not of all files, ends 8", () => {
    const cases: Record<string, [change: (outer: string) => void, code: string]> = {
      wrong: [edit("contents.SM3SUMS", wrong), "AIRGO_CHECKSUM_MISMATCH"],
      short: [edit("contents.SM3SUMS", short), "AIRGO_KIT_INVALID"],
      more: [edit("contents.SM3SUMS", (text) => `${text}${sha256Hex("")}  zz\n`), "AIRGO_KIT_INVALID"],
    };
    for (const [name, [change, code]] of Object.entries(cases)) {
      const copy = changed((outer) => {
        change(outer);
        sealSm(outer);
      });
      expect({ name, ...verify(copy) }).toMatchObject({
        name,
        code: 8,
        stderr: expect.stringContaining(code),
      });
    }
    const beside = changed((outer) => {
      edit("SM3SUMS", wrong)(outer);
      writeFileSync(
        join(outer, "SM3SUMS.national.sm2sig"),
        national.sign(readFileSync(join(outer, "SM3SUMS"), "utf8")),
      );
    });
    expect(verify(beside)).toMatchObject({
      code: 8,
      stderr: expect.stringContaining("AIRGO_CHECKSUM_MISMATCH"),
    });
    const unsigned = changed(edit("SM3SUMS", wrong));
    expect(verify(unsigned)).toMatchObject({
      code: 8,
      stderr: expect.stringContaining("AIRGO_SIGNATURE_BAD"),
    });
  });

  testIf("openssl", "--require-sm asks for digests and a signature over them", async () => {
    const without = await makeKit({ serial: 2, signers: [release, national] });
    const alone = await makeKit({ serial: 3, sm3: true, signers: [release] });
    const damaged = changed((outer) => rmSync(join(outer, "SM3SUMS.national.sm2sig")));
    for (const each of [without, alone, damaged]) {
      expect(verify(each)).toMatchObject({ code: 0, stderr: "" });
      expect(verify(each, ["--require-sm"])).toMatchObject({
        code: 16,
        stderr: expect.stringContaining("AIRGO_SIGNATURE_REQUIRED"),
      });
    }
  });
});
