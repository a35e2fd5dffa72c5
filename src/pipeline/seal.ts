import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { signEcdsa } from "../signing/ecdsa.js";
import { hasSystemCode } from "../support/errors.js";
import { asDiskError } from "../support/files.js";
import type { RunContext } from "./context.js";
import type { PackedKit } from "./pack.js";
import type { Signer } from "./signers.js";

/**
 * The seal stage: signs the folder's SHA256SUMS, then puts the folder in place by one rename.
 * @returns the folder `kits/<name>/<id>`
 */
export async function seal(
  context: RunContext,
  packed: PackedKit,
  signers: readonly Signer[],
): Promise<string> {
  const document = Buffer.from(packed.document);
  for (const { name, key } of signers) {
    await writeFile(join(packed.folder, `SHA256SUMS.${name}.sig`), signEcdsa(document, key), {
      flag: "wx",
      mode: 0o644,
    });
    await writeFile(join(packed.folder, `${name}.pub.pem`), key.publicPem, { flag: "wx", mode: 0o644 });
  }
  context.signal.throwIfAborted();
  const target = join(context.paths.kits, packed.kit.name, packed.kit.id);
  try {
    await mkdir(dirname(target), { recursive: true });
    await replaceFolder(packed.folder, target);
    await pointLatest(dirname(target), packed.kit.id);
  } catch (error) {
    throw asDiskError(error, target);
  }
  return target;
}

/** A folder cannot be renamed over one that has files: the old one steps aside first, and goes when the new one stands. */
async function replaceFolder(from: string, target: string): Promise<void> {
  const aside = `${from}-replaced`;
  const replaced = await rename(target, aside).then(
    () => true,
    (error: unknown) => {
      if (hasSystemCode(error, "ENOENT")) return false;
      throw error;
    },
  );
  await rename(from, target);
  if (replaced) await rm(aside, { recursive: true, force: true });
}

async function pointLatest(folder: string, id: string): Promise<void> {
  const temporary = join(folder, `.latest-${randomBytes(6).toString("hex")}`);
  await symlink(id, temporary);
  await rename(temporary, join(folder, "latest"));
}
