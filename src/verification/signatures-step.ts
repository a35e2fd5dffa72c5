import { join } from "node:path";

import { sha256Hex } from "../support/digest.js";
import type { JudgedSignature, SignedDocument } from "../signing/judge.js";
import { refuseBad } from "../signing/policy.js";
import { kitError } from "./findings.js";
import type { KitFolder } from "./kit-folder.js";
import { limits } from "./limits.js";
import { readSmall } from "./regular-file.js";

/** Judges the signatures over one document by the keys that are trusted. */
export type Judge = (signed: SignedDocument) => Promise<readonly JudgedSignature[]>;

/** Throws when these signatures are not enough. */
export type Require = (judged: readonly JudgedSignature[]) => void;

/** What the kit's signatures are held against. */
export interface Trust {
  readonly judge: Judge;
  /** Undefined where nobody is asked to vouch: then only what is bad is refused. */
  readonly require: Require | undefined;
  /** The document's SHA-256, told by another way. */
  readonly expectSha256: string | undefined;
}

/** The signed documents, and what came of their signatures. */
export interface SignedDocuments {
  readonly sha256Sums: Buffer;
  /** Where the kit has one. */
  readonly sm3Sums: Buffer | undefined;
  readonly judged: readonly JudgedSignature[];
}

/** The document as it lies there; nothing vouches for it yet. */
export async function readDocument(folder: string): Promise<Buffer> {
  return readSmall(join(folder, "SHA256SUMS"), limits.document);
}

/**
 * Step 1: who vouches for the folder's SHA256SUMS.
 * @param onJudged told of all signatures before any of them is found wanting
 * @throws AIRGO_SIGNATURE_BAD and what the policy throws; AIRGO_CHECKSUM_MISMATCH when the document is another than told
 */
export async function checkSignatures(
  kit: KitFolder,
  sha256Sums: Buffer,
  trust: Trust,
  onJudged: (judged: readonly JudgedSignature[]) => void,
): Promise<SignedDocuments> {
  const publicKeys = new Map<string, Buffer>();
  for (const { file, signer } of kit.publicKeys)
    publicKeys.set(signer, await readSmall(join(kit.folder, file), limits.signature));
  const sm3Sums = kit.files.includes("SM3SUMS")
    ? await readSmall(join(kit.folder, "SM3SUMS"), limits.document)
    : undefined;
  const judged: JudgedSignature[] = [];
  for (const [name, document] of [
    ["SHA256SUMS", sha256Sums],
    ["SM3SUMS", sm3Sums],
  ] as const) {
    const signatures = await signaturesOver(kit, name);
    if (document === undefined && signatures.size > 0)
      throw kitError(
        "AIRGO_ARCHIVE_INVALID",
        "there are signatures over SM3SUMS, but no SM3SUMS",
        kit.folder,
      );
    if (document === undefined) continue;
    judged.push(...(await trust.judge({ name, document, signatures, publicKeys })));
  }
  onJudged(judged);
  refuseBad(judged);
  const digest = sha256Hex(sha256Sums);
  if (trust.expectSha256 !== undefined && trust.expectSha256 !== digest) {
    throw kitError(
      "AIRGO_CHECKSUM_MISMATCH",
      "SHA256SUMS is not the one that was told",
      join(kit.folder, "SHA256SUMS"),
      {
        expected: `sha256 ${trust.expectSha256}`,
        found: `sha256 ${digest}`,
      },
    );
  }
  trust.require?.(judged);
  return { sha256Sums, sm3Sums, judged };
}

async function signaturesOver({ folder, signatures }: KitFolder, name: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const { file, document } of signatures)
    if (document === name) found.set(file, await readSmall(join(folder, file), limits.signature));
  return found;
}
