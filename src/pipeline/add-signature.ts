import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { parseSums } from "../kit/sums.js";
import type { DocumentSigner } from "../signing/document-signer.js";
import type { JudgedSignature } from "../signing/judge.js";
import { signatureFile } from "../signing/key-kinds.js";
import { sha256Hex } from "../support/digest.js";
import { AirgoError } from "../support/errors.js";
import { asDiskError, writeFileAtomic } from "../support/files.js";
import { signatureFiles, type SignedTexts } from "./signature-files.js";

/** A folder that was verified: whole, and with no bad signature. */
export interface VerifiedFolder {
  readonly folder: string;
  /** SHA-256 of its SHA256SUMS. */
  readonly document: string;
  readonly signatures: readonly Pick<JudgedSignature, "file" | "outcome">[];
}

export interface AddedSignature {
  /** Files written, with the folder. */
  readonly files: readonly string[];
  readonly signature: Omit<JudgedSignature, "with">;
}

/**
 * Adds a signer's signature to a finished kit: over what was verified, and nothing else.
 * @returns undefined when this key has signed it already
 * @throws AIRGO_USAGE when there is a signature of that name by another key; AIRGO_CHECKSUM_MISMATCH when the documents
 *   have changed since; what signers throw; AIRGO_DISK
 */
export async function addSignature(
  verified: VerifiedFolder,
  signer: DocumentSigner,
  signal: AbortSignal,
): Promise<AddedSignature | undefined> {
  const { folder } = verified;
  const { name, kind, id } = signer.publicKey;
  const file = signatureFile("SHA256SUMS", name, kind);
  const there = verified.signatures.find((one) => one.file === file);
  if (there?.outcome === "valid") return undefined;
  if (there !== undefined) throw taken(join(folder, file), id);
  const files = await signatureFiles(folder, await verifiedTexts(verified), signer);
  signal.throwIfAborted();
  // The signature over SHA256SUMS comes last: one that stands there has all that belongs to it beside it.
  const isLast = (path: string): number => Number(path === join(folder, file));
  for (const [path, data] of [...files].sort(([a], [b]) => isLast(a) - isLast(b)))
    await writeFileAtomic(path, data);
  const signature = { file, signer: name, outcome: "valid", key: id, keyName: name } as const;
  return { files: [...files.keys()], signature };
}

/** The documents as they were verified. */
async function verifiedTexts({ folder, document }: VerifiedFolder): Promise<SignedTexts> {
  const sums = await textOf(join(folder, "SHA256SUMS"));
  if (sha256Hex(sums) !== document) throw changed(folder, "SHA256SUMS");
  const sm3Sha256 = parseSums(sums, join(folder, "SHA256SUMS")).get("SM3SUMS");
  if (sm3Sha256 === undefined) return { SHA256SUMS: sums };
  const sm3Sums = await textOf(join(folder, "SM3SUMS"));
  if (sha256Hex(sm3Sums) !== sm3Sha256) throw changed(folder, "SM3SUMS");
  return { SHA256SUMS: sums, SM3SUMS: sm3Sums };
}

async function textOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw asDiskError(error, file);
  });
}

function changed(folder: string, name: string): AirgoError {
  return new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
    what: "a file changed between its verification and its signature",
    where: join(folder, name),
    hint: "find out who writes there, then run the same command again",
  });
}

function taken(file: string, id: string): AirgoError {
  return new AirgoError("AIRGO_USAGE", {
    what: "there is a signature under this signer's name already, by another key",
    where: file,
    expected: `one of ${id}, or none`,
    hint: "sign under another name, or remove that signature and its public key if it is yours",
  });
}
