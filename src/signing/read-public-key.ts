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
  if (text.includes("-----BEGIN CERTIFICATE"))
    throw new Error("it is a certificate: give the public key by itself");
  if (text.includes("-----BEGIN ")) return armoredKey(text, name);
  if (/^(ssh|ecdsa|sk)-[a-z0-9@.-]+ /.test(text)) return sshKey(text, name);
  const minisign = parseMinisignKey(text);
  if (minisign !== undefined)
    return { kind: "minisign", name, id: `minisign:${minisign.line}`, text: minisign.text };
  // A public-key packet of OpenPGP, in the old form or the new one.
  if ([0x98, 0x99, 0xc6].includes(bytes[0] ?? 0)) {
    if (sshKeyInside.test(text)) throw notAlone();
    return readOpenpgpPublicKey(bytes, name);
  }
  throw new Error("it is no public key");
}

/** What ssh-keygen would show the fingerprint of, whatever is around it. */
const sshKeyInside = /(?:ssh|ecdsa|sk)-[a-z0-9@.-]{1,80}[ \t]+AAAA/;

/**
 * A key in armor: one block, and nothing else in its file. Each tool takes another part of a file with more in it, so the
 * fingerprint that somebody compared by hand could be that of another key than the one trusted here.
 */
function armoredKey(text: string, name: string): Promise<PublicKey> | PublicKey {
  const lines = text
    .trim()
    .split("\n")
    .map((line) => line.trimEnd());
  const label = /^-----BEGIN ([A-Z ]+)-----$/.exec(lines[0] ?? "")?.[1];
  const inside = lines.slice(1, -1);
  const isPgp = label?.startsWith("PGP ") === true;
  const headers = isPgp ? inside.slice(0, inside.indexOf("") + 1) : [];
  const base64 = inside.slice(headers.length).join("");
  const isAlone =
    label !== undefined &&
    lines.at(-1) === `-----END ${label}-----` &&
    headers.every((line) => line === "" || /^[^\s:-][^:]*:(?: |$)/.test(line)) &&
    /^[A-Za-z0-9+/]*={0,2}(?:=[A-Za-z0-9+/]{4})?$/.test(base64);
  if (!isAlone) throw notAlone();
  if (isPgp) return readOpenpgpPublicKey(Buffer.from(text, "latin1"), name);
  if (label === "PUBLIC KEY") return pemKey(text, name);
  throw new Error("it is no public key");
}

function notAlone(): Error {
  return new Error("it is damaged, or holds more than one key: give a file with the key alone");
}

function pemKey(text: string, name: string): PublicKey {
  const key = createPublicKey(text.trim());
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
