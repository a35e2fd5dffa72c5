import { createPublicKey, sign, verify } from "node:crypto";

import { AirgoError } from "../support/errors.js";
import { isP256, type SigningKey } from "./keys.js";

/**
 * Signs a document with ECDSA P-256 over its SHA-256, DER: what `openssl dgst -sha256 -verify` reads. The signature is
 * verified before it is given away.
 * @throws AIRGO_SIGNATURE_BAD
 */
export function signEcdsa(document: Buffer, key: SigningKey): Buffer {
  const signature = sign("sha256", document, key.privateKey);
  if (!verifyEcdsa(document, signature, key.publicPem)) {
    throw new AirgoError("AIRGO_SIGNATURE_BAD", {
      what: "a signature just made does not verify",
      where: key.fingerprint,
    });
  }
  return signature;
}

/**
 * True when the signature over the document was made with the private half of this public key (SPKI PEM). A key of
 * another kind or curve verifies nothing here.
 */
export function verifyEcdsa(document: Buffer, signature: Buffer, publicPem: string): boolean {
  const key = createPublicKey(publicPem);
  return isP256(key) && verify("sha256", document, key, signature);
}
