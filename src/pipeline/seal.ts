import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { DocumentSigner } from "../signing/document-signer.js";
import { hasSystemCode } from "../support/errors.js";
import { asDiskError, makeFolder, writeNewFile } from "../support/files.js";
import { removeTree } from "../support/trees.js";
import type { RunContext } from "./context.js";
import type { PackedKit } from "./pack.js";
import { signatureFiles } from "./signature-files.js";

/** A kit's folder at its place among the finished ones. */
export interface SealedKit {
  /** `kits/<name>/<id>` */
  readonly folder: string;
  /** Takes it back, as if it had never been there: for when another kit of the same lock cannot be sealed. */
  undo(): Promise<void>;
}

/** The seal stage: signs the folder's documents, then puts the folder in place by one rename. */
export async function seal(
  context: RunContext,
  packed: PackedKit,
  signers: readonly DocumentSigner[],
): Promise<SealedKit> {
  // One after the other: a program may need a hand for each.
  for (const signer of signers)
    for (const [file, data] of await signatureFiles(packed.folder, packed.documents, signer))
      await writeNewFile(file, data);
  context.signal.throwIfAborted();
  const target = join(context.paths.kits, packed.kit.name, packed.kit.id);
  await makeFolder(dirname(target));
  return replaceFolder(packed.folder, target);
}

/**
 * Puts a folder in another one's place. A folder cannot be renamed over one that has files: the old one steps aside,
 * into the staging folder, and comes back when something fails.
 */
async function replaceFolder(from: string, target: string): Promise<SealedKit> {
  const aside = `${from}-replaced`;
  const wasThere = await renameIfThere(target, aside);
  const undo = async (): Promise<void> => {
    await removeTree(target);
    if (wasThere) await rename(aside, target);
  };
  try {
    await rename(from, target);
  } catch (error) {
    await undo();
    throw asDiskError(error, target);
  }
  return { folder: target, undo };
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasSystemCode(error, "ENOENT")) return false;
    throw asDiskError(error, from);
  }
}
