import { createHash, createPublicKey, createSign, createVerify, type KeyObject } from "node:crypto";

import { spkiDer } from "../public-key.js";
import type { SignatureFormat } from "./format.js";

/*
 * SM2 signatures over SM3 (GB/T 32918.2). What is hashed is Z and then the document, where Z is a digest over the
 * signer's id, the curve and the public key. Node's own `sign("sm3")` takes an empty id, and gives what others refuse;
 * `createSign("sm3")` adds nothing, so that Z can be put in front here.
 */

/** The id that everybody uses who has agreed on none (GM/T 0009). */
const signerId = "1234567812345678";

/** a, b, Gx and Gy of the curve sm2p256v1 (GB/T 32918.5). */
const curve = Buffer.from(
  "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc" +
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93" +
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7" +
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0",
  "hex",
);

function zOf(key: KeyObject): Buffer {
  const idBits = Buffer.alloc(2);
  idBits.writeUInt16BE(signerId.length * 8);
  const point = spkiDer(key).subarray(-64);
  return createHash("sm3").update(idBits).update(signerId).update(curve).update(point).digest();
}

/** @param key loaded from PEM: one that was just generated signs plain ECDSA, which nobody else verifies */
export function signSm2(document: Buffer, key: KeyObject): Buffer {
  return createSign("sm3").update(zOf(key)).update(document).sign(key);
}

export const sm2Format: SignatureFormat = {
  async verify(document, signature, { text }) {
    const key = createPublicKey(text);
    return createVerify("sm3").update(zOf(key)).update(document).verify(key, signature);
  },
  isBy: async () => undefined,
};
