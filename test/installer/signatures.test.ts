import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { sha256Hex } from "../../src/support/digest.js";
import {
  makeSigner,
  signerKinds,
  signingTools,
  writeKey,
  type KitSigner,
  type SignerKind,
} from "../support/signers.js";
import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf } from "../support/tools.js";
import { Host, makeWorkspace, pathWith, removeWorkspace, shells, toolsOf, type Finished } from "./harness.js";

const workspace = makeWorkspace();
const host = new Host(workspace, "prefix");
const ready = signingTools.every((tool) => findTool(tool) !== undefined);
const signers = {} as Record<SignerKind, KitSigner>;
const keys = join(workspace, "keys");
let kit: TinyKit;

/** A kit that is signed in all ways, by signers that have the names of their kinds. */
beforeAll(async () => {
  if (!ready) return;
  for (const kind of signerKinds) {
    signers[kind] = makeSigner(join(workspace, "signers"), kind, kind);
    writeKey(keys, signers[kind]);
  }
  kit = await writeTinyKit(join(workspace, "kits"), {
    versions: ["1.99.2"],
    signers: Object.values(signers),
  });
});
afterAll(() => removeWorkspace(workspace));

/** What each program can check, and how it is called. */
const checkers: Record<string, SignerKind[]> = {
  openssl: ["p256", "rsa", "ed25519", "sm2"],
  gpgv: ["openpgp"],
  gpg: ["openpgp"],
  sqv: ["openpgp"],
  "ssh-keygen": ["sshsig"],
  minisign: ["minisign"],
  "signify-openbsd": ["minisign"],
};

/** A PATH with what install.sh needs and these checkers, and no other one. */
function pathOf(...programs: string[]): string {
  const path = join(workspace, `path-${programs.join("-") || "none"}`);
  return pathWith(path, [...new Set([...toolsOf(kit.script), "printf", "sh", ...programs])]);
}

function outcomes(done: Finished): Record<string, string> {
  return Object.fromEntries(
    [...done.stdout.matchAll(/^signature SHA256SUMS\.([^:]+): ([^,:]+)/gm)].map(
      ([, file = "", outcome = ""]) => [file, outcome],
    ),
  );
}

function expectedOutcomes(valid: readonly SignerKind[]): Record<string, string> {
  return Object.fromEntries(
    signerKinds.map((kind) => [
      `${kind}.${signers[kind].ext}`,
      valid.includes(kind) ? "valid" : "not checked",
    ]),
  );
}

describe("a kit that is signed in all ways, by trusted keys", () => {
  for (const [shellName, shell] of Object.entries(shells)) {
    if (shellName.startsWith("zsh")) continue;
    testIf([shell[0], ...signingTools], `in ${shellName}: each program checks what it can`, () => {
      const [program, ...rest] = shell;
      const run = (args: readonly string[], path: string): Finished =>
        host.script(kit, ["verify", ...args], {
          shell: [findTool(program) ?? program, ...rest],
          env: { PATH: path },
        });
      for (const [checker, kinds] of Object.entries(checkers)) {
        if (findTool(checker) === undefined) continue;
        const done = run(["--key", keys], pathOf(checker));
        expect({ checker, ...done }).toMatchObject({ checker, code: 0, stderr: "" });
        expect({ checker, found: outcomes(done) }).toEqual({ checker, found: expectedOutcomes(kinds) });
      }
      const none = run(["--key", keys], pathOf());
      expect(none).toMatchObject({ code: 32, stderr: expect.stringContaining("AIRGO_VERIFIER_MISSING") });
      for (const text of [
        "SHA256SUMS.p256.sig: no tool here reads it: bring openssl",
        "SHA256SUMS.openpgp.asc: no tool here reads it: bring gpgv, gpg or sqv",
        "SHA256SUMS.sshsig.sshsig: no tool here reads it: bring ssh-keygen",
        "SHA256SUMS.minisign.minisig: no tool here reads it: bring minisign or signify",
        "--expect-sha256",
      ])
        expect(none.stderr).toContain(text);
      const digest = sha256Hex(readFileSync(join(kit.outer, "SHA256SUMS")));
      expect(run(["--expect-sha256", digest], pathOf())).toMatchObject({ code: 0, stderr: "" });
      expect(run(["--expect-sha256", sha256Hex("other")], pathOf())).toMatchObject({
        code: 8,
        stderr: expect.stringContaining("AIRGO_CHECKSUM_MISMATCH"),
      });
    });
  }
});
