import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { reasonOf } from "../../support/errors.js";
import { createFile, writeFileAtomic } from "../../support/files.js";
import { receiptName, type Receipt } from "../../verification/receipt.js";
import type { Verification } from "../../verification/verification.js";
import { lineOf, receiptText } from "./output.js";

export interface ReceiptOptions {
  /** Where it was asked for. */
  readonly receipt?: string;
  readonly json?: boolean;
}

/**
 * Writes a receipt where it was asked for, else among the others of this user. A file that was asked for must be there;
 * that there is none in the usual place is worth a warning.
 * @throws AIRGO_DISK
 */
export async function keepReceipt(
  found: Verification,
  receipt: Receipt,
  options: ReceiptOptions,
): Promise<void> {
  if (options.receipt !== undefined) return writeFileAtomic(resolve(options.receipt), receiptText(receipt));
  const { env, stderr } = process;
  const state = env["XDG_STATE_HOME"];
  const base = state?.startsWith("/") ? state : join(homedir(), ".local", "state");
  const folder = join(base, "airgo", "receipts");
  try {
    // Two of one second have the same name: neither may be lost.
    for (let nth = 1; ; nth++)
      if (await createFile(join(folder, receiptName(found.kit, receipt.time, nth)), receiptText(receipt)))
        return;
  } catch (error) {
    if (options.json !== true)
      stderr.write(lineOf({ type: "warning", text: `no receipt could be kept: ${reasonOf(error)}` }));
  }
}
