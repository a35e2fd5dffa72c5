import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { DocumentSigner } from "../../src/signing/document-signer.js";
import { generateKey } from "../../src/signing/generate-key.js";
import type { KeyKind } from "../../src/signing/key-kinds.js";
import { loadSigner } from "../../src/signing/load-signer.js";
import { scratchFolder } from "./scratch.js";

const root = scratchFolder("signers");
let names = 0;

/** A signer with a key that airgo made and read again. */
export async function newSigner(
  kind: KeyKind,
  {
    name = "release",
    passphrase,
    now = Date.now(),
  }: { name?: string; passphrase?: string; now?: number } = {},
): Promise<DocumentSigner & { readonly file: string }> {
  const { privateText } = await generateKey({ name, kind, passphrase, now });
  const file = join(root, `${++names}`);
  writeFileSync(file, privateText, { mode: 0o600 });
  return { ...(await loadSigner({ name, kind, file, passphrase, now: () => now })), file };
}

/** The same bytes with one bit turned. */
export function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}
