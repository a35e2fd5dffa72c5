import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

import { messageOf } from "../support/errors.js";
import { createFile, fileSize } from "../support/files.js";
import type { DocumentSigner } from "./document-signer.js";
import { generateKey } from "./generate-key.js";
import { loadSigner, type KeyToLoad } from "./load-signer.js";
import { unusableKey } from "./private-key-file.js";

/**
 * The development key of a project: made on first use, private to its owner.
 * @returns the signer, and whether its key was made just now
 * @throws AIRGO_KEY_UNREADABLE, AIRGO_KEY_EXPOSED
 */
export async function developmentKey(
  wanted: Pick<KeyToLoad, "name" | "file" | "now">,
): Promise<{ readonly signer: DocumentSigner; readonly fresh: boolean }> {
  const { name, file, now } = wanted;
  const load = () => loadSigner({ ...wanted, kind: "ecdsa-p256", passphrase: undefined });
  if ((await fileSize(file)) !== undefined) return { signer: await load(), fresh: false };
  const wish = { name, kind: "ecdsa-p256", passphrase: undefined, now: now() } as const;
  const { privateText } = await generateKey(wish);
  let fresh: boolean;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // Whole at once: when two runs meet here, the second takes the first one's key, and never half of it.
    fresh = await createFile(file, privateText, 0o600);
  } catch (error) {
    throw unusableKey(file, `cannot make a development key: ${messageOf(error)}`, error);
  }
  return { signer: await load(), fresh };
}
