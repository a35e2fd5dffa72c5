import { mkdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";

import { names } from "../../manifest/fields.js";
import { passphraseOf } from "../../pipeline/passphrase.js";
import { fingerprintByHand } from "../../signing/by-hand.js";
import { generateKey, type GeneratedKey } from "../../signing/generate-key.js";
import { publicKeyFile, type KeyKind } from "../../signing/key-kinds.js";
import { AirgoError } from "../../support/errors.js";
import { asDiskError, createFile, fileSize } from "../../support/files.js";

export interface KeygenOptions {
  readonly type: KeyKind;
  readonly folder: string;
  /** `env:NAME` or `file:PATH` */
  readonly passphrase?: string;
}

/**
 * `airgo keygen`: makes a key, writes its two halves and says what to do with them.
 * @returns the exit code
 * @throws AIRGO_USAGE for a name that is none, or one that has a key already
 */
export async function keygenCommand(name: string, options: KeygenOptions): Promise<number> {
  const { env, stdout } = process;
  checkName(name);
  const { type, passphrase: place } = options;
  const folder = resolve(options.folder);
  const files = {
    private: join(folder, `${name}.${type === "openpgp" ? "asc" : "pem"}`),
    public: join(folder, publicKeyFile(name, type)),
  };
  for (const file of [files.private, files.public])
    if ((await fileSize(file)) !== undefined) throw keyExists(file);
  const passphrase = place === undefined ? undefined : await passphraseAt(place, env, name);
  const key = await generateKey({ name, kind: type, passphrase, now: Date.now() });
  await makePrivateFolder(folder);
  // Never over another one: a lost key is lost for good.
  if (!(await createFile(files.private, key.privateText, 0o600))) throw keyExists(files.private);
  if (!(await createFile(files.public, key.publicKey.text, 0o644))) throw keyExists(files.public);
  stdout.write(report({ name, type, files, key, passphrase: place }));
  return 0;
}

function checkName(name: string): void {
  const { pattern, expected } = names.signers;
  if (pattern.test(name)) return;
  throw new AirgoError("AIRGO_USAGE", { what: "no signer can have this name", expected, found: name });
}

async function passphraseAt(place: string, env: NodeJS.ProcessEnv, name: string): Promise<string> {
  if (!/^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/.test(place)) {
    throw new AirgoError("AIRGO_USAGE", {
      what: "--passphrase says where the passphrase is, not what it is",
      expected: "env:NAME or file:PATH",
      hint: "what stands on a command line can be read by others on this machine: choose another passphrase",
    });
  }
  const passphrase = await passphraseOf({ env, folder: process.cwd() }, place, name);
  if (passphrase !== "") return passphrase;
  throw new AirgoError("AIRGO_KEY_UNREADABLE", { what: "the passphrase is empty", where: place });
}

function keyExists(file: string): AirgoError {
  return new AirgoError("AIRGO_USAGE", {
    what: "there is a key of this name already, and it is never replaced",
    where: file,
    hint: "take another name or --folder; move the old key away only if no host trusts it any more",
  });
}

/** A folder of private keys keeps itself out of version control; public halves may go in. */
async function makePrivateFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw asDiskError(error, folder);
  });
  if (made !== undefined) await createFile(join(folder, ".gitignore"), "*\n!*.pub.pem\n!*.pub.asc\n!*.pub\n");
}

interface Made {
  readonly name: string;
  readonly type: KeyKind;
  readonly files: { readonly private: string; readonly public: string };
  readonly key: GeneratedKey;
  readonly passphrase: string | undefined;
}

function report({ name, type, files, key, passphrase }: Made): string {
  const { id } = key.publicKey;
  // An SSH or minisign key has its own name, and that of the same key in PEM.
  const spki = key.spkiSha256 === undefined || id.startsWith("sha256:") ? [] : [`sha256:${key.spkiSha256}`];
  const secret = passphrase === undefined ? "" : `, passphrase: ${JSON.stringify(passphrase)}`;
  const isOpen = passphrase === undefined ? ", not encrypted" : "";
  return [
    `private key  ${shown(files.private)} (readable by you alone${isOpen})`,
    `public key   ${shown(files.public)}`,
    ...[id, ...spki].map((line, i) => `${i === 0 ? "fingerprint" : "           "}  ${line}`),
    "",
    "in bundles.yaml:",
    "signers:",
    `  ${name}: { type: ${type}, key: ${JSON.stringify(`file:${shown(files.private)}`)}${secret} }`,
    "",
    "Give the public key to those who install your kits, another way than the kits, and let them compare the fingerprint:",
    `  ${fingerprintByHand(type)}`,
    "",
  ].join("\n");
}

/** As short as it can be said here. */
function shown(file: string): string {
  return relative("", file) || file;
}
