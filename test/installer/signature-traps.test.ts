import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import {
  makeOpenpgpSigner,
  makeSigner,
  signerKinds,
  signingTools,
  sshSignature,
  writeKey,
  type KitSigner,
  type SignerKind,
} from "../support/signers.js";
import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf } from "../support/tools.js";
import {
  busyboxPath,
  Host,
  makeWorkspace,
  pathWith,
  removeWorkspace,
  run,
  toolsOf,
  type Finished,
} from "./harness.js";

const workspace = makeWorkspace();
const host = new Host(workspace, "prefix");
const ready = signingTools.every((tool) => findTool(tool) !== undefined);
const signers = {} as Record<SignerKind, KitSigner>;
const makers = join(workspace, "signers");
let kit: TinyKit;
let document: string;

beforeAll(async () => {
  if (!ready) return;
  for (const kind of signerKinds) signers[kind] = makeSigner(makers, kind, kind);
  kit = await writeTinyKit(join(workspace, "kits"), {
    versions: ["1.99.2"],
    archs: ["amd64"],
    modules: [],
    signers: [],
  });
  document = readFileSync(join(kit.outer, "SHA256SUMS"), "utf8");
});
afterAll(() => removeWorkspace(workspace));

interface Carried {
  /** What lies beside the kit, by name. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** The keys that are trusted, as files by name. */
  readonly keys: Readonly<Record<string, string | Buffer>>;
  /** The one program that may check signatures; all that this machine has when not given. */
  readonly only?: string;
  /** The folder of all programs that there are; those of this machine when not given. */
  readonly path?: string;
  readonly under?: readonly string[];
  /** A file of the kit that is made as large as no disk is. */
  readonly large?: string;
}

/** Verifies the kit with signatures and keys of a test, and no others. */
function verify({ files, keys, only, path: given, under = [], large }: Carried): Finished {
  const folder = mkdtempSync(join(workspace, "carried-"));
  cpSync(kit.outer, join(folder, "outer"), { recursive: true });
  for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, "outer", name), data);
  if (large !== undefined) truncateSync(join(folder, "outer", large), 2 ** 40);
  mkdirSync(join(folder, "keys"));
  for (const [name, data] of Object.entries(keys)) writeFileSync(join(folder, "keys", name), data);
  const script = join(folder, "outer", kit.script.slice(kit.outer.length + 1));
  const path = given ?? join(workspace, `path-${only ?? "all"}`);
  if (only !== undefined) pathWith(path, [...toolsOf(kit.script), "printf", "sh", only]);
  const done = host.script({ ...kit, script }, ["verify", "--key", join(folder, "keys")], {
    shell: [findTool("dash") ?? "/bin/sh"],
    ...(only === undefined && given === undefined ? {} : { env: { PATH: path } }),
    under: [...under],
  });
  removeWorkspace(folder);
  return done;
}

function fileOf(signer: KitSigner): string {
  return `SHA256SUMS.${signer.name}.${signer.ext}`;
}

function keyOf(signer: KitSigner): Record<string, string> {
  return { [`${signer.name}.${signer.keyExt}`]: signer.publicKey };
}

function expectCode(what: string, done: Finished, code: number, text = ""): void {
  expect({ what, ...done }).toMatchObject({ what, code });
  expect({ what, text: done.stdout + done.stderr }).toEqual({ what, text: expect.stringContaining(text) });
}

