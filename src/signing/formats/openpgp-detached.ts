import type { PublicKey as OpenpgpKey, Signature } from "openpgp";

import { messageOf } from "../../support/errors.js";

/** What one signature of a detached OpenPGP signature turned out to be. */
export interface DetachedVerdict {
  /** Of the key that it says it was made with, upper-case hex. */
  readonly keyId: string;
  /** Of the primary key, upper-case hex; where it is one of the given keys. */
  readonly fingerprint?: string;
  /** Why it does not count, where that is so. */
  readonly fault?: string;
}

/**
 * Verifies a detached signature (RFC 9580). A key counts as of when it signed: signing subkeys expire, and what they
 * signed before does not. So no clock of this machine is asked. A key that was revoked counts never.
 * @param armored its text, any number of signatures
 * @param keys those that are known
 * @throws an Error that says why it is no signature over a file
 */
export async function verifyDetached(
  document: Uint8Array,
  armored: string,
  keys: readonly OpenpgpKey[],
): Promise<DetachedVerdict[]> {
  // 1 MB of library, for those who need it.
  const openpgp = await import("openpgp");
  const signature = await readDetached(armored);
  // "Now" is when it was signed; each key is looked at as of then anyway.
  const date = new Date(Math.max(0, ...signature.packets.map(({ created }) => created?.getTime() ?? 0)));
  const { signatures } = await openpgp.verify({
    message: await openpgp.createMessage({ binary: document }),
    signature,
    verificationKeys: [...keys],
    date,
    format: "binary",
  });
  return Promise.all(
    signatures.map(async ({ keyID, verified }): Promise<DetachedVerdict> => {
      const keyId = keyID.toHex().toUpperCase();
      const key = keys.find((one) => one.getKeys(keyID).length > 0);
      const failure = await verified.then(
        () => undefined,
        (cause: unknown) => messageOf(cause),
      );
      if (key === undefined) return { keyId };
      const fault =
        failure ?? ((await key.isRevoked(undefined, undefined, date)) ? "its key was revoked" : undefined);
      const fingerprint = key.getFingerprint().toUpperCase();
      return fault === undefined ? { keyId, fingerprint } : { keyId, fingerprint, fault };
    }),
  );
}

/**
 * Reads a detached signature.
 * @throws an Error that says why it is none over a file
 */
async function readDetached(armored: string): Promise<Signature> {
  const openpgp = await import("openpgp");
  const signature = await openpgp
    .readSignature({ armoredSignature: armored })
    .catch((cause: unknown): never => {
      throw new Error(`it is no OpenPGP signature: ${messageOf(cause)}`, { cause });
    });
  // A key's own certifications are signatures too, by that very key and public: the library passes over their kind.
  if (signature.packets.some(({ signatureType }) => signatureType !== openpgp.enums.signature.binary))
    throw new Error("it is a signature of another kind than over a file");
  if (signature.packets.length === 0) throw new Error("there is no signature in it");
  return signature;
}
