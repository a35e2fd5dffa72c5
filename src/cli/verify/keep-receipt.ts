import { join, resolve } from "node:path";

import { reasonOf } from "../../support/errors.js";
import { createFile, writeFileAtomic } from "../../support/files.js";
import { receiptName, type Receipt } from "../../verification/receipt.js";
import type { Verification } from "../../verification/verification.js";
import { xdgFolder } from "../xdg-folder.js";
import { jsonText } from "../output.js";
import { lineOf, receiptPlaceLine } from "./output.js";

export interface ReceiptOptions {
  /** Where it was asked for. */
  readonly receipt?: string;
  readonly json?: boolean;
}

/**
 * Writes a receipt where it was asked for, else among the others of this user, and says where. A file that was asked for
 * must be there, unless the kit is refused: then why it is counts for more. That there is none in the usual place is
 * worth a warning.
 * @throws AIRGO_DISK
 */
export async function keepReceipt(
  found: Verification,
  receipt: Receipt,
  { receipt: wanted, json }: ReceiptOptions,
): Promise<void> {
  const { stdout, stderr } = process;
  try {
    const file = wanted === undefined ? await addReceipt(found, receipt) : resolve(wanted);
    if (wanted !== undefined) await writeFileAtomic(file, jsonText(receipt));
    if (json !== true) stdout.write(receiptPlaceLine(file));
  } catch (error) {
    if (wanted !== undefined && found.error === undefined) throw error;
    if (json === true && wanted === undefined) return;
    stderr.write(lineOf({ type: "warning", text: `no receipt could be kept: ${reasonOf(error)}` }));
  }
}

/** Adds it to those of this user, below `$XDG_STATE_HOME`. */
async function addReceipt({ kit }: Verification, receipt: Receipt): Promise<string> {
  const folder = join(xdgFolder(process.env, "XDG_STATE_HOME"), "receipts");
  // Two of one second have the same name: neither may be lost.
  for (let nth = 1; ; nth++) {
    const file = join(folder, receiptName(kit, receipt.time, nth));
    if (await createFile(file, jsonText(receipt))) return file;
  }
}
