import { redact } from "../support/redact.js";
import type { Verification } from "./verification.js";

/** Where and when a receipt was written, and by what. */
export interface ReceiptFacts {
  /** `2026-11-21T20:44:22Z` */
  readonly time: string;
  readonly by: string;
  readonly host: { readonly name: string; readonly arch: string; readonly uid: number };
}

/** What it holds is for its readers; here only its time is asked for. */
export type Receipt = Readonly<Record<string, unknown>> & Pick<ReceiptFacts, "time">;

/**
 * The receipt of a verification (docs/kit-format.md, "Receipts"), a refusal's too.
 * @param action what it was verified for
 */
export function receiptOf(found: Verification, action: "verify" | "sign", facts: ReceiptFacts): Receipt {
  const { error, kit, document, signatures, checked, notChecked, isVouched } = found;
  const { name, serial, id, sha256sums } = kit;
  return {
    format: 1,
    action,
    result: error !== undefined ? "refused" : action === "sign" ? "signed" : isVouched ? "verified" : "whole",
    ...facts,
    kit: {
      ...(name === undefined ? {} : { name }),
      ...(serial === undefined ? {} : { serial }),
      ...(id === undefined ? {} : { id }),
      ...(sha256sums === undefined ? {} : { sha256sums }),
    },
    ...(document === undefined ? {} : { document }),
    signatures: signatures.map(({ file, signer, outcome, key, with: tool, why }) => ({
      file,
      signer,
      outcome,
      ...(key === undefined ? {} : { key }),
      with: tool,
      ...(why === undefined ? {} : { why }),
    })),
    checked,
    notChecked,
    ...(error === undefined ? {} : { error: { code: error.code, what: redact(error.message) } }),
  };
}

/**
 * `starter-3f9c2a1b4d5e.20261121T204422Z.json`, and for the second one of that second `….20261121T204422Z-2.json`.
 * @param nth 1 or more
 */
export function receiptName(
  { name = "kit", id = "unknown" }: Verification["kit"],
  time: string,
  nth: number,
): string {
  // A refused kit may be called anything.
  const plain = name.replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(0, 100);
  return `${plain}-${id}.${time.replaceAll(/[-:]/g, "")}${nth === 1 ? "" : `-${nth}`}.json`;
}
