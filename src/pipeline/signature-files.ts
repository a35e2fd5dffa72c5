import { join } from "node:path";

import type { DocumentSigner } from "../signing/document-signer.js";
import { publicKeyFile, signatureFile, signedBy } from "../signing/key-kinds.js";

/** The documents of a carried folder that are signed, by name. */
export interface SignedTexts {
  readonly SHA256SUMS: string;
  /** Only where the kit asks for SM3. */
  readonly SM3SUMS?: string;
}

/**
 * Makes a signer's files: its signature, its public key, and for SM2 also the signature over SM3SUMS.
 * @returns contents by path below the folder
 */
export async function signatureFiles(
  folder: string,
  texts: SignedTexts,
  signer: DocumentSigner,
): Promise<Map<string, string | Buffer>> {
  const { kind, name, text } = signer.publicKey;
  const files = new Map<string, string | Buffer>();
  for (const document of signedBy(kind, texts.SM3SUMS !== undefined)) {
    const signature = await signer.sign(Buffer.from(texts[document] ?? ""));
    files.set(join(folder, signatureFile(document, name, kind)), signature);
  }
  files.set(join(folder, publicKeyFile(name, kind)), text);
  return files;
}
