import { readFile } from "node:fs/promises";

import type { PublicKey, Signature } from "openpgp";

import { AirgoError, messageOf } from "../../support/errors.js";

/** What an OpenPGP signature beside an archive turned out to be; a bad one is an error. */
export type SignatureVerdict =
  | { readonly kind: "good"; /** Of the primary key, upper-case hex. */ readonly fingerprint: string }
  /** Made by keys that are not among the trusted ones. */
  | { readonly kind: "unknown"; readonly keyIds: readonly string[] };

export interface SignedArchive {
  /** The archive, to read. */
  readonly file: string;
  /** For errors. */
  readonly name: string;
  /** The text of its `.asc`. */
  readonly signature: string;
  /** Armored OpenPGP keys, any number in each text. */
  readonly keys: readonly string[];
}

/**
 * Verifies a detached signature (RFC 9580). A key counts as of when it signed: Google's signing subkeys expire, and
 * what they signed before does not. So no clock of this machine is asked.
 * @throws AIRGO_GO_ARCHIVE_INVALID for a bad signature, and for what is none
 */
export async function verifyArchive(archive: SignedArchive): Promise<SignatureVerdict> {
  const { file, name, keys } = archive;
  // 1 MB of library, for those who take archives.
  const openpgp = await import("openpgp");
  const trusted = (await Promise.all(keys.map((armoredKeys) => openpgp.readKeys({ armoredKeys })))).flat();
  const signature: Signature = await openpgp
    .readSignature({ armoredSignature: archive.signature })
    .catch((cause: unknown) => {
      throw bad(name, `it is no OpenPGP signature: ${messageOf(cause)}`);
    });
  // A key's own certifications are signatures too, by that very key and public: the library passes over their kind.
  if (signature.packets.some(({ signatureType }) => signatureType !== openpgp.enums.signature.binary))
    throw bad(name, "it is a signature of another kind than over a file");
  const { signatures } = await openpgp.verify({
    message: await openpgp.createMessage({ binary: await readFile(file) }),
    signature,
    verificationKeys: trusted,
    // "Now" is when it was signed; each key is looked at as of then anyway.
    date: new Date(Math.max(0, ...signature.packets.map(({ created }) => created?.getTime() ?? 0))),
    format: "binary",
  });
  const signed: PublicKey[] = [];
  const unknown: string[] = [];
  // One bad signature of a known key is one too many, whatever stands beside it.
  for (const { keyID, verified } of signatures) {
    const key = trusted.find((one) => one.getKeys(keyID).length > 0);
    const failure = await verified.then(
      () => undefined,
      (cause: unknown) => messageOf(cause),
    );
    if (key === undefined) unknown.push(keyID.toHex().toUpperCase());
    else if (failure === undefined) signed.push(key);
    else throw bad(name, failure);
  }
  if (signed[0] !== undefined) return { kind: "good", fingerprint: signed[0].getFingerprint().toUpperCase() };
  if (unknown.length > 0) return { kind: "unknown", keyIds: unknown };
  throw bad(name, "there is no signature in it");
}

function bad(name: string, found: string): AirgoError {
  return new AirgoError("AIRGO_GO_ARCHIVE_INVALID", {
    what: `the OpenPGP signature beside ${name} is bad`,
    where: `${name}.asc`,
    found,
    hint: "take another mirror, and tell whoever runs this one",
    again: "never",
  });
}
