import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";

import { openpgpPublicKey } from "./formats/openpgp-keys.js";
import type { KeyKind } from "./key-kinds.js";
import { encryptPrivateKey } from "./encrypt-private-key.js";
import type { PublicKey } from "./public-key.js";
import { spkiFingerprint } from "./public-key.js";
import { publicKeyOf } from "./public-half.js";

/** A new key, not written anywhere yet. */
export interface GeneratedKey {
  /** The private key's file. */
  readonly privateText: string;
  readonly publicKey: PublicKey;
  /** Hex SHA-256 of the SPKI DER; OpenPGP keys have none. */
  readonly spkiSha256?: string;
}

export interface KeyWish {
  /** What the signer is called; an OpenPGP key bears it as its user id. */
  readonly name: string;
  readonly kind: KeyKind;
  /** Encrypts the private key. */
  readonly passphrase: string | undefined;
  /** From when an OpenPGP key counts; milliseconds since 1970. */
  readonly now: number;
}

/** Makes a key of any kind. */
export async function generateKey(wish: KeyWish): Promise<GeneratedKey> {
  if (wish.kind === "openpgp") return generateOpenpgpKey(wish);
  const key = generatePemKey(wish.kind);
  const { passphrase } = wish;
  return {
    privateText:
      passphrase === undefined
        ? key.export({ type: "pkcs8", format: "pem" }).toString()
        : encryptPrivateKey(key, passphrase, randomBytes),
    publicKey: publicKeyOf(key, wish.kind, wish.name),
    spkiSha256: spkiFingerprint(key),
  };
}

const rsaBits = 3072;

function generatePemKey(kind: Exclude<KeyKind, "openpgp">): KeyObject {
  if (kind === "ecdsa-p256") return generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
  if (kind === "rsa") return generateKeyPairSync("rsa", { modulusLength: rsaBits }).privateKey;
  if (kind !== "sm2") return generateKeyPairSync("ed25519").privateKey;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "SM2" });
  // Loaded again: see signSm2.
  return createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }));
}

/** Of the one form of Ed25519 that gpgv 2.2 and sqv both know. */
async function generateOpenpgpKey({ name, passphrase, now }: KeyWish): Promise<GeneratedKey> {
  const openpgp = await import("openpgp");
  const { privateKey } = await openpgp.generateKey({
    type: "ecc",
    curve: "ed25519Legacy",
    userIDs: [{ name: `${name} (airgo kits)` }],
    // One key that signs, and no part to encrypt to.
    subkeys: [],
    date: new Date(now),
    format: "object",
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return {
    privateText: privateKey.armor().replaceAll("\r\n", "\n"),
    publicKey: openpgpPublicKey(privateKey, name),
  };
}
