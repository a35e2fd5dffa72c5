import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { generateKey } from "../../src/signing/generate-key.js";
import { judgeSignatures } from "../../src/signing/judge.js";
import { publicKeyFile, signatureFile } from "../../src/signing/key-kinds.js";
import type { PublicKey } from "../../src/signing/public-key.js";
import { readTrustedKeys } from "../../src/signing/trusted-keys.js";
import { makeProject, type TestProject } from "../support/airgo.js";
import { plainShell, run } from "../installer/harness.js";
import { scratchFolder } from "../support/scratch.js";
import { findTool, testWhen } from "../support/tools.js";
import { createVerifier, type Verifier } from "../support/verify-here.js";
import type { Judge } from "../../src/verification/signatures-step.js";

/*
 * One tiny kit as it is carried, unpacked beside its archive, altered in one place at a time and shown to both
 * verifiers: airgo's and install.sh's. Neither may pass it.
 */

const signers = [
  { name: "release", kind: "ecdsa-p256" },
  { name: "audit", kind: "openpgp" },
  { name: "ops", kind: "sshsig" },
  { name: "gm", kind: "sm2" },
] as const;
const tools = ["openssl", "gpgv", "ssh-keygen", "tar"];
const hasTools = tools.every((tool) => findTool(tool) !== undefined);
const needs = tools.join(", ");

const scratch = scratchFolder("tampered-both");
const keysFolder = join(scratch, "keys");
let project: TestProject;
let verifier: Verifier;
let keys: PublicKey[];
/** What is carried, with the kit unpacked in it. */
let carried: string;
let top: string;

beforeAll(async () => {
  project = await makeProject();
  await mkdir(keysFolder);
  const lines: string[] = [];
  for (const { name, kind } of signers) {
    const key = await generateKey({ name, kind, passphrase: undefined, now: Date.now() });
    writeFileSync(join(project.folder, `${name}.key`), key.privateText, { mode: 0o600 });
    writeFileSync(join(keysFolder, publicKeyFile(name, kind)), key.publicKey.text);
    lines.push(`  ${name}: { type: ${kind}, key: "file:${name}.key" }`);
  }
  const names = signers.map(({ name }) => name).join(", ");
  await project.manifest(
    `  k: { go: ["1.90.x"], modules: [app/go.mod], sign: [${names}], digests: [sha256, sm3] }\nsigners:\n${lines.join("\n")}\n`,
  );
  expect((await project.airgo(["bundle"])).code).toBe(0);
  carried = join(scratch, "carried");
  cpSync(await project.kit(), carried, { recursive: true });
  const [archive = ""] = namesIn("SHA256SUMS").filter((name) => name.endsWith(".tar"));
  top = basename(archive, ".tar");
  if (findTool("tar")) execFileSync("tar", ["-xf", join(carried, archive), "-C", carried]);
  keys = await readTrustedKeys([keysFolder]);
  verifier = createVerifier("");
});
afterAll(async () => {
  await verifier.close();
  await project.close();
});

const read = (name: string): Buffer => readFileSync(join(carried, name));
const linesOf = (name: string): string[] => read(name).toString("utf8").trimEnd().split("\n");
const namesIn = (sums: string): string[] => linesOf(sums).map((line) => line.slice(66));

const byKeys: Judge = (signed) => judgeSignatures(signed, keys, "the test");

async function byAirgo(): Promise<string> {
  const trust = { judge: byKeys, require: () => undefined, expectSha256: undefined };
  const found = await verifier.verify(carried, { trust });
  return found.error?.code ?? "passed";
}

function byInstaller(): string {
  const script = join(carried, top, "install.sh");
  const receipt = join(scratch, "receipt.json");
  const argv = [...plainShell, script, "verify", "--key", keysFolder, "--receipt", receipt];
  const done = run(argv, { env: { HOME: scratch, TMPDIR: scratch } });
  if (done.code === 0) return "passed";
  return /ERROR (AIRGO_[A-Z_]+)/.exec(done.stderr)?.[1] ?? `exit ${done.code}`;
}

/** What both say while a file has other bytes. */
async function saidOf(name: string, change: (bytes: Buffer) => Buffer): Promise<string[]> {
  const before = read(name);
  writeFileSync(join(carried, name), change(Buffer.from(before)));
  try {
    return [await byAirgo(), byInstaller()];
  } finally {
    writeFileSync(join(carried, name), before);
  }
}

const middle = (name: string): number => Math.floor(read(name).length / 2);

const flip = (at: number) => (bytes: Buffer) => {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
};

/** Expects integrity errors of both, for each of many changes. */
async function expectRefused(
  changes: Iterable<[what: string, name: string, change: (bytes: Buffer) => Buffer]>,
): Promise<void> {
  const passed: string[] = [];
  for (const [what, name, change] of changes) {
    const said = await saidOf(name, change);
    if (said.some((code) => code === "passed" || code === "AIRGO_BUG" || code.startsWith("exit")))
      passed.push(`${what}: ${said.join(", ")}`);
  }
  expect(passed).toEqual([]);
}

testWhen(hasTools, needs, "the kit as it was made passes both", async () => {
  expect([await byAirgo(), byInstaller()]).toEqual(["passed", "passed"]);
});

