import { createHash, createPublicKey, verify } from "node:crypto";

import { AirgoError } from "../support/errors.js";

/** The verifier key of sum.golang.org, as the go command has it built in (cmd/go/internal/modfetch/key.go). */
export const golangOrgKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

interface Verifier {
  readonly name: string;
  /** First 4 bytes of SHA-256 over name, line feed, algorithm byte and key. */
  readonly hash: Buffer;
  /** 32 bytes, Ed25519. */
  readonly key: Buffer;
}

const ed25519 = 1;
/** The fixed DER in front of an Ed25519 public key (RFC 8410). */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Reads a verifier key `name+hash+base64` (golang.org/x/mod/sumdb/note, NewVerifier).
 * @throws AIRGO_SUMDB_SIGNATURE when it is damaged or not Ed25519
 */
function parseVerifier(text: string): Verifier {
  const [, name, hex, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text) ?? [];
  const data = Buffer.from(base64 ?? "", "base64");
  const hash = createHash("sha256").update(`${name}\n`).update(data).digest().subarray(0, 4);
  if (name === undefined || data.length !== 33 || data[0] !== ed25519 || hash.toString("hex") !== hex) {
    throw new AirgoError("AIRGO_SUMDB_SIGNATURE", {
      what: "the verifier key of the checksum database is damaged",
      where: text,
      expected: "name+hash+key, Ed25519",
    });
  }
  return { name, hash, key: data.subarray(1) };
}

/**
 * Verifies a signed note: a text, an empty line, and signature lines `— name base64` of which one must be by `key`
 * (golang.org/x/mod/sumdb/note).
 * @returns the text, with its last line feed
 * @throws AIRGO_SUMDB_SIGNATURE unless that signature is there and good
 */
export function verifyNote(note: string, key: string): string {
  const verifier = parseVerifier(key);
  const split = note.lastIndexOf("\n\n");
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2).split("\n");
  const signed = split >= 0 && lines.pop() === "" && lines.some((line) => isSignedBy(line, text, verifier));
  if (signed) return text;
  throw new AirgoError("AIRGO_SUMDB_SIGNATURE", {
    what: `the tree head is not signed by ${verifier.name}`,
    where: verifier.name,
    expected: `a good signature by ${key.slice(0, key.lastIndexOf("+"))}`,
    found: lines.length === 0 ? "no signature" : lines.slice(0, 3).join("; "),
    hint: "whoever serves the checksum database here is not to be trusted; take another proxy",
  });
}

function isSignedBy(line: string, text: string, { name, hash, key }: Verifier): boolean {
  const [dash, by, base64, ...rest] = line.split(" ");
  if (dash !== "\u2014" || by !== name || base64 === undefined || rest.length > 0) return false;
  const data = Buffer.from(base64, "base64");
  if (data.length !== 68 || !data.subarray(0, 4).equals(hash)) return false;
  const publicKey = createPublicKey({ key: Buffer.concat([spkiPrefix, key]), format: "der", type: "spki" });
  return verify(null, Buffer.from(text), publicKey, data.subarray(4));
}
