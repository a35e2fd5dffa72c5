import { createPublicKey, sign, verify, type KeyObject } from "node:crypto";

import type { PublicKey } from "../public-key.js";
import type { SignatureFormat } from "./format.js";

/*
 * Signatures that are nothing but the algorithm's own bytes: ECDSA on P-256 and RSA (PKCS #1 v1.5) over SHA-256, as
 * `openssl dgst -sha256 -verify` reads them, and Ed25519 (RFC 8032) over the document itself.
 */

function digestOf(key: KeyObject): "sha256" | null {
  return key.asymmetricKeyType === "ed25519" ? null : "sha256";
}

/** Signs a document. */
export function signRaw(document: Buffer, key: KeyObject): Buffer {
  return sign(digestOf(key), document, key);
}

/** @param key of a kind that signs raw; another verifies nothing */
function verifyRaw(document: Buffer, signature: Buffer, key: PublicKey): boolean {
  const publicKey = createPublicKey(key.text);
  return verify(digestOf(publicKey), document, publicKey, signature);
}

export const rawFormat: SignatureFormat = {
  verify: async (document, signature, key) => verifyRaw(document, signature, key),
  isBy: async () => undefined,
};
