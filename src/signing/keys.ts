import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

import { AirgoError, messageOf } from "../support/errors.js";
import { createFile, fileSize } from "../support/files.js";

/** A private key ready to sign with, and what of it may be shown. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** SPKI PEM. */
  readonly publicPem: string;
  /** Hex SHA-256 of the SPKI DER: `openssl pkey -pubin -outform DER -in KEY | sha256sum` prints the same. */
  readonly fingerprint: string;
}

/**
 * Reads a P-256 private key (PKCS#8 or SEC 1 PEM).
 * @param passphrase for an encrypted key
 * @throws AIRGO_KEY_UNREADABLE, AIRGO_KEY_EXPOSED when others may read the file
 */
export async function loadSigningKey(file: string, passphrase: string | undefined): Promise<SigningKey> {
  const { mode, pem } = await readKeyFile(file).catch((cause: unknown) => {
    throw unreadable(file, `cannot read the signing key: ${messageOf(cause)}`, cause);
  });
  if ((mode & 0o077) !== 0) {
    throw new AirgoError("AIRGO_KEY_EXPOSED", {
      what: "the private key is readable by others",
      where: file,
      expected: "mode 0600",
      found: `mode 0${(mode & 0o777).toString(8)}`,
      hint: `chmod 600 '${file}' (and think about who may have read it)`,
    });
  }
  const privateKey = parsePrivateKey(pem, file, passphrase);
  if (!isP256(privateKey)) throw unreadable(file, "the signing key is not an ECDSA key on P-256", undefined);
  return describe(privateKey);
}

/** Mode and bytes of one and the same file, whatever is renamed meanwhile. */
async function readKeyFile(file: string): Promise<{ mode: number; pem: Buffer }> {
  const handle = await open(file, "r");
  try {
    // Read first: of a folder, whose mode is of no interest, this tells what it is.
    const pem = await handle.readFile();
    return { mode: (await handle.stat()).mode, pem };
  } finally {
    await handle.close();
  }
}

/** True for a key, of either half, of ECDSA on the curve P-256. */
export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
}

function parsePrivateKey(pem: Buffer, file: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    // Node's own words for a wrong passphrase are about internals; the key's bytes are never in them.
    const what =
      passphrase === undefined ? "it is encrypted, or no key" : "the passphrase is wrong, or it is no key";
    throw unreadable(file, `cannot use the signing key: ${what}`, cause);
  }
}

function unreadable(file: string, what: string, cause: unknown): AirgoError {
  return new AirgoError("AIRGO_KEY_UNREADABLE", {
    what,
    where: file,
    expected: "a PEM private key (PKCS#8), ECDSA P-256",
    hint: "check the key and the passphrase setting of the signer in bundles.yaml",
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The development key of a project: made on first use, private to its owner.
 * @returns the key, and whether it was made just now
 */
export async function developmentKey(file: string): Promise<SigningKey & { readonly fresh: boolean }> {
  if ((await fileSize(file)) !== undefined)
    return { ...(await loadSigningKey(file, undefined)), fresh: false };
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  let isMade: boolean;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // Whole at once: when two runs meet here, the second takes the first one's key, and never half of it.
    isMade = await createFile(file, pem, 0o600);
  } catch (error) {
    throw unreadable(file, `cannot make a development key: ${messageOf(error)}`, error);
  }
  return isMade
    ? { ...describe(privateKey), fresh: true }
    : { ...(await loadSigningKey(file, undefined)), fresh: false };
}

function describe(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  const der = publicKey.export({ type: "spki", format: "der" });
  return {
    privateKey,
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    fingerprint: createHash("sha256").update(der).digest("hex"),
  };
}
