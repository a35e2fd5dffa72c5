import { posix, resolve, join } from "node:path";

import { errorCatalogue } from "../support/error-codes.js";
import { AirgoError, isAirgoError } from "../support/errors.js";
import { readTextIfThere } from "../support/files.js";
import { parseGoMod, type GoModFile } from "./go-mod-file.js";
import { parseGoWork } from "./go-work-file.js";
import type { ModuleInput } from "./inputs.js";
import type { ModuleVersion } from "./module-version.js";
import {
  requirementChain,
  type AskedModule,
  type GoModSource,
  type MainFile,
  type Replacement,
  type Requirements,
} from "./requirement-chain.js";

/** The go.mod of a version; undefined where it has not been read and need not be had. */
export type ReadGoMod = (module: ModuleVersion) => Promise<GoModFile | undefined>;

/** The same error, which also says who requires the module: the chain, or its beginning alone. */
export function withRequirement(error: AirgoError, chain: readonly string[]): AirgoError {
  const { code, message: what, where, expected, found, hint, cause } = error;
  const line = `required by ${chain.join(" → ")}`;
  const parts = { where: where === undefined ? line : `${where}\n${line}`, expected, found, hint, cause };
  const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
  return new AirgoError(code, { what, ...given });
}

/**
 * An error that has to do with a module, with the chain of requirements that leads to it; any other error as it is.
 * Takes the time it takes: only a run that fails asks for it. Never throws.
 */
export async function explained(
  error: unknown,
  module: AskedModule,
  input: ModuleInput,
  readGoMod: ReadGoMod,
): Promise<unknown> {
  if (!isAirgoError(error)) return error;
  if (!isAboutModule(error)) return error;
  try {
    const chain = await requirementChain(module, await requirementsOf(input, readGoMod));
    return withRequirement(error, chain ?? [input.name]);
  } catch {
    return withRequirement(error, [input.name]);
  }
}

function isAboutModule({ code }: AirgoError): boolean {
  const { exit } = errorCatalogue[code];
  return exit === "network" || exit === "integrity" || code === "AIRGO_PRIVATE_SOURCE_MISSING";
}

async function requirementsOf(input: ModuleInput, readGoMod: ReadGoMod): Promise<Requirements> {
  const read = async ({ path, version, folder }: GoModSource): Promise<GoModFile | undefined> => {
    if (folder !== undefined) return goModIn(folder);
    return version === undefined ? undefined : readGoMod({ path, version });
  };
  if (input.kind === "version")
    return { mains: [{ name: "the manifest", require: [input.module] }], replace: [], read };
  const mains: MainFile[] = [];
  const replace: Replacement[] = [];
  // Where several have a line for one module, that of the go.work holds.
  if (input.kind === "workspace") {
    const work = parseGoWork((await readTextIfThere(join(input.folder, "go.work"))) ?? "");
    replace.push(...withFolders(work, input.folder));
  }
  for (const member of input.kind === "workspace" ? input.members : ["."]) {
    const folder = join(input.folder, member);
    const file = await goModIn(folder);
    mains.push({ name: posix.join(posix.dirname(input.name), member, "go.mod"), require: file.require });
    replace.push(...withFolders(file, folder));
  }
  return { mains, replace, read };
}

async function goModIn(folder: string): Promise<GoModFile> {
  return parseGoMod((await readTextIfThere(join(folder, "go.mod"))) ?? "");
}

/** The `replace` lines of a file that lies in `base`. */
function withFolders({ replace }: Pick<GoModFile, "replace">, base: string): Replacement[] {
  return replace.map((line) =>
    line.withVersion === undefined ? { ...line, folder: resolve(base, line.withPath) } : line,
  );
}
