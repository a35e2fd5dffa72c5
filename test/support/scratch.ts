import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll } from "@jest/globals";

/** A folder for the tests of one file; it is removed after the last of them. Call it at the file's top. */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `airgo-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
