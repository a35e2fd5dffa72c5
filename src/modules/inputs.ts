import { dirname, join } from "node:path";

import { glob } from "tinyglobby";

import { sha256Hex } from "../support/digest.js";
import { AirgoError } from "../support/errors.js";
import { fileSize, readIfThere } from "../support/files.js";
import { byBytes } from "../support/order.js";
import { parseModuleVersion, type ModuleVersion } from "./module-version.js";

/** A request of the manifest, as the modules room needs it. */
export interface ModuleRequest {
  /** A path or glob relative to the manifest's folder, or `module@version`. */
  readonly path: string;
  readonly scope: "all";
}

/** One go.mod to compute a closure of. */
export interface ModuleInput {
  /** How the manifest's entry resolves: the path relative to the manifest, or `module@version`. Unique. */
  readonly name: string;
  readonly scope: "all";
  /** The folder of the go.mod; undefined for `module@version`, which needs none. */
  readonly folder: string | undefined;
  /** The module that an empty main module requires, for `module@version`. */
  readonly module: ModuleVersion | undefined;
}

/**
 * Finds the go.mod files that the entries of a manifest name; one that several entries find counts once.
 * @throws AIRGO_INPUT_MISSING when a path is not there or a glob finds nothing
 */
export async function findInputs(
  requests: readonly ModuleRequest[],
  manifestFolder: string,
): Promise<ModuleInput[]> {
  const found = new Map<string, ModuleInput>();
  for (const { path, scope } of requests) {
    const module = parseModuleVersion(path);
    if (module !== undefined) {
      found.set(path, { name: path, scope, folder: undefined, module });
      continue;
    }
    for (const file of await goModFiles(path, manifestFolder)) {
      found.set(file, { name: file, scope, folder: dirname(join(manifestFolder, file)), module: undefined });
    }
  }
  return [...found.values()].sort((a, b) => byBytes(a.name, b.name));
}

async function goModFiles(path: string, manifestFolder: string): Promise<string[]> {
  if (!/[*?{]/.test(path)) {
    if ((await fileSize(join(manifestFolder, path))) !== undefined) return [path];
    throw missing(path, "it is not there");
  }
  const files = await glob(path, {
    cwd: manifestFolder,
    onlyFiles: true,
    followSymbolicLinks: false,
    ignore: ["**/node_modules/**"],
  });
  if (files.length === 0) throw missing(path, "the pattern finds no file");
  return files;
}

function missing(path: string, found: string): AirgoError {
  return new AirgoError("AIRGO_INPUT_MISSING", {
    what: "a go.mod that the manifest names cannot be found",
    where: path,
    expected: "a file, relative to the manifest's folder",
    found,
    hint: "correct the path under `modules:` in the manifest",
  });
}

/** The files beside a go.mod that every closure depends on. */
const alwaysRead = ["go.mod", "go.sum"];

/**
 * SHA-256 of the files that an input's closure depends on, by name relative to its folder; files that are not there
 * are left out.
 * @param further names that an earlier closure was seen to depend on, such as the go.mod of a local replacement
 */
export async function digestInput(
  input: ModuleInput,
  further: readonly string[] = [],
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  if (input.folder === undefined) return digests;
  for (const name of new Set([...alwaysRead, ...further])) {
    const data = await readIfThere(join(input.folder, name));
    if (data !== undefined) digests[name] = sha256Hex(data);
  }
  return digests;
}
