import { formats } from "./formats/format.js";
import { badSignature } from "./bad-signature.js";
import type { PublicKey } from "./public-key.js";

/** Whoever can sign a kit: a key of ours, or a program that has one. */
export interface DocumentSigner {
  readonly publicKey: PublicKey;
  /**
   * Signs a document. What it gives was verified with the public key.
   * @throws AIRGO_SIGNATURE_BAD when it was not made by that key; AIRGO_SIGNER_FAILED when a program gives none
   */
  sign(document: Buffer): Promise<Buffer>;
}

/** A signer whose every signature is verified before it is given away. */
export function checkedSigner(
  publicKey: PublicKey,
  sign: (document: Buffer) => Promise<Buffer> | Buffer,
): DocumentSigner {
  return {
    publicKey,
    async sign(document) {
      const signature = await sign(document);
      if (await formats[publicKey.kind].verify(document, signature, publicKey)) return signature;
      throw badSignature("a signature just made does not verify", publicKey.id);
    },
  };
}
