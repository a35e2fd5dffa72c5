import { createPublicKey } from "node:crypto";
import { basename } from "node:path";

import { messageOf } from "../support/errors.js";
import { parseMinisignKey } from "./formats/minisign.js";
import { readOpenpgpPublicKey } from "./formats/openpgp-keys.js";
import { keyOfSshBlob, sshFingerprint, sshLine } from "./formats/ssh-keys.js";
import { kindOfKey, leastRsaBits, pemPublicKey, type PublicKey } from "./public-key.js";

/** No public key's file is larger, for install.sh neither; bytes. */
export const maxKeyFile = 256 << 10;

/**
 * Reads a public key of any kind, by what its bytes look like.
 * @param name what it is called here
 * @throws an Error that says what it is instead, never with bytes of it
 */
export async function readPublicKey(bytes: Buffer, name: string): Promise<PublicKey> {
  if (bytes.length > maxKeyFile) throw new Error("it is too large for a public key");
  const text = bytes.toString("latin1");
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text))
    throw new Error("it is a private key: give the public one, and think about who has seen it");
  if (text.includes("-----BEGIN PUBLIC KEY-----")) return pemKey(text, name);
  if (text.includes("-----BEGIN PGP ")) return readOpenpgpPublicKey(bytes, name);
  if (/^(ssh|ecdsa|sk)-[a-z0-9@.-]+ /.test(text)) return sshKey(text, name);
  const minisign = parseMinisignKey(text);
  if (minisign !== undefined)
    return { kind: "minisign", name, id: `minisign:${minisign.line}`, text: minisign.text };
  // A public-key packet of OpenPGP, in the old form or the new one.
  if ([0x98, 0x99, 0xc6].includes(bytes[0] ?? 0)) return readOpenpgpPublicKey(bytes, name);
  throw new Error(
    text.includes("-----BEGIN CERTIFICATE")
      ? "it is a certificate: give the public key by itself"
      : "it is no public key",
  );
}

/** The first public key of a text, which may hold other things around it. */
function pemKey(text: string, name: string): PublicKey {
  const pem = /-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/.exec(text)?.[0] ?? text;
  const key = createPublicKey(pem);
  const kind = kindOfKey(key);
  if (kind === undefined)
    throw new Error(`it is neither P-256, Ed25519, SM2 nor RSA of ${leastRsaBits} bits and more`);
  return pemPublicKey(key, kind, name);
}

function sshKey(text: string, name: string): PublicKey {
  const [line = "", ...rest] = text.trimEnd().split("\n");
  if (rest.length > 0) throw new Error("it has several lines: give one key");
  const blob = Buffer.from(line.split(" ")[1] ?? "", "base64");
  try {
    keyOfSshBlob(blob);
  } catch (cause) {
    throw new Error(`it is no SSH key that can be used: ${messageOf(cause)}`, { cause });
  }
  return { kind: "sshsig", name, id: `ssh:${sshFingerprint(blob)}`, text: sshLine(blob) };
}

/** What a key is called by its file: `release` for `release.pub.pem`. */
export function nameOfKeyFile(file: string): string {
  return basename(file).replace(/(\.pub)?\.(pem|asc|gpg)$|\.pub$/, "");
}
