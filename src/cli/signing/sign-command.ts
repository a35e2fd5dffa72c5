import { tmpdir } from "node:os";
import { dirname, resolve } from "node:path";

import { loadManifest } from "../../manifest/load.js";
import { addSignature } from "../../pipeline/add-signature.js";
import { configuredSigner } from "../../pipeline/signers.js";
import type { DocumentSigner } from "../../signing/document-signer.js";
import { judgeSignatures } from "../../signing/judge.js";
import { runProcess } from "../../support/processes.js";
import { findKitFolder } from "../../verification/kit-folder.js";
import { receiptOf } from "../../verification/receipt.js";
import type { Verification } from "../../verification/verification.js";
import { verifyKit } from "../../verification/verify-kit.js";
import { receiptFacts, toolHere, withVerifyEffects } from "../verify/effects.js";
import { keepReceipt, type ReceiptOptions } from "../verify/keep-receipt.js";
import { jsonLine } from "../output.js";

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
    if (verified.error !== undefined) return verified;
    const { folder: signed, document = "", signatures } = verified;
    const added = await addSignature({ folder: signed, document, signatures }, signer, context.signal);
    if (added === undefined) return verified;
    written.push(...added.files);
    verified.signatures = [...signatures, { ...added.signature, with: context.tool }];
    return verified;
  });
  const receipt = receiptOf(found, "sign", await receiptFacts());
  if (isJson) stdout.write(jsonLine(receipt));
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
        judgeSignatures(signed, [publicKey], toolHere(), Date.now()),
      require: undefined,
      expectSha256: undefined,
    },
    isVouched: false,
    enforceExpiry: false,
  };
}

function closingLines(signer: string, { kit, folder }: Verification, written: readonly string[]): string {
  const title = `kit ${kit.name} ${kit.id}, serial ${kit.serial}`;
  if (written.length === 0) return `signed       ${title}: ${signer} has signed it already\n`;
  const names = written.map((file) => file.slice(folder.length + 1)).join(", ");
  return `signed       ${title}, by ${signer}: ${names}\n`;
}
