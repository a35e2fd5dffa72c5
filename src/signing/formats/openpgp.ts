import type { PrivateKey as OpenpgpPrivateKey } from "openpgp";

import { messageOf } from "../../support/errors.js";
import { badSignature } from "../bad-signature.js";
import { type DetachedVerdict, verifyDetached } from "./openpgp-detached.js";
import { libraryKey } from "./openpgp-keys.js";
import type { SignatureFormat } from "./format.js";

/* Detached, armored OpenPGP signatures that gpgv 2.2 and sqv read: of version 4 keys. */

/**
 * Signs a document.
 * @param key opened
 * @param date what the signature says of when it was made
 */
export async function signOpenpgp(document: Buffer, key: OpenpgpPrivateKey, date: Date): Promise<Buffer> {
  const openpgp = await import("openpgp");
  const armored = await openpgp.sign({
    message: await openpgp.createMessage({ binary: document }),
    signingKeys: key,
    detached: true,
    format: "armored",
    date,
  });
  return Buffer.from(String(armored).replaceAll("\r\n", "\n"));
}

async function verdicts(
  document: Buffer,
  signature: Buffer,
  key: { readonly text: string },
): Promise<DetachedVerdict[]> {
  const known = [await libraryKey(key)];
  return verifyDetached(document, signature.toString("utf8"), known).catch((cause: unknown): never => {
    throw badSignature("it is no OpenPGP signature over a file", "asc", messageOf(cause));
  });
}

export const openpgpFormat: SignatureFormat = {
  async verify(document, signature, key) {
    const own = (await verdicts(document, signature, key)).filter(
      ({ fingerprint }) => fingerprint !== undefined,
    );
    // One bad signature of the key is one too many, whatever stands beside it.
    return own.length > 0 && own.every(({ fault }) => fault === undefined);
  },
  async isBy(signature, key) {
    const all = await verdicts(Buffer.of(), signature, key);
    return all.some(({ fingerprint }) => fingerprint !== undefined);
  },
  // The primary key, or the part of it that signed.
  async hasEnded(signature, key, now) {
    const { readSignature } = await import("openpgp");
    const whole = await libraryKey(key);
    const { packets } = await readSignature({ armoredSignature: signature.toString("utf8") });
    const parts = packets.flatMap(({ issuerKeyID }) => whole.getKeys(issuerKeyID));
    const ends = [
      await whole.getExpirationTime(),
      ...(await Promise.all(parts.map((part) => part.getExpirationTime(new Date(now))))),
    ];
    return ends.some((end) => end !== null && Number(end) <= now);
  },
};
