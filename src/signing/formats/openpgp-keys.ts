import type { AnyKeyPacket, Key, PrivateKey as OpenpgpPrivateKey, PublicKey as OpenpgpKey } from "openpgp";

import { messageOf } from "../../support/errors.js";
import { leastRsaBits, type PublicKey } from "../public-key.js";

/** ECDSA curves that gpgv 2.2 and sqv know, by the library's names. */
const curves = ["nistP256", "nistP384", "nistP521"];

/**
 * Why a key would be refused by the tools that isolated hosts have (gpgv 2.2, sqv); undefined when it would not.
 * @param packet of the part that signs
 */
function keyFault(packet: AnyKeyPacket): string | undefined {
  if (packet.version !== 4) return `it is a key of version ${packet.version}, which gpg 2.2 does not know`;
  const { algorithm, bits = 0, curve = "" } = packet.getAlgorithmInfo();
  if (algorithm.startsWith("rsa"))
    return bits >= leastRsaBits
      ? undefined
      : `it has ${bits} bits, and less than ${leastRsaBits} are refused`;
  if (algorithm === "eddsaLegacy" || (algorithm === "ecdsa" && curves.includes(curve))) return undefined;
  return `gpg 2.2 does not know its algorithm, ${algorithm} ${curve}`.trim();
}

/**
 * Describes the public half.
 * @throws an Error that says why kits cannot be signed with such a key
 */
export function openpgpPublicKey(key: Key, name: string): PublicKey {
  const fault = keyFault(key.keyPacket);
  if (fault !== undefined) throw new Error(fault);
  // The library computes these itself, with numbers of any size: a hostile one would take it hours, with no way to end it.
  if (key.getSubkeys().some(({ keyPacket }) => keyPacket.getAlgorithmInfo().algorithm === "dsa"))
    throw new Error("it has a subkey for DSA");
  return {
    kind: "openpgp",
    name,
    id: `openpgp:${key.getFingerprint().toUpperCase()}`,
    text: key.toPublic().armor().replaceAll("\r\n", "\n"),
  };
}

/**
 * Reads a public key, armored or binary.
 * @throws an Error that says what it is instead
 */
export async function readOpenpgpPublicKey(bytes: Buffer, name: string): Promise<PublicKey> {
  const openpgp = await import("openpgp");
  const isArmored = bytes.includes("-----BEGIN PGP");
  const keys = await (isArmored
    ? openpgp.readKeys({ armoredKeys: bytes.toString("utf8") })
    : openpgp.readKeys({ binaryKeys: bytes }));
  const [key, ...others] = keys;
  if (key === undefined || others.length > 0) throw new Error(`it holds ${keys.length} keys, not one`);
  if (key.isPrivate())
    throw new Error("it is a private key: give the public one, and think about who has seen it");
  return openpgpPublicKey(key, name);
}

/** The library's form of a key that was described before. */
export async function libraryKey({ text }: Pick<PublicKey, "text">): Promise<OpenpgpKey> {
  const { readKey } = await import("openpgp");
  return readKey({ armoredKey: text });
}

/**
 * Reads a private key and opens it.
 * @param date as of when it must be able to sign
 * @throws an Error that says why it cannot sign kits
 */
export async function readOpenpgpPrivateKey(
  bytes: Buffer,
  passphrase: string | undefined,
  date: Date,
): Promise<OpenpgpPrivateKey> {
  const openpgp = await import("openpgp");
  const locked = await openpgp.readPrivateKey({ armoredKey: bytes.toString("utf8") });
  const key = locked.isDecrypted() ? locked : await opened(locked, passphrase);
  const signing = await key.getSigningKey(undefined, date).catch((cause: unknown): never => {
    throw new Error(`it has no part that may sign now: ${messageOf(cause)}`, { cause });
  });
  const fault = keyFault(signing.keyPacket);
  if (fault !== undefined) throw new Error(fault);
  return key;
}

async function opened(
  privateKey: OpenpgpPrivateKey,
  passphrase: string | undefined,
): Promise<OpenpgpPrivateKey> {
  if (passphrase === undefined) throw new Error("it is encrypted, and the signer has no passphrase");
  const { decryptKey } = await import("openpgp");
  return decryptKey({ privateKey, passphrase }).catch((cause: unknown): never => {
    throw new Error("the passphrase is wrong", { cause });
  });
}
