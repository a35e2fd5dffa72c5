import { join, posix, resolve } from "node:path";

import { parseGoMod, type RequireDirective } from "./go-mod-file.js";
import { parseGoWork } from "./go-work-file.js";
import type { FileInput, WorkspaceInput } from "./inputs.js";
import type { ReplaceDirective } from "./mod-file-rules.js";
import { readInputText } from "./read-input.js";

/** A go.mod of a main module. */
export interface MainGoMod {
  /** As messages call it: relative to the manifest. */
  readonly name: string;
  readonly require: readonly RequireDirective[];
}

/** A `replace` line of a main file. */
export interface Replacement extends ReplaceDirective {
  /** Where the folder is that the line names, if it names one. */
  readonly folder?: string;
}

/** What the go.mod files of an input say, and its go.work where it has one. */
export interface MainFiles {
  readonly mains: readonly MainGoMod[];
  /** Those of all: no other module's apply. */
  readonly replace: readonly Replacement[];
}

/**
 * Reads an input's main files; of what is not there nothing.
 * @throws as readInput
 */
export async function readMainFiles(input: FileInput | WorkspaceInput): Promise<MainFiles> {
  const { folder, project, name } = input;
  const mains: MainGoMod[] = [];
  const replace: Replacement[] = [];
  // Where several have a line for one module, that of the go.work holds.
  if (input.kind === "workspace")
    replace.push(
      ...withFolders(parseGoWork(await readInputText(join(folder, "go.work"), project)).replace, folder),
    );
  for (const member of input.kind === "workspace" ? input.members : ["."]) {
    const place = join(folder, member);
    const file = parseGoMod(await readInputText(join(place, "go.mod"), project));
    mains.push({ name: posix.join(posix.dirname(name), member, "go.mod"), require: file.require });
    replace.push(...withFolders(file.replace, place));
  }
  return { mains, replace };
}

/** @param base the folder of the file that the lines are in */
function withFolders(lines: readonly ReplaceDirective[], base: string): Replacement[] {
  return lines.map((line) =>
    line.withVersion === undefined ? { ...line, folder: resolve(base, line.withPath) } : line,
  );
}
