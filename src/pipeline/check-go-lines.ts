import { join, posix } from "node:path";

import { goLinesOf, requireGoLines, type GoLine, type KitLines } from "../golang/go-lines.js";
import { parseGoMod } from "../modules/go-mod-file.js";
import { parseGoWork } from "../modules/go-work-file.js";
import type { ModuleInput } from "../modules/inputs.js";
import { readInputText } from "../modules/read-input.js";
import type { GoChoice } from "./choose-go.js";
import type { KitInputs } from "./wishes.js";

/**
 * Holds the `go` and `toolchain` lines of every listed go.mod and go.work against the Go versions of its kit.
 * @throws AIRGO_GO_LINE_TOO_NEW with all lines, of all kits, that no version of their kit satisfies
 */
export async function checkGoLines(
  choice: GoChoice["kits"],
  wishes: ReadonlyMap<string, KitInputs>,
): Promise<void> {
  const kits = [...wishes].map(async ([kit, { inputs }]): Promise<KitLines> => {
    const lines = await Promise.all(inputs.map(linesOf));
    return { kit, lines: lines.flat(), versions: Object.values(choice.get(kit) ?? {}) };
  });
  requireGoLines(await Promise.all(kits));
}

async function linesOf(input: ModuleInput): Promise<GoLine[]> {
  if (input.kind === "version") return [];
  const text = await readInputText(join(input.folder, posix.basename(input.name)), input.project);
  return goLinesOf(input.name, input.kind === "file" ? parseGoMod(text) : parseGoWork(text));
}
