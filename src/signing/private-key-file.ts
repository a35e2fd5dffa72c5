import { open } from "node:fs/promises";

import { AirgoError, messageOf } from "../support/errors.js";

/**
 * Reads the file of a private key.
 * @throws AIRGO_KEY_UNREADABLE, AIRGO_KEY_EXPOSED when others than its owner may read or write it
 */
export async function readPrivateKeyFile(file: string): Promise<Buffer> {
  const { mode, bytes } = await readWithMode(file).catch((cause: unknown) => {
    throw unusableKey(file, `cannot read the signing key: ${messageOf(cause)}`, cause);
  });
  if ((mode & 0o077) === 0) return bytes;
  throw new AirgoError("AIRGO_KEY_EXPOSED", {
    what: "the private key is readable by others",
    where: file,
    expected: "mode 0600",
    found: `mode 0${(mode & 0o777).toString(8)}`,
    hint: `chmod 600 '${file}' (and think about who may have read it)`,
  });
}

/** Mode and bytes of one and the same file, whatever is renamed meanwhile. */
async function readWithMode(file: string): Promise<{ mode: number; bytes: Buffer }> {
  const handle = await open(file, "r");
  try {
    // Read first: of a folder, whose mode is of no interest, this tells what it is.
    const bytes = await handle.readFile();
    return { mode: (await handle.stat()).mode, bytes };
  } finally {
    await handle.close();
  }
}

/** A signing key that cannot be used. */
export function unusableKey(file: string, what: string, cause?: unknown): AirgoError {
  return new AirgoError("AIRGO_KEY_UNREADABLE", {
    what,
    where: file,
    hint: "check the key, its type and the passphrase setting of the signer in bundles.yaml",
    ...(cause === undefined ? {} : { cause }),
  });
}