describe("signatures that are not what they seem", () => {
  testIf(signingTools, "one over another document is bad, of every kind, also beside a valid one", () => {
    for (const kind of signerKinds) {
      const signer = signers[kind];
      const other = signerKinds.find((each) => each !== kind) ?? "p256";
      const done = verify({
        files: {
          [fileOf(signer)]: signer.sign(`${document}more\n`),
          [fileOf(signers[other])]: signers[other].sign(document),
        },
        keys: { ...keyOf(signer), ...keyOf(signers[other]) },
      });
      expectCode(kind, done, 8, "AIRGO_SIGNATURE_BAD");
      expectCode(kind, done, 8, `signature SHA256SUMS.${kind}.${signer.ext}: BAD`);
    }
  });

  testIf(
    signingTools,
    "one by somebody whom nobody trusts is told, and is no harm beside a valid one",
    () => {
      for (const kind of signerKinds) {
        const stranger = makeSigner(makers, kind, "stranger");
        const files = { [fileOf(stranger)]: stranger.sign(document) };
        const alone = verify({ files, keys: keyOf(signers[kind]) });
        expectCode(kind, alone, 16, "AIRGO_KEY_UNTRUSTED");
        const p256 = signers.p256;
        const both = verify({ files: { ...files, [fileOf(p256)]: p256.sign(document) }, keys: keyOf(p256) });
        expectCode(kind, both, 0, `signature SHA256SUMS.stranger.${stranger.ext}: no trusted key`);
      }
    },
  );

  testIf(signingTools, "junk, nothing and far too much under a trusted signer's name are bad", () => {
    const contents = [Buffer.alloc(0), Buffer.from("junk\u001b[31m\n"), Buffer.alloc(3_000_000, 0x41)];
    for (const kind of signerKinds) {
      for (const [index, junk] of contents.entries()) {
        const done = verify({ files: { [fileOf(signers[kind])]: junk }, keys: keyOf(signers[kind]) });
        expectCode(`${kind} ${index}`, done, 8, "AIRGO_SIGNATURE_BAD");
        expect(done.stdout + done.stderr).not.toContain("\u001b");
      }
    }
  });

  testIf(signingTools, "one that names another key, with the trusted signer's key beside it, is bad", () => {
    for (const kind of signerKinds) {
      const signer = signers[kind];
      const stranger = makeSigner(makers, kind, "impostor");
      const p256 = signers.p256;
      const files = {
        ...keyOf(signer),
        [fileOf(signer)]: stranger.sign(document),
        ...(kind === "p256" ? {} : { [fileOf(p256)]: p256.sign(document) }),
      };
      const done = verify({ files, keys: { ...keyOf(signer), ...keyOf(p256) } });
      expectCode(kind, done, 8, "AIRGO_SIGNATURE_BAD");
    }
  });

  testIf(signingTools, "an SSH signature made for something else is bad", () => {
    const signer = signers.sshsig;
    for (const namespace of ["file", "git", "airgo-kit2"]) {
      const signature = sshSignature(signer.folder ?? "", document, namespace);
      const done = verify({ files: { [fileOf(signer)]: signature }, keys: keyOf(signer) });
      expectCode(namespace, done, 8, "AIRGO_SIGNATURE_BAD");
    }
  });

  testIf(signingTools, "a minisign key with the number of another one", () => {
    const [mine, other] = [signers.minisign, makeSigner(makers, "minisign", "other")];
    const number = secondLine(mine.publicKey).subarray(2, 10);
    const files = { [fileOf(mine)]: withNumber(other.sign(document).toString(), number) };
    expectCode("alone", verify({ files, keys: keyOf(mine) }), 8, "AIRGO_SIGNATURE_BAD");
    // Who trusts both of them can have it checked.
    const keys = { ...keyOf(mine), "other.pub": withNumber(other.publicKey, number) };
    expectCode("both", verify({ files, keys }), 0, "valid");
  });
});

describe("minisign's other form, over a digest", () => {
  testIf(
    [...signingTools, "signify-openbsd"],
    "is checked by minisign, and signify says that it can't",
    () => {
      const signer = signers.minisign;
      const folder = signer.folder ?? "";
      writeFileSync(join(folder, "document"), document);
      const sign = ["minisign", "-S", "-H", "-s", "key", "-m", "document", "-x", "signature"];
      expect(run(sign, { cwd: folder }).code).toBe(0);
      const files = { [fileOf(signer)]: readFileSync(join(folder, "signature")) };
      expectCode("minisign", verify({ files, keys: keyOf(signer), only: "minisign" }), 0, "valid");
      const signify = verify({ files, keys: keyOf(signer), only: "signify-openbsd" });
      expectCode("signify", signify, 32, "bring minisign");
    },
  );
});

/** The bytes in the second line of a minisign file. */
function secondLine(text: string): Buffer {
  return Buffer.from(text.split("\n")[1] ?? "", "base64");
}

function withNumber(text: string, number: Buffer): string {
  const lines = text.split("\n");
  const bytes = secondLine(text);
  number.copy(bytes, 2);
  lines[1] = bytes.toString("base64");
  return lines.join("\n");
}

