import { createPrivateKey, type KeyObject } from "node:crypto";

import { messageOf } from "../support/errors.js";
import { checkedSigner, type DocumentSigner } from "./document-signer.js";
import { signMinisign } from "./formats/minisign.js";
import { openpgpPublicKey, readOpenpgpPrivateKey } from "./formats/openpgp-keys.js";
import { signOpenpgp } from "./formats/openpgp.js";
import { signRaw } from "./formats/raw.js";
import { signSm2 } from "./formats/sm2.js";
import { signSsh } from "./formats/sshsig.js";
import type { KeyKind } from "./key-kinds.js";
import { readPrivateKeyFile, unusableKey } from "./private-key-file.js";
import { kindOfKey } from "./public-key.js";
import { publicKeyOf } from "./public-half.js";

export interface KeyToLoad {
  /** What the signer is called. */
  readonly name: string;
  readonly kind: KeyKind;
  readonly file: string;
  /** For an encrypted key. */
  readonly passphrase: string | undefined;
  /** When it is signed, for signatures that say so; milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Reads a private key: PEM (PKCS#8, or the older forms of openssl), of OpenPGP an armored one.
 * @throws AIRGO_KEY_UNREADABLE, AIRGO_KEY_EXPOSED when others may read the file
 */
export async function loadSigner(wanted: KeyToLoad): Promise<DocumentSigner> {
  const bytes = await readPrivateKeyFile(wanted.file);
  if (wanted.kind === "openpgp") return loadOpenpgp(bytes, wanted);
  const key = parsePem(bytes, wanted);
  const sign = pemSigners[wanted.kind];
  return checkedSigner(publicKeyOf(key, wanted.kind, wanted.name), (document) => sign(document, key));
}

const pemSigners: Readonly<
  Record<Exclude<KeyKind, "openpgp">, (document: Buffer, key: KeyObject) => Buffer>
> = {
  "ecdsa-p256": signRaw,
  rsa: signRaw,
  ed25519: signRaw,
  sm2: signSm2,
  sshsig: signSsh,
  minisign: signMinisign,
};

/** Which kinds of keys a type of signer takes. */
const keysFor: Readonly<Record<Exclude<KeyKind, "openpgp">, readonly (KeyKind | undefined)[]>> = {
  "ecdsa-p256": ["ecdsa-p256"],
  rsa: ["rsa"],
  ed25519: ["ed25519"],
  sm2: ["sm2"],
  sshsig: ["ed25519", "ecdsa-p256", "rsa"],
  minisign: ["ed25519"],
};

function parsePem(pem: Buffer, { kind, file, passphrase }: KeyToLoad): KeyObject {
  if (pem.includes("BEGIN OPENSSH PRIVATE KEY")) {
    const what =
      "the signing key is in OpenSSH's own form: a `command` signer can have ssh-keygen sign with it";
    throw unusableKey(file, what);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    // Node's own words for a wrong passphrase are about internals; the key's bytes are never in them.
    const what =
      passphrase === undefined ? "it is encrypted, or no key" : "the passphrase is wrong, or it is no key";
    throw unusableKey(file, `cannot use the signing key: ${what}`, cause);
  }
  const found = kindOfKey(key);
  const wanted = kind === "openpgp" ? [] : keysFor[kind];
  if (wanted.includes(found)) return key;
  throw unusableKey(
    file,
    `the signing key is of another kind than its type says: ${found ?? "none that signs kits"}, not ${wanted.join(" or ")}`,
  );
}

async function loadOpenpgp(
  bytes: Buffer,
  { name, file, passphrase, now }: KeyToLoad,
): Promise<DocumentSigner> {
  try {
    const key = await readOpenpgpPrivateKey(bytes, passphrase, new Date(now()));
    return checkedSigner(openpgpPublicKey(key, name), (document) =>
      signOpenpgp(document, key, new Date(now())),
    );
  } catch (cause) {
    throw unusableKey(file, `cannot use the OpenPGP key: ${messageOf(cause)}`, cause);
  }
}
