import { createPublicKey, type KeyObject } from "node:crypto";

import { sha256Hex } from "../support/digest.js";
import type { KeyKind } from "./key-kinds.js";

/** A public key that signatures can be held to. */
export interface PublicKey {
  readonly kind: KeyKind;
  /** What it is called here: the signer's name, or that of its file. */
  readonly name: string;
  /** The one text that names this key and no other: `sha256:…`, `openpgp:…`, `ssh:SHA256:…`, `minisign:…` (docs/kit-format.md). */
  readonly id: string;
  /** The key's file, in the one form that airgo writes. */
  readonly text: string;
}

/** What a DER begins with that holds an uncompressed point, or the key itself, after it; and the DER's whole length. */
const derForms: readonly { readonly kind: KeyKind; readonly prefix: string; readonly length: number }[] = [
  {
    kind: "ecdsa-p256",
    prefix: "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
    length: 91,
  },
  { kind: "sm2", prefix: "3059301306072a8648ce3d020106082a811ccf5501822d03420004", length: 91 },
  { kind: "ed25519", prefix: "302a300506032b6570032100", length: 44 },
];

/** Below this many bits RSA is refused. */
export const leastRsaBits = 2048;

/** SPKI DER of a key, of either half. */
export function spkiDer(key: KeyObject): Buffer {
  const half = key.type === "private" ? createPublicKey(key) : key;
  return half.export({ type: "spki", format: "der" });
}

/**
 * The kind of a key, by its DER: of SM2 keys Node itself tells nothing.
 * @returns undefined for kinds that sign no kits, and for RSA keys that are too short
 */
export function kindOfKey(key: KeyObject): KeyKind | undefined {
  const der = spkiDer(key);
  const hex = der.toString("hex");
  const form = derForms.find(({ prefix, length }) => der.length === length && hex.startsWith(prefix));
  if (form !== undefined) return form.kind;
  const bits = key.asymmetricKeyType === "rsa" ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
  return bits >= leastRsaBits ? "rsa" : undefined;
}

/** Describes a key of `kindOfKey`'s kinds. */
export function pemPublicKey(key: KeyObject, kind: KeyKind, name: string): PublicKey {
  const half = key.type === "private" ? createPublicKey(key) : key;
  return {
    kind,
    name,
    id: `sha256:${spkiFingerprint(half)}`,
    text: half.export({ type: "spki", format: "pem" }).toString(),
  };
}

/** Hex SHA-256 of the SPKI DER: `openssl pkey -pubin -outform DER -in KEY | sha256sum` prints the same. */
export function spkiFingerprint(key: KeyObject): string {
  return sha256Hex(spkiDer(key));
}