describe("OpenPGP keys with a past", () => {
  for (const tool of ["gpgv", "gpg", "sqv"]) {
    const needed = [...signingTools, tool];

    testIf(needed, `${tool}: a key that was revoked, and one that has expired, make nothing valid`, () => {
      const revoked = makeOpenpgpSigner(makers, "revoked");
      const signature = revoked.sign(document);
      const files = { [fileOf(revoked)]: signature };
      expectCode("before", verify({ files, keys: keyOf(revoked), only: tool }), 0, "valid");
      const done = verify({ files, keys: { "revoked.pub.asc": revoked.revoked() }, only: tool });
      expectCode("after", done, 8, "that key was revoked");

      const expired = makeOpenpgpSigner(makers, "expired", { time: "20200101T000000", ends: "2020-06-01" });
      const old = verify({
        files: { [fileOf(expired)]: expired.sign(document) },
        keys: keyOf(expired),
        only: tool,
      });
      expectCode("expired", old, 8, "that key has expired");
    });

    testIf(needed, `${tool}: a key that signs with a subkey, also when that one has expired`, () => {
      const past = { time: "20200101T000000", subkey: true };
      for (const [signer, code, text] of [
        [makeOpenpgpSigner(makers, "subkey", past), 0, "valid, key openpgp:"],
        [makeOpenpgpSigner(makers, "subkey", { ...past, ends: "2020-06-01" }), 8, "that key has expired"],
      ] as const) {
        const done = verify({
          files: { [fileOf(signer)]: signer.sign(document) },
          keys: keyOf(signer),
          only: tool,
        });
        expectCode(tool, done, code, text);
        if (code === 0) expectCode(tool, done, code, signer.fingerprint);
      }
    });

    testIf(needed, `${tool}: two signatures in one file, one of them by a stranger`, () => {
      const [mine, stranger] = [signers.openpgp, makeOpenpgpSigner(makers, "stranger")];
      const both = [stranger, mine].map((signer) => dearmored(signer.sign(document)));
      const armored = `-----BEGIN PGP SIGNATURE-----\n\n${Buffer.concat(both).toString("base64")}\n-----END PGP SIGNATURE-----\n`;
      const files = { [fileOf(mine)]: armored };
      expectCode("mine", verify({ files, keys: keyOf(mine), only: tool }), 0, "valid");
      expectCode(
        "nobody's",
        verify({ files, keys: keyOf(makeOpenpgpSigner(makers, "third")), only: tool }),
        16,
        "AIRGO_KEY_UNTRUSTED",
      );
    });

    testIf([...needed, "faketime"], `${tool}: a clock that is ten years off`, () => {
      const files = { [fileOf(signers.openpgp)]: signers.openpgp.sign(document) };
      const at = (year: number): Finished =>
        verify({
          files,
          keys: keyOf(signers.openpgp),
          only: tool,
          under: [findTool("faketime") ?? "", `${year}-01-01`],
        });
      const year = new Date().getFullYear();
      expectCode("ahead", at(year + 10), 0, "valid");
      // sqv refuses what was signed later than now, and has no option for that: it is said, and nothing passes.
      if (tool === "sqv") expectCode("behind", at(year - 10), 32, "set the clock");
      else expectCode("behind", at(year - 10), 0, "valid");
    });
  }

  testIf(signingTools, "a signed message with words of its own is no signature of the kit", () => {
    const signer = makeOpenpgpSigner(makers, "message");
    const env = { HOME: signer.folder, GNUPGHOME: join(signer.folder, "gnupg") };
    for (const how of ["--sign", "--clearsign"]) {
      writeFileSync(join(signer.folder, "other"), document);
      const gpg = ["gpg", "-q", "--batch", "--yes", "--armor", "-o", "message", how, "other"];
      expect(run(gpg, { cwd: signer.folder, env }).code).toBe(0);
      run(["gpgconf", "--kill", "all"], { env });
      const message = readFileSync(join(signer.folder, "message"), "utf8");
      for (const armor of [message, message.replaceAll("PGP MESSAGE", "PGP SIGNATURE")]) {
        const done = verify({ files: { "SHA256SUMS.message.asc": armor }, keys: keyOf(signer) });
        expectCode(how, done, 8, "AIRGO_SIGNATURE_BAD");
      }
    }
  });

  testIf(signingTools, "a file with two keys is refused, and one key in binary form is taken", () => {
    const other = makeOpenpgpSigner(makers, "other");
    const two = Buffer.concat([dearmored(signers.openpgp.publicKey), dearmored(other.publicKey)]);
    const files = { [fileOf(signers.openpgp)]: signers.openpgp.sign(document) };
    for (const keys of [{ "two.gpg": two }, { "two.asc": signers.openpgp.publicKey + other.publicKey }])
      expectCode("two", verify({ files, keys }), 32, "it holds several keys");
    const binary = { "one.gpg": dearmored(signers.openpgp.publicKey) };
    expectCode("binary", verify({ files, keys: binary }), 0, `key openpgp:`);
  });
});

