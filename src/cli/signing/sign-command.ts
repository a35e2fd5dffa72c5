import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { loadManifest } from "../../manifest/load.js";
import { parseSums } from "../../kit/sums.js";
import { signatureFiles, type SignedTexts } from "../../pipeline/sign-folder.js";
import { configuredSigner } from "../../pipeline/signers.js";
import type { DocumentSigner } from "../../signing/document-signer.js";
import { judgeSignatures } from "../../signing/judge.js";
import { publicKeyFile, signatureFile } from "../../signing/key-kinds.js";
import { sha256Hex } from "../../support/digest.js";
import { AirgoError } from "../../support/errors.js";
import { asDiskError, writeFileAtomic } from "../../support/files.js";
import { runProcess } from "../../support/processes.js";
import { findKitFolder } from "../../verification/kit-folder.js";
import { receiptOf } from "../../verification/receipt.js";
import type { Verification } from "../../verification/verification.js";
import { verifyKit, type VerifyContext } from "../../verification/verify-kit.js";
import { receiptFacts, toolHere, withVerifyEffects } from "../verify/effects.js";
import { keepReceipt, type ReceiptOptions } from "../verify/keep-receipt.js";
import { receiptLine } from "../verify/output.js";

export interface SignOptions extends ReceiptOptions {
  readonly signer: string;
  readonly file: string;
  readonly profile?: string;
}

/**
 * `airgo sign`: verifies a finished kit, but for who signed it so far, and adds one signature.
 * @returns the exit code
 * @throws why the kit is not to be signed, unless `--json` has told it
 */
export async function signCommand(path: string, options: SignOptions): Promise<number> {
  const { stdout } = process;
  const folder = await findKitFolder(resolve(path));
  const isJson = options.json === true;
  const written: string[] = [];
  const found = await withVerifyEffects(isJson, async (context) => {
    const signer = await signerOf(options, context.signal);
    const verified = await verifyKit(context, requestOf(folder, signer));
    if (verified.error === undefined) written.push(...(await addSignature(context, verified, signer)));
    return verified;
  });
  const receipt = receiptOf(found, "sign", await receiptFacts());
  if (isJson) stdout.write(receiptLine(receipt));
  else if (found.error === undefined) stdout.write(closingLines(options.signer, found, written));
  await keepReceipt(found, receipt, options);
  if (found.error === undefined) return 0;
  if (!isJson) throw found.error;
  return found.error.exitCode;
}

async function signerOf(
  { file, profile, signer }: SignOptions,
  signal: AbortSignal,
): Promise<DocumentSigner> {
  const manifestFile = resolve(file);
  const manifest = await loadManifest(manifestFile, profile === undefined ? {} : { profile });
  const context = {
    folder: dirname(manifestFile),
    env: process.env,
    now: Date.now,
    run: runProcess,
    signal,
    temporaryFolder: tmpdir(),
  };
  return configuredSigner(context, manifest, signer);
}

/** What is signed must be whole, and nothing that others have signed may be bad; who they are is not asked. */
function requestOf(folder: string, { publicKey }: DocumentSigner) {
  return {
    folder,
    besides: new Set<string>(),
    trust: {
      judge: (signed: Parameters<typeof judgeSignatures>[0]) =>
        judgeSignatures(signed, [publicKey], toolHere()),
      require: undefined,
      expectSha256: undefined,
    },
    isVouched: false,
    enforceExpiry: false,
  };
}

/**
 * Signs what was verified and nothing else, and notes the new signature among those that were found.
 * @returns the files written; none when this key has signed it already
 */
async function addSignature(
  { signal }: VerifyContext,
  found: Verification,
  signer: DocumentSigner,
): Promise<string[]> {
  const { folder } = found;
  const { name, kind, id } = signer.publicKey;
  const file = signatureFile("SHA256SUMS", name, kind);
  const there = found.signatures.find((one) => one.file === file);
  if (there?.outcome === "valid") return [];
  if (there !== undefined) throw taken(join(folder, file), id);
  const texts = await verifiedTexts(found);
  const files = await signatureFiles(folder, texts, signer);
  signal.throwIfAborted();
  // The signature over SHA256SUMS comes last: one that stands there has all that belongs to it beside it.
  const order = [join(folder, publicKeyFile(name, kind)), ...files.keys()];
  for (const path of [...new Set(order)].sort((a, b) => Number(a.endsWith(file)) - Number(b.endsWith(file))))
    await writeFileAtomic(path, files.get(path) ?? "");
  found.signatures = [
    ...found.signatures,
    { file, signer: name, outcome: "valid", key: id, keyName: name, with: toolHere() },
  ];
  return [...files.keys()];
}

/** The documents as they were verified. */
async function verifiedTexts({ folder, document }: Verification): Promise<SignedTexts> {
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

function closingLines(signer: string, { kit, folder }: Verification, written: readonly string[]): string {
  const title = `kit ${kit.name} ${kit.id}, serial ${kit.serial}`;
  if (written.length === 0) return `signed       ${title}: ${signer} has signed it already\n`;
  const names = written.map((file) => file.slice(folder.length + 1)).join(", ");
  return `signed       ${title}, by ${signer}: ${names}\n`;
}
