import { createHash, sign, verify, type KeyObject } from "node:crypto";

import { invariant, isAirgoError, messageOf } from "../../support/errors.js";
import { badSignature } from "../bad-signature.js";
import type { PublicKey } from "../public-key.js";
import type { SignatureFormat } from "./format.js";
import { keyOfSshBlob, sshBlob } from "./ssh-keys.js";
import { sshNumber, SshReader, sshString } from "./ssh-wire.js";

/* SSH signatures (OpenSSH's PROTOCOL.sshsig), as `ssh-keygen -Y sign` makes them. */

/** What the signatures are for: ssh-keygen refuses those made for something else. */
export const sshNamespace = "airgo-kit";

const magic = "SSHSIG";
const digests = ["sha512", "sha256"] as const;
const armorStart = "-----BEGIN SSH SIGNATURE-----";
const armorEnd = "-----END SSH SIGNATURE-----";

/** The bytes that the key signs: what for, and a digest of the document. */
function signedBytes(document: Buffer, digest: string): Buffer {
  const hash = createHash(digest).update(document).digest();
  const parts = [sshNamespace, "", digest, hash];
  return Buffer.concat([Buffer.from(magic), ...parts.map((part) => sshString(part))]);
}

/** @param key Ed25519, ECDSA on P-256 or RSA */
export function signSsh(document: Buffer, key: KeyObject): Buffer {
  const blob = sshBlob(key);
  invariant(blob, "the key is of a kind that SSH knows");
  const signature = signatureBlob(signedBytes(document, "sha512"), key);
  const version = Buffer.of(0, 0, 0, 1);
  const parts = [blob, sshNamespace, "", "sha512", signature].map((part) => sshString(part));
  const lines = Buffer.concat([Buffer.from(magic), version, ...parts])
    .toString("base64")
    .match(/.{1,70}/g);
  return Buffer.from([armorStart, ...(lines ?? []), armorEnd, ""].join("\n"));
}

function signatureBlob(data: Buffer, key: KeyObject): Buffer {
  const type = key.asymmetricKeyType;
  if (type === "ed25519") return named("ssh-ed25519", sign(null, data, key));
  if (type === "rsa") return named("rsa-sha2-512", sign("sha512", data, key));
  const both = sign("sha256", data, { key, dsaEncoding: "ieee-p1363" });
  const numbers = [both.subarray(0, 32), both.subarray(32)].map((half) => sshNumber(half));
  return named("ecdsa-sha2-nistp256", Buffer.concat(numbers));
}

function named(algorithm: string, signature: Buffer): Buffer {
  return Buffer.concat([sshString(algorithm), sshString(signature)]);
}

/** What an SSH signature says of itself. */
interface ParsedSignature {
  readonly blob: Buffer;
  readonly namespace: string;
  readonly digest: string;
  readonly signature: Buffer;
}

function parse(signature: Buffer): ParsedSignature {
  try {
    const reader = new SshReader(unarmored(signature.toString("latin1")));
    if (reader.raw(magic.length).toString("latin1") !== magic || reader.uint32() !== 1)
      throw new Error("it is of another version");
    const blob = reader.string();
    const namespace = reader.text();
    reader.string();
    const parsed = { blob, namespace, digest: reader.text(), signature: reader.string() };
    reader.end();
    return parsed;
  } catch (error) {
    throw badSignature("it is no SSH signature", "sshsig", messageOf(error));
  }
}

function unarmored(text: string): Buffer {
  const body = new RegExp(`^${armorStart}\\r?\\n([A-Za-z0-9+/=\\r\\n]+)${armorEnd}\\s*$`).exec(text)?.[1];
  if (body === undefined) throw new Error(`there is no ${armorStart} and ${armorEnd}`);
  return Buffer.from(body, "base64");
}

function isGood(document: Buffer, parsed: ParsedSignature): boolean {
  const { namespace, digest } = parsed;
  if (namespace !== sshNamespace)
    throw badSignature("the SSH signature was made for something else", "sshsig", JSON.stringify(namespace));
  if (!digests.some((one) => one === digest)) return false;
  const reader = new SshReader(parsed.signature);
  const type = reader.text();
  const value = reader.string();
  reader.end();
  const key = keyOfSshBlob(parsed.blob);
  const data = signedBytes(document, digest);
  switch (`${key.asymmetricKeyType} ${type}`) {
    case "ed25519 ssh-ed25519":
      return verify(null, data, key, value);
    case "ec ecdsa-sha2-nistp256": {
      const numbers = new SshReader(value);
      const both = Buffer.concat([numbers.number(32), numbers.number(32)]);
      numbers.end();
      return verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, both);
    }
    case "rsa rsa-sha2-512":
      return verify("sha512", data, key, value);
    case "rsa rsa-sha2-256":
      return verify("sha256", data, key, value);
    default:
      return false;
  }
}

/** The key's blob, from its line. */
export function blobOf({ text }: Pick<PublicKey, "text">): Buffer {
  return Buffer.from(text.split(" ")[1] ?? "", "base64");
}

export const sshFormat: SignatureFormat = {
  async verify(document, signature, key) {
    const parsed = parse(signature);
    if (!parsed.blob.equals(blobOf(key))) return false;
    try {
      return isGood(document, parsed);
    } catch (error) {
      if (isAirgoError(error)) throw error;
      throw badSignature("it is no SSH signature", "sshsig", messageOf(error));
    }
  },
  isBy: async (signature, key) => parse(signature).blob.equals(blobOf(key)),
};
