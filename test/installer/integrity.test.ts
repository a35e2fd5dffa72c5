import { createPublicKey, generateKeyPairSync } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { sha256Hex } from "../../src/support/digest.js";
import {
  kitFiles,
  newSigner,
  signatureOver,
  writePublicKey,
  writeTinyKit,
  type TinyKit,
} from "../support/tiny-kit.js";
import { testIf } from "../support/tools.js";
import { Host, makeWorkspace, removeWorkspace, run } from "./harness.js";

const workspace = makeWorkspace();
const host = new Host(workspace, "prefix");
let kit: TinyKit;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"), {
    versions: ["1.99.2"],
    modules: [{ path: "example.com/one", version: "v1.0.0" }],
  });
});
afterAll(() => removeWorkspace(workspace));

/** Changes a file while `check` runs, then puts it back. */
function withChanged(file: string, change: (bytes: Buffer) => Buffer, check: () => void): void {
  const before = readFileSync(file);
  writeFileSync(file, change(Buffer.from(before)));
  try {
    check();
  } finally {
    writeFileSync(file, before);
  }
}

/** Flips one bit in the middle; an empty file gets a byte instead. */
function flip(bytes: Buffer): Buffer {
  if (bytes.length === 0) return Buffer.from("x");
  const at = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}

function expectRefused(
  done: { code: number | null; stderr: string },
  code: number,
  text: string | RegExp,
): void {
  expect(done).toMatchObject({ code, stderr: expect.stringMatching(text) });
  expect(existsSync(host.prefix)).toBe(false);
  expect(host.leavings()).toEqual([]);
}

/** A copy of the whole carried folder, for changes that are not put back. */
function copyOfKit(name: string): TinyKit {
  const outer = join(workspace, "copies", name);
  cpSync(kit.outer, outer, { recursive: true });
  const moved = (file: string): string => join(outer, file.slice(kit.outer.length + 1));
  return { ...kit, outer, folder: moved(kit.folder), script: moved(kit.script), key: moved(kit.key) };
}

