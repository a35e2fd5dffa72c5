import { join } from "node:path";

import { parseGoMod } from "./go-mod-file.js";
import { parseGoWork } from "./go-work-file.js";
import type { ModuleInput } from "./inputs.js";
import type { ReplaceDirective } from "./mod-file-rules.js";
import { readInputText } from "./read-input.js";
import type { AskedModule } from "./requirement-chain.js";

/**
 * The modules that inputs have in folders: main modules, and what is replaced by a folder. Public proxies need not hear
 * their names. Private ones are never among them: their names go to their own proxy alone.
 */
export interface LocalModules {
  /** True for a module that some input has in a folder. */
  isLocal(module: AskedModule): boolean;
  /**
   * True for what go may ask for while it answers for an input, and what nobody has: the versions of a module that lies
   * in a folder of this input, and a version that stands for "the one in the folder" of any.
   *
   * Any other version of a main module may well be needed: where a dependency requires an older one of it, go reads that
   * one's go.mod, though the main module is chosen.
   */
  isUnasked(input: ModuleInput, module: AskedModule): boolean;
}

/** What is written where a folder gives the version; go itself writes the second. Nobody publishes them. */
const placeholders: ReadonlySet<string | undefined> = new Set([
  "v0.0.0",
  "v0.0.0-00010101000000-000000000000",
]);

/** A module in a folder, in every version or in one. */
type InFolder = Pick<ReplaceDirective, "path" | "version">;

/**
 * Reads what the files of all inputs of a run say of it.
 * @param isPrivate true for a module that has a proxy of its own
 */
export async function readLocalModules(
  inputs: readonly ModuleInput[],
  isPrivate: (modulePath: string) => boolean,
): Promise<LocalModules> {
  const own = new Map<string, readonly InFolder[]>();
  await Promise.all(inputs.map(async (input) => own.set(input.name, await foldersOf(input))));
  const all = [...own.values()].flat();
  const isLocal = (module: AskedModule): boolean => !isPrivate(module.path) && isIn(all, module);
  return {
    isLocal,
    isUnasked(input, module) {
      if (module.version !== undefined) return placeholders.has(module.version) && isLocal(module);
      return !isPrivate(module.path) && isIn(own.get(input.name) ?? [], module);
    },
  };
}

function isIn(folders: readonly InFolder[], module: AskedModule): boolean {
  return folders.some(
    ({ path, version }) => path === module.path && (version === undefined || version === module.version),
  );
}

async function foldersOf(input: ModuleInput): Promise<InFolder[]> {
  if (input.kind === "version") return [];
  const isWorkspace = input.kind === "workspace";
  const files = (isWorkspace ? input.members : ["."]).map(async (member) => {
    const { module, replace } = parseGoMod(await textOf(join(input.folder, member, "go.mod"), input.project));
    const main: InFolder[] = module === undefined ? [] : [{ path: module, version: undefined }];
    return [...main, ...replace.filter(isByFolder)];
  });
  const work = isWorkspace
    ? parseGoWork(await textOf(join(input.folder, "go.work"), input.project)).replace
    : [];
  return [...(await Promise.all(files)).flat(), ...work.filter(isByFolder)];
}

function isByFolder({ withVersion }: ReplaceDirective): boolean {
  return withVersion === undefined;
}

/** Nothing where it cannot be read: go reads the same file, and tells. */
async function textOf(file: string, project: string): Promise<string> {
  return readInputText(file, project).catch(() => "");
}