describe("neither passes", () => {
  testWhen(hasTools, needs, "another byte in any file of the folder", async () => {
    await expectRefused(
      [...namesIn("SHA256SUMS"), "SHA256SUMS"].map((name) => [name, name, flip(middle(name))]),
    );
  });

  testWhen(
    hasTools,
    needs,
    "any line of the signed sums with another digest, other spaces or another name",
    async () => {
      const lines = linesOf("SHA256SUMS");
      const starts = lines.map((_, i) => lines.slice(0, i).join("\n").length + (i === 0 ? 0 : 1));
      await expectRefused(
        starts.flatMap((start, i) =>
          [0, 63, 64, 65, 66].map((at): [string, string, (bytes: Buffer) => Buffer] => [
            `line ${i + 1}, ${at}`,
            "SHA256SUMS",
            flip(start + at),
          ]),
        ),
      );
    },
  );

  testWhen(hasTools, needs, "any signature with another byte, cut off, empty, or another's", async () => {
    const release = read("SHA256SUMS.release.sig");
    await expectRefused(
      signers.flatMap(({ name, kind }) => {
        const file = signatureFile("SHA256SUMS", name, kind);
        const { length } = read(file);
        // Behind the armor's head. Not where OpenPGP repeats two bytes of the digest: gpgv does not look at them, and the
        // signature is as good without.
        const places = [Math.floor(length * 0.45), Math.floor(length * 0.7), length - 40];
        const others: [string, (bytes: Buffer) => Buffer][] = [
          ["cut off", (bytes) => bytes.subarray(0, length >> 1)],
          ["empty", () => Buffer.of()],
          ["another document's", () => (kind === "ecdsa-p256" ? read("SHA256SUMS.gm.sm2sig") : release)],
        ];
        return [
          ...places.map((at): [string, string, (bytes: Buffer) => Buffer] => [
            `${file} at ${at}`,
            file,
            flip(at),
          ]),
          ...others.map(([what, change]): [string, string, (bytes: Buffer) => Buffer] => [
            `${file} ${what}`,
            file,
            change,
          ]),
        ];
      }),
    );
    expect(await saidOf("SM3SUMS.gm.sm2sig", flip(40))).toEqual([
      "AIRGO_SIGNATURE_BAD",
      "AIRGO_SIGNATURE_BAD",
    ]);
  });

  testWhen(
    hasTools,
    needs,
    "any field of a tar header, in the first entry, in the middle and in the last",
    async () => {
      const archive = `${top}.tar`;
      const bytes = read(archive);
      const headers: number[] = [];
      for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
        headers.push(at);
        const size = Number.parseInt(bytes.toString("latin1", at + 124, at + 135), 8);
        at += 512 + Math.ceil(size / 512) * 512;
      }
      const fields = {
        name: 0,
        mode: 100,
        uid: 108,
        gid: 116,
        size: 124,
        mtime: 136,
        checksum: 148,
        typeflag: 156,
        linkname: 157,
        magic: 257,
        version: 263,
        uname: 265,
        gname: 297,
        devmajor: 329,
        devminor: 337,
        prefix: 345,
        padding: 500,
      };
      const chosen = [headers[0], headers[headers.length >> 1], headers.at(-1)];
      await expectRefused(
        chosen.flatMap((header = 0) =>
          Object.entries(fields).map(([field, at]): [string, string, (data: Buffer) => Buffer] => [
            `${field} at ${header}`,
            archive,
            flip(header + at),
          ]),
        ),
      );
    },
  );

  testWhen(hasTools, needs, "any file of the unpacked kit with another byte", async () => {
    // Every kind of file; test/installer/integrity.test.ts and verify.test.ts go through all of them.
    const kinds = new Map(
      [...namesIn("contents.SHA256SUMS"), "SHA256SUMS"].map((name) => [
        name.replaceAll(/[^/]*\d[^/]*/g, "N"),
        name,
      ]),
    );
    const names = [...kinds.values()].filter((name) => name !== "install.sh");
    await expectRefused(
      names.map((name) => {
        const file = join(top, name);
        const { length } = read(file);
        return [name, file, length === 0 ? () => Buffer.from("x") : flip(length >> 1)];
      }),
    );
  });

  testWhen(hasTools, needs, "a file more in the unpacked kit", async () => {
    for (const name of ["extra", ".hidden", "kit/extra.tsv", "proxy/extra"]) {
      writeFileSync(join(carried, top, name), "");
      const said = [await byAirgo(), byInstaller()];
      rmSync(join(carried, top, name));
      expect({ name, said }).toEqual({
        name,
        said: [expect.not.stringMatching(/^passed/), expect.not.stringMatching(/^passed/)],
      });
    }
  });
});

testWhen(
  hasTools,
  needs,
  "a file more beside the kit is refused by airgo, and told by install.sh, which never reads it",
  async () => {
    writeFileSync(join(carried, "evil.sh"), "");
    try {
      expect(await byAirgo()).toBe("AIRGO_ARCHIVE_INVALID");
      const argv = [...plainShell, join(carried, top, "install.sh"), "verify", "--key", keysFolder];
      const done = run(argv, { env: { HOME: scratch, TMPDIR: scratch } });
      expect(done).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("evil.sh lies beside the kit and is no part of it"),
      });
      expect(done.stderr.match(/WARNING/g)).toHaveLength(1);
    } finally {
      rmSync(join(carried, "evil.sh"));
    }
  },
);