describe("a kit that is not whole ends 8 and nothing is installed", () => {
  testIf("openssl", "one byte changed in any file of the kit, install.sh itself excepted", () => {
    const files = kitFiles(kit).filter((file) => file !== "install.sh");
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      withChanged(join(kit.folder, file), flip, () => {
        const done = host.install(kit);
        expect({ file, code: done.code }).toEqual({ file, code: 8 });
        expectRefused(
          done,
          8,
          file === "SHA256SUMS" ? "AIRGO_CHECKSUM_MISMATCH" : file.replace(/[.+]/g, "\\$&"),
        );
      });
    }
    const insecure = (): ReturnType<Host["script"]> =>
      host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"]);
    withChanged(join(kit.folder, "kit.json"), flip, () => expectRefused(insecure(), 8, /kit\.json: FAILED/));
  });

  testIf("openssl", "one byte changed in what lies beside the kit", () => {
    for (const name of [
      "SHA256SUMS",
      "contents.SHA256SUMS",
      "provenance.json",
      "rehearsal.json",
      "rehearsal.txt",
      "README.txt",
      "SHA256SUMS.release.sig",
    ]) {
      withChanged(join(kit.outer, name), flip, () =>
        expectRefused(host.install(kit), 8, /AIRGO_(SIGNATURE_BAD|CHECKSUM_MISMATCH)/),
      );
    }
  });

  testIf("openssl", "a file, a link, a device or an odd name more; a file less; a file cut short", () => {
    const cases: Record<string, [change: (folder: string) => void, text: string]> = {
      file: [(folder) => writeFileSync(join(folder, "proxy", "extra"), ""), "not listed: proxy/extra"],
      hidden: [(folder) => writeFileSync(join(folder, ".hidden"), ""), "not listed: .hidden"],
      link: [
        (folder) => symlinkSync("/etc/passwd", join(folder, "kit", "link.tsv")),
        "not a regular file: kit/link.tsv",
      ],
      folderLink: [
        (folder) => symlinkSync("/etc", join(folder, "proxy", "etc")),
        "not a regular file: proxy/etc",
      ],
      pipe: [(folder) => void run(["mkfifo", join(folder, "pipe")]), "not a regular file: pipe"],
      oddName: [(folder) => writeFileSync(join(folder, "kit", "a\nb\u001b[31m c"), ""), "AIRGO_KIT_INVALID"],
      twoNamesInOne: [
        (folder) => {
          rmSync(join(folder, "README.txt"));
          writeFileSync(join(folder, "README.txt\nREADME.txt"), "evil");
        },
        "AIRGO_KIT_INVALID",
      ],
      listedNamesInOne: [
        (folder) => writeFileSync(join(folder, "kit.json\nREADME.txt"), "evil"),
        "AIRGO_KIT_INVALID",
      ],
      oddFolder: [(folder) => mkdirSync(join(folder, "kit\nproxy")), "AIRGO_KIT_INVALID"],
      emptyFolder: [
        (folder) => mkdirSync(join(folder, "proxy/example.com/one/@v/v9.9.9.zip")),
        "a folder without listed files: proxy/example.com/one/@v/v9.9.9.zip",
      ],
      missing: [(folder) => rmSync(join(folder, "kit.json")), "missing: kit.json"],
      missingMod: [
        (folder) => rmSync(join(folder, "proxy/example.com/one/@v/v1.0.0.mod")),
        "missing: proxy/example.com/one/@v/v1.0.0.mod",
      ],
      short: [
        (folder) => truncateSync(join(folder, "toolchains/go1.99.2.common.tar.gz"), 10),
        "go1.99.2.common.tar.gz: FAILED",
      ],
    };
    for (const [name, [change, text]] of Object.entries(cases)) {
      const copy = copyOfKit(name);
      change(copy.folder);
      const done = host.install(copy);
      expectRefused(done, 8, text);
      expect(done.stderr).not.toContain("\u001b");
    }
  });

  test("lines that sha256sum -c would skip or misread are refused", () => {
    const copy = copyOfKit("lines");
    const sums = readFileSync(join(copy.folder, "SHA256SUMS"), "utf8");
    const digest = sha256Hex("");
    const lines = [
      "# a comment",
      `${digest.toUpperCase()}  upper`,
      `${digest} *binary`,
      `${digest}  ../outside`,
      `${digest}  /etc/passwd`,
      `${digest}  a/./b`,
      `${digest}  a//b`,
      `${digest}  -rf`,
      `${digest}  with space`,
      `\\${digest}  a\\nb`,
      `SHA256 (x) = ${digest}`,
      sums.split("\n")[0] ?? "",
    ];
    for (const line of lines) {
      writeFileSync(join(copy.folder, "SHA256SUMS"), `${sums}${line}\n`);
      expectRefused(
        host.script(copy, [
          "--prefix",
          host.prefix,
          "--insecure-no-signature",
          "--sums",
          join(copy.outer, "SHA256SUMS"),
        ]),
        8,
        "AIRGO_CHECKSUM_MISMATCH",
      );
      rmSync(join(copy.outer, "SHA256SUMS"), { force: true });
      expectRefused(
        host.script(copy, ["--prefix", host.prefix, "--insecure-no-signature"]),
        8,
        "AIRGO_KIT_INVALID",
      );
      cpSync(join(kit.outer, "SHA256SUMS"), join(copy.outer, "SHA256SUMS"));
    }
  });

  testIf("openssl", "toolchains that do not have the h1 of the kit's record", async () => {
    const wrong = await writeTinyKit(join(workspace, "kits"), { wrongH1: true });
    const done = host.install(wrong);
    expect(done).toMatchObject({ code: 8, stderr: expect.stringContaining("its h1 in hex is") });
    expect(existsSync(host.path("current"))).toBe(false);
    expect(existsSync(host.path("proxy"))).toBe(false);
    expect(host.leavings()).toEqual([]);
    removeWorkspace(host.prefix);
  });
});

/** What waits for ever is ended, and its exit code is none of the script's. */
const patience = ["timeout", "20"];

function emptyPem(label: string): string {
  return `-----BEGIN ${label}-----\nMAA=\n-----END ${label}-----\n`;
}

function publicPemOf(namedCurve: string): string {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve });
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}

function weakRsaPem(): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}

