import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { test } from "@jest/globals";

/** The absolute path of a program on PATH, or undefined when this machine lacks it. */
export function findTool(name: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** A test that needs programs; where one is missing it is skipped, and the report says for want of what. */
export function testIf(
  tools: string | readonly string[],
  name: string,
  run: () => void | Promise<void>,
): void {
  const missing = [tools].flat().filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0) test(name, run);
  else test.skip(`${name} (skipped: no ${missing.join(", ")} here)`, run);
}

/** A test that needs a condition of this machine, told in `need` when it does not hold. */
export function testWhen(holds: boolean, need: string, name: string, run: () => void | Promise<void>): void {
  if (holds) test(name, run);
  else test.skip(`${name} (skipped: needs ${need})`, run);
}