// Each of these has two keys, and openssl, gpg or ssh-keygen shows the fingerprint of the other one than is asked for here.
describe("key files with more in them", () => {
  testIf(signingTools, "are refused, whatever the second key is", () => {
    const other = makeSigner(makers, "p256", "another");
    const [pem, pgp, ssh] = [signers.p256, signers.openpgp, signers.sshsig].map(
      ({ publicKey }) => publicKey.trim() + "\n",
    );
    const bytes = dearmored(String(pgp));
    const userId = Buffer.from(`\n${ssh}`);
    const files = { [fileOf(signers.p256)]: signers.p256.sign(document) };
    for (const [what, key] of Object.entries({
      "a block that openssl passes over": ` ${pem}${other.publicKey}`,
      "two blocks": `${pem}${other.publicKey}`,
      "an SSH key before PEM": `${ssh}${pem}`,
      "an SSH key behind PEM": `${pem}${ssh}`,
      "an SSH key before OpenPGP": `${ssh}${pgp}`,
      "OpenPGP before PEM": `${pgp}${pem}`,
      "a block that gpg passes over": ` ${pgp}${String(pgp).replaceAll("PUBLIC KEY BLOCK", "ARMORED FILE")}`,
      "a header that is none": String(pgp).replace("\n\n", "\nmDMEOk\n\n"),
      "base64 that looks like a header": String(pgp).replace("\n\n", "\n\nxjME: aaaa\n"),
      "an SSH key inside of binary OpenPGP": Buffer.concat([bytes, Buffer.of(0xcd, userId.length), userId]),
    }))
      expectCode(
        what,
        verify({ files, keys: { "release.pub.pem": key } }),
        32,
        "give a file with the key alone",
      );
    expectCode(
      "CRLF",
      verify({ files, keys: { "p256.pem": `\n${String(pem).replaceAll("\n", "\r\n")}\n` } }),
      0,
      "valid",
    );
  });
});

