import { createHash, createPublicKey, sign, verify, type KeyObject } from "node:crypto";

import { badSignature } from "../bad-signature.js";
import type { SignatureFormat } from "./format.js";

/*
 * minisign's signatures (https://jedisct1.github.io/minisign/): a comment, the signature, a trusted comment, and a
 * signature over both. Without prehashing (`Ed`) the first two lines are a signature of signify's too; what minisign
 * itself makes today is prehashed (`ED`), and is read as well.
 */

const plain = "Ed";
const prehashed = "ED";
const trustedComment = "airgo kit";

/** The raw key of 32 bytes: the end of its SPKI DER. */
function rawKey(key: KeyObject): Buffer {
  const half = key.type === "private" ? createPublicKey(key) : key;
  return half.export({ type: "spki", format: "der" }).subarray(-32);
}

/** Eight bytes that name a key. minisign draws them; here they follow from the key, which its file then need not hold. */
function keyNumber(key: KeyObject): Buffer {
  return createHash("sha256").update(rawKey(key)).digest().subarray(0, 8);
}

/** The two lines of a public key's file. */
export function minisignPublicText(key: KeyObject): string {
  return minisignKeyText(Buffer.concat([Buffer.from(plain), keyNumber(key), rawKey(key)]));
}

/** @param bytes `Ed`, the key's number, the key */
function minisignKeyText(bytes: Buffer): string {
  return `untrusted comment: minisign public key ${numberText(bytes.subarray(2, 10))}\n${bytes.toString("base64")}\n`;
}

/** As minisign shows it: least significant byte first. */
function numberText(number: Buffer): string {
  return Buffer.from(number.toReversed()).toString("hex").toUpperCase();
}

/**
 * Reads a public key's file; other comments make no other key.
 * @returns undefined for what is none
 */
export function parseMinisignKey(text: string): { readonly line: string; readonly text: string } | undefined {
  const match = /^untrusted comment:[^\n]*\n([A-Za-z0-9+/]{56})\r?\n?$/.exec(text);
  const bytes = Buffer.from(match?.[1] ?? "", "base64");
  if (bytes.length !== 42 || bytes.subarray(0, 2).toString("latin1") !== plain) return undefined;
  return { line: match?.[1] ?? "", text: minisignKeyText(bytes) };
}

/** @param key Ed25519 */
export function signMinisign(document: Buffer, key: KeyObject): Buffer {
  const signature = sign(null, document, key);
  const first = Buffer.concat([Buffer.from(plain), keyNumber(key), signature]).toString("base64");
  const second = sign(null, Buffer.concat([signature, Buffer.from(trustedComment)]), key).toString("base64");
  return Buffer.from(
    `untrusted comment: signature of an airgo kit\n${first}\ntrusted comment: ${trustedComment}\n${second}\n`,
  );
}

interface ParsedSignature {
  readonly isPrehashed: boolean;
  readonly number: Buffer;
  readonly signature: Buffer;
  readonly comment: string;
  readonly overBoth: Buffer;
}

function parse(signature: Buffer): ParsedSignature {
  // Bytes, not text: the comment is signed as it stands.
  const match =
    /^untrusted comment:[^\n]*\n([A-Za-z0-9+/=]{100})\r?\ntrusted comment: ([^\r\n]*)\r?\n([A-Za-z0-9+/=]{88})\r?\n?$/.exec(
      signature.toString("latin1"),
    );
  const first = Buffer.from(match?.[1] ?? "", "base64");
  const overBoth = Buffer.from(match?.[3] ?? "", "base64");
  const algorithm = first.subarray(0, 2).toString("latin1");
  const isWhole = first.length === 74 && overBoth.length === 64;
  if (!isWhole || (algorithm !== plain && algorithm !== prehashed))
    throw badSignature("it is no signature of minisign", "minisig");
  return {
    isPrehashed: algorithm === prehashed,
    number: first.subarray(2, 10),
    signature: first.subarray(10),
    comment: match?.[2] ?? "",
    overBoth,
  };
}

/** The parts of a key's second line. */
function partsOf(text: string): { readonly number: Buffer; readonly key: KeyObject } {
  const bytes = Buffer.from(text.split("\n")[1] ?? "", "base64");
  const x = bytes.subarray(10).toString("base64url");
  return {
    number: bytes.subarray(2, 10),
    key: createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } }),
  };
}

export const minisignFormat: SignatureFormat = {
  async verify(document, signature, { text }) {
    const { isPrehashed, number, signature: over, comment, overBoth } = parse(signature);
    const { number: wanted, key } = partsOf(text);
    if (!number.equals(wanted)) return false;
    const signed = isPrehashed ? createHash("blake2b512").update(document).digest() : document;
    const both = Buffer.concat([over, Buffer.from(comment, "latin1")]);
    return verify(null, signed, key, over) && verify(null, both, key, overBoth);
  },
  isBy: async (signature, { text }) => parse(signature).number.equals(partsOf(text).number),
};
