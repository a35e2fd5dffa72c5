import { createHash, createPublicKey, type KeyObject } from "node:crypto";

import { kindOfKey } from "../public-key.js";
import { sshNumber, SshReader, sshString } from "./ssh-wire.js";

/* Public keys as OpenSSH has them (RFC 4253, section 6.6; RFC 5656, section 3.1; RFC 8709, section 4). */

const curveName = "nistp256";

/**
 * The blob of a key, of either half.
 * @returns undefined for a kind that SSH does not know or airgo does not use there
 */
export function sshBlob(key: KeyObject): Buffer | undefined {
  const jwk = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  const kind = kindOfKey(key);
  if (kind === "ed25519") return Buffer.concat([sshString("ssh-ed25519"), sshString(decoded(jwk.x))]);
  if (kind === "rsa")
    return Buffer.concat([sshString("ssh-rsa"), sshNumber(decoded(jwk.e)), sshNumber(decoded(jwk.n))]);
  if (kind !== "ecdsa-p256") return undefined;
  const point = Buffer.concat([Buffer.of(4), decoded(jwk.x), decoded(jwk.y)]);
  return Buffer.concat([`ecdsa-sha2-${curveName}`, curveName, point].map((part) => sshString(part)));
}

function decoded(text: string | undefined): Buffer {
  return Buffer.from(text ?? "", "base64url");
}

/**
 * The key in a blob.
 * @throws an Error that says what is wrong with it
 */
export function keyOfSshBlob(blob: Buffer): KeyObject {
  const reader = new SshReader(blob);
  const key = createPublicKey({ format: "jwk", key: jwkOf(reader) });
  reader.end();
  if (kindOfKey(key) === undefined) throw new Error("the key is too short");
  return key;
}

function jwkOf(reader: SshReader): Record<string, string> {
  const type = reader.text();
  switch (type) {
    case "ssh-ed25519":
      return { kty: "OKP", crv: "Ed25519", x: reader.string().toString("base64url") };
    case `ecdsa-sha2-${curveName}`: {
      if (reader.text() !== curveName) throw new Error("its curve is another one than its type says");
      const point = reader.string();
      if (point.length !== 65 || point[0] !== 4) throw new Error("its point is not one of that curve");
      const [x, y] = [point.subarray(1, 33), point.subarray(33)];
      return { kty: "EC", crv: "P-256", x: x.toString("base64url"), y: y.toString("base64url") };
    }
    case "ssh-rsa": {
      const [e, n] = [reader.string(), reader.string()];
      return { kty: "RSA", e: unsigned(e), n: unsigned(n) };
    }
    default:
      throw new Error(`SSH keys of the kind ${JSON.stringify(type.slice(0, 40))} are not supported`);
  }
}

function unsigned(number: Buffer): string {
  return (number[0] === 0 ? number.subarray(1) : number).toString("base64url");
}

/** `SHA256:…`, as `ssh-keygen -l` prints it. */
export function sshFingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The line of a `.pub` file, without a comment. */
export function sshLine(blob: Buffer): string {
  return `${new SshReader(blob).text()} ${blob.toString("base64")}\n`;
}
