import { isMap, isScalar, isSeq, type Node } from "yaml";

import { redact } from "../support/redact.js";

import type { Path } from "./mistake.js";
import { quoted, shown, withoutProfile } from "./wording.js";

/** Says in a few words what stands at a path, worded to follow "found". Never what could be a secret. */
export function describeFound(node: Node | undefined, path: Path): string {
  if (isMap(node)) return node.items.length === 0 ? "an empty map" : "a map";
  if (isSeq(node)) return node.items.length === 0 ? "an empty list" : "a list";
  if (!isScalar(node) || node.value === null) return "nothing";
  const { value } = node;
  const text = typeof value === "string" ? value : (node.source ?? JSON.stringify(value));
  if (mayBeSecret(path, text))
    return `a ${typeof value === "string" ? "text" : typeof value} that is not shown`;
  return typeof value === "string" ? quoted(text) : shown(text);
}

/**
 * Secrets land where a key or its passphrase is asked for, or, one level off, as the signer itself; the same holds for
 * credentials of private sources. In an address they stand before an @, or behind a question mark.
 */
function mayBeSecret(path: Path, text: string): boolean {
  const [section, name, last = "", key = ""] = withoutProfile(path);
  if (text.includes("PRIVATE KEY")) return true;
  if (section === "signers") return last !== "type";
  if (section !== "sources") return false;
  const bare = redact(text).replace(/\*{3}@|\?\*{3}/g, "");
  if (name !== "private") return bare.includes("@");
  if (key === "match" || key === "ca") return bare.includes("@");
  return key !== "proxy" || /[@?]/.test(bare);
}
