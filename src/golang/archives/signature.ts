import { readFile } from "node:fs/promises";

import { verifyDetached } from "../../signing/formats/openpgp-detached.js";
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
 * Verifies the signature beside an archive (`verifyDetached`).
 * @throws AIRGO_GO_ARCHIVE_INVALID for a bad signature, and for what is none
 */
export async function verifyArchive(archive: SignedArchive): Promise<SignatureVerdict> {
  const { file, name, keys } = archive;
  // 1 MB of library, for those who take archives.
  const { readKeys } = await import("openpgp");
  const trusted = (await Promise.all(keys.map((armoredKeys) => readKeys({ armoredKeys })))).flat();
  const verdicts = await verifyDetached(await readFile(file), archive.signature, trusted).catch(
    (cause: unknown) => {
      throw bad(name, messageOf(cause));
    },
  );
  // One bad signature of a known key is one too many, whatever stands beside it.
  for (const { fault } of verdicts) if (fault !== undefined) throw bad(name, fault);
  const fingerprint = verdicts.find((one) => one.fingerprint !== undefined)?.fingerprint;
  if (fingerprint !== undefined) return { kind: "good", fingerprint };
  return { kind: "unknown", keyIds: verdicts.map(({ keyId }) => keyId) };
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
