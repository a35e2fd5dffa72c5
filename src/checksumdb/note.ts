import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";

import { AirgoError } from "../support/errors.js";

/** The verifier key of sum.golang.org, as the go command has it built in (cmd/go/internal/modfetch/key.go). */
export const golangOrgKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

interface Verifier {
  readonly name: string;
  /** First 4 bytes of SHA-256 over name, line feed, algorithm byte and key; 8 hex digits. */
  readonly hash: string;
  /** Ed25519. */
  readonly key: KeyObject;
}

interface Signature {
  readonly name: string;
  /** Of the key that made it, as in Verifier. */
  readonly hash: string;
  readonly bytes: Buffer;
}

const ed25519 = 1;
/** The fixed DER in front of an Ed25519 public key (RFC 8410). */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");
/** Every lookup brings a signed head, and all by the same key. */
const verifiers = new Map<string, Verifier>();
/** The go command reads no more signatures of one note than this. */
const maxSignatures = 100;

/**
 * Verifies a signed note: a text, an empty line, and signature lines `— name base64` of which one must be by `key`
 * (golang.org/x/mod/sumdb/note). Whatever the go command would refuse is refused: the note travels in kits.
 * @returns the text, with its last line feed
 * @throws AIRGO_SUMDB_SIGNATURE unless that signature is there and good, AIRGO_UPSTREAM_MALFORMED when it is no note
 */
export function verifyNote(note: string, key: string): string {
  const verifier = parseVerifier(key);
  const { text, signatures } = parseNote(note);
  const ours = signatures.find(({ name, hash }) => name === verifier.name && hash === verifier.hash);
  if (ours !== undefined && isGood(ours, text, verifier)) return text;
  throw new AirgoError("AIRGO_SUMDB_SIGNATURE", {
    what: `the tree head is not signed by ${verifier.name}`,
    where: verifier.name,
    expected: `a good signature by ${verifier.name}+${verifier.hash}`,
    found:
      ours === undefined
        ? `signatures by ${signatures.map(({ name, hash }) => `${name}+${hash}`).join(", ")}`
        : "a signature by that name which does not verify",
    hint: "whoever serves the checksum database here is not to be trusted; take another proxy",
  });
}

/**
 * Reads a verifier key `name+hash+base64` (golang.org/x/mod/sumdb/note, NewVerifier).
 * @throws AIRGO_SUMDB_SIGNATURE when it is damaged or not Ed25519
 */
function parseVerifier(text: string): Verifier {
  const before = verifiers.get(text);
  if (before !== undefined) return before;
  const [, name, hex, base64 = ""] = /^([^\s+]+)\+([0-9a-fA-F]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  const data = decodeBase64(base64) ?? Buffer.alloc(0);
  const hash = createHash("sha256").update(`${name}\n`).update(data).digest("hex").slice(0, 8);
  if (name === undefined || data.length !== 33 || data[0] !== ed25519 || hash !== hex?.toLowerCase()) {
    throw new AirgoError("AIRGO_SUMDB_SIGNATURE", {
      what: "the verifier key of the checksum database is damaged",
      where: text,
      expected: "name+hash+key, Ed25519",
    });
  }
  const spki = Buffer.concat([spkiPrefix, data.subarray(1)]);
  const verifier = { name, hash, key: createPublicKey({ key: spki, format: "der", type: "spki" }) };
  verifiers.set(text, verifier);
  return verifier;
}

function parseNote(note: string): { text: string; signatures: Signature[] } {
  const split = note.lastIndexOf("\n\n");
  const lines = note.slice(split + 2).split("\n");
  const isClosed = lines.pop() === "";
  const signatures = lines.map(parseSignature).filter((signature) => signature !== undefined);
  const isWhole = split >= 0 && isClosed && lines.length > 0 && signatures.length === lines.length;
  if (!isWhole || lines.length > maxSignatures || /[\u0000-\u0009\u000b-\u001f]/.test(note)) {
    throw new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
      what: "not a signed note",
      where: note.slice(0, 200),
      expected: "a text, an empty line and signature lines",
      hint: "something else than a checksum database may have answered, such as a login page",
    });
  }
  return { text: note.slice(0, split + 1), signatures };
}

function parseSignature(line: string): Signature | undefined {
  const [, name, base64 = ""] = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
  const data = decodeBase64(base64);
  if (name === undefined || data === undefined || data.length < 5) return undefined;
  return { name, hash: data.subarray(0, 4).toString("hex"), bytes: data.subarray(4) };
}

function isGood({ bytes }: Signature, text: string, { key }: Verifier): boolean {
  return bytes.length === 64 && verify(null, Buffer.from(text), key, bytes);
}

/** Undefined for what only a lenient decoder takes: padding must be there, and nothing may be skipped. */
function decodeBase64(text: string): Buffer | undefined {
  const strict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  return strict.test(text) ? Buffer.from(text, "base64") : undefined;
}
