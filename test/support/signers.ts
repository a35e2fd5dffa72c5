import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Somebody who signs kits with a real program, in one of the forms of docs/kit-format.md. */
export interface KitSigner {
  readonly name: string;
  /** What a signature's file is called at its end. */
  readonly ext: "sig" | "sm2sig" | "asc" | "sshsig" | "minisig";
  /** What the public key's file is called at its end. */
  readonly keyExt: "pub.pem" | "pub.asc" | "pub";
  /** The text of the public key's file. */
  readonly publicKey: string;
  /** Where the private key lies, if in a file. */
  readonly folder?: string;
  sign(document: string): Buffer;
}

export const signerKinds = ["p256", "rsa", "ed25519", "sm2", "openpgp", "sshsig", "minisign"] as const;
export type SignerKind = (typeof signerKinds)[number];

/** The programs that make the signatures of all kinds. */
export const signingTools = ["openssl", "gpg", "ssh-keygen", "minisign"];

/** Runs a program in a folder; gives back what it said, or throws with its complaint. */
function tool(folder: string, argv: readonly string[]): string {
  const [program = "", ...args] = argv;
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, GNUPGHOME: join(folder, "gnupg") };
  const done = spawnSync(program, args, { cwd: folder, env, encoding: "latin1" });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${argv.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

type Run = (...argv: string[]) => string;
type Signed = (document: string, ...argv: string[]) => Buffer;

/** A new folder below `parent`, and how programs are run in it: plainly, and on a document to make a signature of it. */
function workshop(parent: string): { folder: string; run: Run; signed: Signed } {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "k"));
  const run: Run = (...argv) => tool(folder, argv);
  const signed: Signed = (document, ...argv) => {
    writeFileSync(join(folder, "document"), document);
    rmSync(join(folder, "signature"), { force: true });
    run(...argv);
    return readFileSync(join(folder, "signature"));
  };
  return { folder, run, signed };
}

/** Makes a new key of a kind in a folder of its own below `parent`. */
export function makeSigner(parent: string, kind: SignerKind, name: string): KitSigner {
  if (kind === "openpgp") return makeOpenpgpSigner(parent, name);
  if (kind === "sshsig") return makeSshSigner(parent, name);
  if (kind === "minisign") return makeMinisignSigner(parent, name);
  return makeOpensslSigner(parent, kind, name);
}

function makeSshSigner(parent: string, name: string): KitSigner {
  const { folder, run } = workshop(parent);
  run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "somebody", "-f", "key");
  return {
    name,
    ext: "sshsig",
    keyExt: "pub",
    publicKey: readFileSync(join(folder, "key.pub"), "utf8"),
    folder,
    sign: (document) => sshSignature(folder, document),
  };
}

function makeMinisignSigner(parent: string, name: string): KitSigner {
  const { folder, run, signed } = workshop(parent);
  run("minisign", "-G", "-W", "-f", "-p", "key.pub", "-s", "key");
  const sign = ["minisign", "-S", "-l", "-s", "key", "-m", "document", "-x", "signature"];
  return {
    name,
    ext: "minisig",
    keyExt: "pub",
    publicKey: readFileSync(join(folder, "key.pub"), "utf8"),
    folder,
    sign: (document) => signed(document, ...sign),
  };
}

const keyArguments = {
  p256: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  rsa: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  ed25519: ["-algorithm", "ED25519"],
  sm2: ["-algorithm", "SM2"],
};

const signArguments = {
  p256: ["dgst", "-sha256", "-sign", "key", "-out", "signature", "document"],
  rsa: ["dgst", "-sha256", "-sign", "key", "-out", "signature", "document"],
  ed25519: ["pkeyutl", "-sign", "-inkey", "key", "-rawin", "-in", "document", "-out", "signature"],
  sm2: [
    "dgst",
    "-sm3",
    "-sigopt",
    "distid:1234567812345678",
    "-sign",
    "key",
    "-out",
    "signature",
    "document",
  ],
};

function makeOpensslSigner(parent: string, kind: keyof typeof keyArguments, name: string): KitSigner {
  const { folder, run, signed } = workshop(parent);
  run("openssl", "genpkey", ...keyArguments[kind], "-out", "key");
  return {
    name,
    ext: kind === "sm2" ? "sm2sig" : "sig",
    keyExt: "pub.pem",
    publicKey: run("openssl", "pkey", "-in", "key", "-pubout"),
    folder,
    sign: (document) => signed(document, "openssl", ...signArguments[kind]),
  };
}

/** A signer with gpg, whose key can be revoked. */
export interface OpenpgpSigner extends KitSigner {
  readonly folder: string;
  readonly fingerprint: string;
  /** The key with a revocation of itself. */
  revoked(): string;
}

/**
 * `time` (YYYYMMDDThhmmss) is when the key is made and signs, `ends` the last day of the key that signs; with `subkey` that
 * is not the primary one.
 */
export function makeOpenpgpSigner(
  parent: string,
  name: string,
  { time, ends = "never", subkey = false }: { time?: string; ends?: string; subkey?: boolean } = {},
): OpenpgpSigner {
  const { folder, run, signed } = workshop(parent);
  mkdirSync(join(folder, "gnupg"), { mode: 0o700 });
  const gpg = ["gpg", "-q", "--batch", "--yes", ...(time === undefined ? [] : ["--faked-system-time", time])];
  const endAgent = (): void => void run("gpgconf", "--kill", "all");
  const make = (...words: string[]): string => run(...gpg, "--passphrase", "", ...words);
  if (subkey) make("--quick-gen-key", `Signer ${name}`, "ed25519", "cert", "never");
  else make("--quick-gen-key", `Signer ${name}`, "ed25519", "sign", ends);
  const listed = run(...gpg, "--with-colons", "--list-keys");
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? "";
  if (subkey) make("--quick-add-key", fingerprint, "ed25519", "sign", ends);
  endAgent();
  return {
    name,
    ext: "asc",
    keyExt: "pub.asc",
    publicKey: run(...gpg, "--armor", "--export"),
    folder,
    fingerprint,
    sign(document) {
      const signature = signed(document, ...gpg, "--armor", "-o", "signature", "--detach-sign", "document");
      endAgent();
      return signature;
    },
    revoked() {
      const file = join(folder, "gnupg", "openpgp-revocs.d", `${fingerprint}.rev`);
      writeFileSync(join(folder, "revocation"), readFileSync(file, "latin1").replace(/^:---/m, "---"));
      run(...gpg, "--import", "revocation");
      return run(...gpg, "--armor", "--export");
    },
  };
}

/** An SSH signature by the key of a signer's folder, in any namespace. */
export function sshSignature(folder: string, document: string, namespace = "airgo-kit"): Buffer {
  writeFileSync(join(folder, "document"), document);
  rmSync(join(folder, "document.sig"), { force: true });
  tool(folder, ["ssh-keygen", "-q", "-Y", "sign", "-f", "key", "-n", namespace, "document"]);
  return readFileSync(join(folder, "document.sig"));
}

/** Writes the signer's public key into a folder, under its name, and gives the file's path back. */
export function writeKey(folder: string, signer: KitSigner): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${signer.name}.${signer.keyExt}`);
  writeFileSync(file, signer.publicKey);
  return file;
}