// What lies beside the kit may come from anybody: it must not write on the terminal, and not take all day.
describe("hostile keys and signatures beside the kit", () => {
  testIf([...signingTools, "busybox"], "a line that only some programs take for base64 is no key", () => {
    // busybox passes over bytes that are no base64.
    const hidden = signers.minisign.publicKey.replace(/^(RW....)/m, "$1\u001b]");
    const files = {
      [fileOf(signers.p256)]: signers.p256.sign(document),
      [fileOf(signers.minisign)]: signers.minisign.sign(document),
      "minisign.pub": hidden,
    };
    const done = verify({ files, keys: keyOf(signers.p256), path: busyboxPath(join(workspace, "applets")) });
    expectCode("hidden", done, 0, "no key lies beside it");
    expect(done.stdout + done.stderr).not.toContain("\u001b");
  });

  testIf(signingTools, "a device is no key, and does not fill the disk", () => {
    const under = ["sh", "-c", 'ulimit -f 20000; exec "$@"', "sh"];
    const link = join(workspace, "endless.pub.pem");
    symlinkSync("/dev/zero", link);
    const done = host.script(kit, ["verify", "--key", link], { under });
    expectCode("device", done, 32, "too large for a key");
  });

  testIf(signingTools, "lists as large as a disk are not copied", () => {
    const under = ["sh", "-c", 'ulimit -f 20000; exec "$@"', "sh"];
    const keys = keyOf(signers.p256);
    const files = { [fileOf(signers.p256)]: signers.p256.sign(document) };
    for (const name of ["SHA256SUMS", "provenance.json", "contents.SHA256SUMS"]) {
      const done = verify({ files, keys, under, large: name });
      expectCode(name, done, 8, "far larger than in any kit");
    }
  });

  testIf(signingTools, "thousands of subkeys or of signatures are not looked at", () => {
    const subkeys = Buffer.alloc(3 * 60_000, Buffer.of(0xce, 1, 4));
    const bytes = Buffer.concat([dearmored(signers.openpgp.publicKey), subkeys]);
    const lines = bytes.toString("base64").replace(/.{64}/g, "$&\n");
    const armor = `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${lines}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
    const files: Record<string, string | Buffer> = {
      [fileOf(signers.p256)]: signers.p256.sign(document),
      [fileOf(signers.openpgp)]: signers.openpgp.sign(document),
    };
    const keys = keyOf(signers.p256);
    const under = ["timeout", "60"];
    expectCode(
      "subkeys",
      verify({ files: { ...files, "openpgp.pub.asc": armor }, keys, under }),
      0,
      "no key lies beside it",
    );
    expectCode(
      "given",
      verify({ files, keys: { "openpgp.pub.asc": armor }, under }),
      32,
      "more than 32 subkeys",
    );
    for (let nth = 0; nth < 101; nth++) files[`SHA256SUMS.a${nth}.sig`] = "x";
    expectCode("signatures", verify({ files, keys, under }), 8, "more than 100 signatures");
  });
});

/** The bytes of an armored OpenPGP file: what is between the blank line and the checksum. */
function dearmored(armor: string | Buffer): Buffer {
  return Buffer.from(/\n\n([^=]*=?=?)\n=/.exec(armor.toString())?.[1] ?? "", "base64");
}

/** Verifies the kit, signed by one signer, with nothing on PATH but this. */
function verifyWith(path: string, signer: KitSigner): Finished {
  const keys = join(workspace, "trusted", signer.name);
  const file = join(kit.outer, fileOf(signer));
  writeFileSync(file, signer.sign(document));
  try {
    return host.script(kit, ["verify", "--key", writeKey(keys, signer)], {
      shell: [findTool("dash") ?? "/bin/sh"],
      env: { PATH: path },
    });
  } finally {
    rmSync(file);
  }
}

describe("programs that say yes to all, or no", () => {
  const fakes: Record<string, string> = {
    openssl: `case $1 in dgst) echo 'Verified OK' ;; pkeyutl) echo 'Signature Verified Successfully' ;; esac`,
    gpgv: `echo '[GNUPG:] GOODSIG 0 a'; echo '[GNUPG:] VALIDSIG A97072A8A616B45F1537740B0960C8FFB1AEFD29 A97072A8A616B45F1537740B0960C8FFB1AEFD29'`,
    sqv: "echo A97072A8A616B45F1537740B0960C8FFB1AEFD29",
    "ssh-keygen": `echo 'Good "airgo-kit" signature for airgo with ED25519 key'`,
    minisign: "exit 0",
  };
  const kinds: Record<string, SignerKind> = {
    openssl: "p256",
    gpgv: "openpgp",
    sqv: "openpgp",
    "ssh-keygen": "sshsig",
    minisign: "minisign",
  };

  for (const [program, yes] of Object.entries(fakes)) {
    testIf(signingTools, `${program} is passed over, and that is said`, () => {
      for (const [answer, body] of [
        ["yes", yes],
        ["no", "exit 1"],
      ] as const) {
        const path = join(workspace, `fake-${program}-${answer}`);
        pathWith(path, [...toolsOf(kit.script), "printf", "sh"]);
        writeFileSync(join(path, program), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
        const done = verifyWith(path, signers[kinds[program] ?? "p256"]);
        expectCode(`${program} ${answer}`, done, 32, "AIRGO_VERIFIER_MISSING");
        expectCode(`${program} ${answer}`, done, 32, `WARNING: ${program} on this machine does not check`);
      }
    });
  }

  testIf([...signingTools, "gpgv", "sqv"], "the next program takes the place of a wrong one", () => {
    const path = pathWith(join(workspace, "fake-first"), [...toolsOf(kit.script), "printf", "sh", "sqv"]);
    writeFileSync(join(path, "gpgv"), `#!/bin/sh\n${fakes["gpgv"]}\n`, { mode: 0o755 });
    const done = verifyWith(path, signers.openpgp);
    expectCode("next", done, 0, "valid, key openpgp:");
    expectCode("next", done, 0, "by sqv");
    expectCode("next", done, 0, "WARNING: gpgv on this machine does not check OpenPGP signatures rightly");
  });
});
