import type { KeyKind } from "../key-kinds.js";
import type { PublicKey } from "../public-key.js";
import { minisignFormat } from "./minisign.js";
import { openpgpFormat } from "./openpgp.js";
import { rawFormat } from "./raw.js";
import { sm2Format } from "./sm2.js";
import { sshFormat } from "./sshsig.js";

/** How signatures of one form are checked. The functions throw AIRGO_SIGNATURE_BAD for bytes that are no signature. */
export interface SignatureFormat {
  /** Whether the signature over the document was made with the private half of this key. */
  verify(document: Buffer, signature: Buffer, key: PublicKey): Promise<boolean>;
  /** Whether the signature says that this key made it; undefined where such signatures name no key. */
  isBy(signature: Buffer, key: PublicKey): Promise<boolean | undefined>;
  /** Whether the key has ended by then, for forms whose keys do; milliseconds since 1970. */
  hasEnded?(signature: Buffer, key: PublicKey, now: number): Promise<boolean>;
}

export const formats: Readonly<Record<KeyKind, SignatureFormat>> = {
  "ecdsa-p256": rawFormat,
  rsa: rawFormat,
  ed25519: rawFormat,
  sm2: sm2Format,
  openpgp: openpgpFormat,
  sshsig: sshFormat,
  minisign: minisignFormat,
};