describe("who made the kit", () => {
  test("no key: 16", () => {
    expectRefused(host.script(kit, ["--prefix", host.prefix]), 16, "AIRGO_KEY_MISSING");
  });

  testIf("openssl", "another key: 16, with the signatures that there are and the key's fingerprint", () => {
    const other = writePublicKey(join(workspace, "other.pem"), newSigner());
    const der = createPublicKey(readFileSync(other)).export({ type: "spki", format: "der" });
    const copy = copyOfKit("two signatures");
    cpSync(join(copy.outer, "SHA256SUMS.release.sig"), join(copy.outer, "SHA256SUMS.audit.sig"));
    const done = host.script(copy, ["--prefix", host.prefix, "--key", other]);
    expectRefused(done, 16, "AIRGO_KEY_UNTRUSTED");
    for (const text of [
      "SHA256SUMS.release.sig",
      "SHA256SUMS.audit.sig",
      `other: sha256:${sha256Hex(der)}`,
      "compare this fingerprint with the one that the makers of the kit told you",
    ])
      expect(done.stderr).toContain(text);
  });

  testIf("openssl", "another key under the signer's name, with no key beside the kit: 8", () => {
    const copy = copyOfKit("no key beside");
    rmSync(copy.key);
    mkdirSync(join(workspace, "impostor"));
    const key = writePublicKey(join(workspace, "impostor", "release.pub.pem"), newSigner());
    expectRefused(host.script(copy, ["--prefix", host.prefix, "--key", key]), 8, "AIRGO_SIGNATURE_BAD");
  });

  testIf("openssl", "no signature, or no signed document: 16", () => {
    const copy = copyOfKit("unsigned");
    rmSync(join(copy.outer, "SHA256SUMS.release.sig"));
    expectRefused(host.install(copy), 16, "AIRGO_SIGNATURE_MISSING");
    rmSync(join(copy.outer, "SHA256SUMS"));
    expectRefused(host.install(copy), 16, "AIRGO_SIGNATURE_MISSING");
  });

  testIf(
    "openssl",
    "links, pipes and devices in the place of the small files: 8, with nothing waited for",
    () => {
      const secret = join(workspace, "secret");
      writeFileSync(secret, "a secret line\n");
      const kinds: Record<string, (file: string) => void> = {
        link: (file) => symlinkSync(secret, file),
        dangling: (file) => symlinkSync(join(workspace, "nowhere"), file),
        pipe: (file) => void run(["mkfifo", file]),
        folder: (file) => mkdirSync(file),
      };
      for (const [kind, make] of Object.entries(kinds)) {
        for (const name of [
          "SHA256SUMS",
          "contents.SHA256SUMS",
          "rehearsal.json",
          "rehearsal.txt",
          "README.txt",
        ]) {
          const copy = copyOfKit(`${kind} ${name}`);
          rmSync(join(copy.outer, name));
          make(join(copy.outer, name));
          const done = host.script(copy, ["--prefix", host.prefix, "--key", kit.key], { under: patience });
          expect({ kind, name, code: done.code }).toEqual({ kind, name, code: 8 });
          expectRefused(done, 8, "AIRGO_KIT_INVALID");
        }
        const copy = copyOfKit(`${kind} signature`);
        rmSync(join(copy.outer, "SHA256SUMS.release.sig"));
        make(join(copy.outer, "SHA256SUMS.release.sig"));
        expectRefused(host.install(copy, { under: patience }), 16, "AIRGO_SIGNATURE_MISSING");
      }
      const copy = copyOfKit("sums to a secret");
      rmSync(join(copy.folder, "SHA256SUMS"));
      symlinkSync(secret, join(copy.folder, "SHA256SUMS"));
      rmSync(join(copy.outer, "SHA256SUMS"));
      const done = host.script(copy, ["--prefix", host.prefix, "--insecure-no-signature"]);
      expectRefused(done, 8, "AIRGO_KIT_INVALID");
      expect(done.stdout + done.stderr).not.toContain("a secret line");
    },
  );

  testIf("openssl", "a signature whose name is not plain is none", () => {
    const copy = copyOfKit("odd signature");
    for (const name of ["a\nb", "zz audit", "a\u001b[31m"]) {
      renameSync(join(copy.outer, "SHA256SUMS.release.sig"), join(copy.outer, `SHA256SUMS.${name}.sig`));
      const done = host.install(copy);
      expectRefused(done, 16, "AIRGO_SIGNATURE_MISSING");
      renameSync(join(copy.outer, `SHA256SUMS.${name}.sig`), join(copy.outer, "SHA256SUMS.release.sig"));
    }
  });

  testIf("openssl", "of the key file only the public key is kept", () => {
    const file = join(workspace, "more-than-a-key.pem");
    const pem = readFileSync(kit.key, "utf8");
    const secret = "-----BEGIN SECRET-----\nc2VjcmV0\n-----END SECRET-----\n";
    for (const more of [`a secret before\n${pem}`, pem + secret]) {
      writeFileSync(file, more);
      expectRefused(host.script(kit, ["--prefix", host.prefix, "--key", file]), 32, "AIRGO_KEY_UNREADABLE");
    }
    writeFileSync(file, `\n${pem.replaceAll("\n", " \r\n")}\n`);
    expect(host.script(kit, ["--prefix", host.prefix, "--key", file])).toMatchObject({ code: 0, stderr: "" });
    expect(host.read("kits", `tiny-1-${kit.id}`, "outer", "more-than-a-key.pub.pem")).toBe(pem);
    expect(host.read("trust", "more-than-a-key.pub.pem")).toBe(pem);
    removeWorkspace(host.prefix);
  });

  testIf("openssl", "one of several signatures is enough, whatever its name", () => {
    const copy = copyOfKit("signers");
    const audit = newSigner("zz-audit");
    const document = readFileSync(join(copy.outer, "SHA256SUMS"), "utf8");
    writeFileSync(join(copy.outer, "SHA256SUMS.zz-audit.sig"), signatureOver(document, audit));
    const key = writePublicKey(join(workspace, "audit key.pem"), audit);
    const verified = host.script(copy, ["verify", "--key", key]);
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("signature SHA256SUMS.zz-audit.sig: valid"),
    });
    expect(existsSync(host.prefix)).toBe(false);
  });

  testIf("openssl", "the signed document may lie elsewhere; relative paths work", () => {
    const copy = copyOfKit("elsewhere");
    const papers = join(workspace, "papers");
    mkdirSync(papers);
    for (const name of ["SHA256SUMS", "SHA256SUMS.release.sig", "release.pub.pem"]) {
      cpSync(join(copy.outer, name), join(papers, name));
      rmSync(join(copy.outer, name));
    }
    expect(
      host.script(copy, ["verify", "--sums", "SHA256SUMS", "--key=release.pub.pem"], { cwd: papers }).code,
    ).toBe(0);
    expectRefused(
      host.script(copy, ["verify", "--sums", "nowhere", "--key=release.pub.pem"], { cwd: papers }),
      2,
      "--sums",
    );
  });

  testIf("openssl", "a key that is no public key in PEM: 32, and what it is", () => {
    const { key } = newSigner();
    const publicDer = createPublicKey(key).export({ type: "spki", format: "der" });
    const publicPem = createPublicKey(key).export({ type: "spki", format: "pem" });
    const privatePem = key.export({ type: "pkcs8", format: "pem" });
    const cases: [contents: string | Buffer, found: string][] = [
      [privatePem, "this is a private key; give the public one, and think about who has seen it"],
      [key.export({ type: "sec1", format: "pem" }), "this is a private key"],
      [`${publicPem.toString()}${privatePem.toString()}`, "this is a private key"],
      [emptyPem("ENCRYPTED PRIVATE KEY"), "this is a private key"],
      [emptyPem("CERTIFICATE"), "this is a certificate"],
      [emptyPem("PGP PUBLIC KEY BLOCK"), "its armor is damaged"],
      [emptyPem("DSA PARAMETERS"), "this is a PEM of another kind: DSA PARAMETERS"],
      [emptyPem("PUBLIC KEY"), "its PEM is damaged"],
      [emptyPem("PGP PRIVATE KEY BLOCK"), "this is a private key"],
      [emptyPem("OPENSSH PRIVATE KEY"), "this is a private key"],
      [emptyPem("PGP SIGNATURE"), "this is a signature"],
      [publicPemOf("P-384"), "its PEM is damaged, or holds a kind of key that no signature"],
      [weakRsaPem(), "this is an RSA key of less than 2048 bits"],
      [publicDer, "this is no PEM but binary, perhaps DER"],
      ["ssh-ed25519 AAAA somebody\n", "its line is damaged"],
      ["ssh-dss AAAA somebody\n", "OpenSSH has no such kind of key"],
      ["untrusted comment: a key\njunk\n", "its second line is damaged"],
      ["junk\n", "this is no key of a known form\n"],
      [Buffer.alloc(300_000), "it is too large for a key"],
      ["", "the file is empty"],
    ];
    const file = join(workspace, "no-key.pem");
    for (const [contents, found] of cases) {
      writeFileSync(file, contents);
      const done = host.script(kit, ["--prefix", host.prefix, "--key", file]);
      expectRefused(done, 32, "AIRGO_KEY_UNREADABLE");
      expect(done.stderr).toContain(`found:    ${found}`.trimEnd());
      expect(done.stderr).toContain(file);
      // No name that means nothing to who reads it, and no words of another program.
      expect(done.stderr).not.toMatch(/airgo\.\w{10}|routines/);
    }
    writeFileSync(file, `\n${readFileSync(kit.key, "utf8").replaceAll("\n", "\r\n")}`);
    expect(host.script(kit, ["verify", "--key", file]).code).toBe(0);
  });

  test("a key that is not there, or a folder without keys: 2, and its name", () => {
    for (const [file, text] of [
      [join(workspace, "absent.pem"), "no such file for --key"],
      [host.tmp, "there is no key in the folder given with --key"],
    ] as const) {
      const done = host.script(kit, ["--prefix", host.prefix, "--key", file]);
      expectRefused(done, 2, text);
      expect(done.stderr).toContain(file);
    }
  });

  testIf("openssl", "the verb may come first, last or in between", () => {
    for (const args of [
      ["verify", "--key", kit.key],
      ["--key", kit.key, "verify"],
      [`--key=${kit.key}`, "verify", "--sums", join(kit.outer, "SHA256SUMS")],
    ]) {
      const done = host.script(kit, args);
      expect({ args, ...done }).toMatchObject({
        args,
        code: 0,
        stdout: expect.stringMatching(/id \w+: verified\n$/),
      });
      expect(existsSync(host.prefix)).toBe(false);
    }
  });

  testIf(
    "openssl",
    "the signature of an attacker's document with the kit's own sums made anew is refused",
    () => {
      const copy = copyOfKit("attacker");
      appendFileSync(join(copy.folder, "README.txt"), "evil\n");
      const attacker = newSigner("release");
      const sums = readFileSync(join(copy.folder, "SHA256SUMS"), "utf8").replace(
        /^.*  README\.txt$/m,
        `${sha256Hex("read me\nevil\n")}  README.txt`,
      );
      writeFileSync(join(copy.folder, "SHA256SUMS"), sums);
      const document = `${sha256Hex(sums)}  contents.SHA256SUMS\n`;
      writeFileSync(join(copy.outer, "SHA256SUMS"), document);
      writeFileSync(join(copy.outer, "contents.SHA256SUMS"), sums);
      writeFileSync(join(copy.outer, "SHA256SUMS.release.sig"), signatureOver(document, attacker));
      expectRefused(host.install(copy), 8, "AIRGO_SIGNATURE_BAD");
      // The same kit is whole for one who trusts the attacker's key.
      const trusted = writePublicKey(join(workspace, "attacker.pem"), attacker);
      expect(host.script(copy, ["verify", "--key", trusted]).code).toBe(0);
    },
  );

  test("without a signature only when told so, loudly, also with nothing beside the kit", () => {
    const done = host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"]);
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining("NO SIGNATURE IS CHECKED") });
    const receipt = JSON.parse(host.read("kits", `tiny-1-${kit.id}`, "receipt.json")) as {
      signatures: unknown[];
      notChecked: { what: string; why: string }[];
    };
    expect(receipt.signatures).toEqual([]);
    expect(receipt.notChecked).toContainEqual({ what: "who made the kit", why: "--insecure-no-signature" });
    removeWorkspace(host.prefix);
    const copy = copyOfKit("bare");
    for (const name of ["SHA256SUMS", "SHA256SUMS.release.sig", "contents.SHA256SUMS"])
      rmSync(join(copy.outer, name));
    expect(
      host.script(copy, ["--prefix", host.prefix], { env: { AIRGO_INSECURE_NO_SIGNATURE: "1" } }).code,
    ).toBe(0);
    removeWorkspace(host.prefix);
  });
});
