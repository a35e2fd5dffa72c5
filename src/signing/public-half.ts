import type { KeyObject } from "node:crypto";

import { invariant } from "../support/errors.js";
import { minisignPublicText } from "./formats/minisign.js";
import { sshBlob, sshFingerprint, sshLine } from "./formats/ssh-keys.js";
import type { KeyKind } from "./key-kinds.js";
import { pemPublicKey, type PublicKey } from "./public-key.js";

/**
 * Describes the public half of a key in the form that a type of signer has it.
 * @param key of a kind that this type takes
 */
export function publicKeyOf(key: KeyObject, kind: Exclude<KeyKind, "openpgp">, name: string): PublicKey {
  if (kind === "sshsig") {
    const blob = sshBlob(key);
    invariant(blob, "the key is of a kind that SSH knows");
    return { kind, name, id: `ssh:${sshFingerprint(blob)}`, text: sshLine(blob) };
  }
  if (kind === "minisign") {
    const text = minisignPublicText(key);
    return { kind, name, id: `minisign:${text.split("\n")[1] ?? ""}`, text };
  }
  return pemPublicKey(key, kind, name);
}
