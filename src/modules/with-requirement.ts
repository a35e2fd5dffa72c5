import { join } from "node:path";

import { errorCatalogue } from "../support/error-codes.js";
import { AirgoError, isAirgoError } from "../support/errors.js";
import { parseGoMod, type GoModFile } from "./go-mod-file.js";
import type { ModuleInput } from "./inputs.js";
import { readMainFiles } from "./main-files.js";
import type { ModuleVersion } from "./module-version.js";
import { readInputText } from "./read-input.js";
import {
  requirementChain,
  type AskedModule,
  type GoModSource,
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
  if (input.kind === "version")
    return { mains: [{ name: "the manifest", require: [input.module] }], replace: [], read: readVersion };
  return {
    ...(await readMainFiles(input)),
    read: async (source) =>
      source.folder === undefined
        ? readVersion(source)
        : parseGoMod(await readInputText(join(source.folder, "go.mod"), input.project)),
  };

  async function readVersion({ path, version }: GoModSource): Promise<GoModFile | undefined> {
    return version === undefined ? undefined : readGoMod({ path, version });
  }
}
