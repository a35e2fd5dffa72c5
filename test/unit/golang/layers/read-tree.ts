import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

import { sha256Hex } from "../../../../src/support/digest.js";

/** Every regular file below a folder, sorted: `<executable or plain> <sha256> <path>`. */
export function readTree(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => {
      const kind = (statSync(file).mode & 0o111) === 0 ? "plain" : "executable";
      return `${kind} ${sha256Hex(readFileSync(file))} ${relative(root, file)}`;
    })
    .sort();
}
