import { dirname, join, posix } from "node:path";

import { glob } from "tinyglobby";

import { sha256Hex } from "../support/digest.js";
import { AirgoError } from "../support/errors.js";
import { byBytes } from "../support/order.js";
import { parseGoWork } from "./go-work-file.js";
import { parseModuleVersion, type ModuleVersion } from "./module-version.js";
import { hasInput, readInput, readInputText } from "./read-input.js";
import { widerScope, type Scope } from "./scope.js";

/** A request of the manifest, as the modules room needs it. */
export interface ModuleRequest {
  /** A path or glob relative to the manifest's folder that ends in go.mod or go.work, or `module@version`. */
  readonly path: string;
  readonly scope: Scope;
}

interface Input {
  /** How the manifest's entry resolves: the path relative to the manifest, or `module@version`. Unique within a kit. */
  readonly name: string;
  readonly scope: Scope;
}

/** What lies in a folder of the engineer's. */
interface PlacedInput extends Input {
  /** Its folder. */
  readonly folder: string;
  /** The folder of the manifest: links in it may not lead out of it (read-input.ts). */
  readonly project: string;
}

/** A go.mod. */
export interface FileInput extends PlacedInput {
  readonly kind: "file";
}

/** A go.work; each module that it uses is an input of its own besides. */
export interface WorkspaceInput extends PlacedInput {
  readonly kind: "workspace";
  /** The folders of its modules, relative to its own. */
  readonly members: readonly string[];
}

/** A version, as an empty main module requires it: it needs no folder. */
export interface VersionInput extends Input {
  readonly kind: "version";
  readonly module: ModuleVersion;
}

/** One thing to compute a closure of. */
export type ModuleInput = FileInput | WorkspaceInput | VersionInput;

/**
 * Finds what the entries of a manifest name. What several entries find counts once, with the widest of their scopes.
 * @throws AIRGO_INPUT_MISSING when a path is not there or a glob finds nothing; AIRGO_INPUT_INVALID for a name that no
 * kit can hold, and as readInput
 */
export async function findInputs(
  requests: readonly ModuleRequest[],
  manifestFolder: string,
): Promise<ModuleInput[]> {
  const found = new Map<string, ModuleInput>();
  const add = (input: ModuleInput): void => {
    const scope = widerScope(input.scope, found.get(input.name)?.scope ?? input.scope);
    found.set(input.name, { ...input, scope });
  };
  for (const { path, scope } of requests) {
    const module = parseModuleVersion(path);
    if (module !== undefined) add({ kind: "version", name: path, scope, module });
    else {
      for (const file of await filesAt(path, manifestFolder))
        for (const input of await inputsOf(file, scope, manifestFolder)) add(input);
    }
  }
  return [...found.values()].sort((a, b) => byBytes(a.name, b.name));
}

/** A go.mod is one input; a go.work is itself and every module that it uses, alone. */
async function inputsOf(name: string, scope: Scope, project: string): Promise<ModuleInput[]> {
  const folder = dirname(join(project, name));
  if (posix.basename(name) === "go.mod") return [{ kind: "file", name, scope, folder, project }];
  const text = await readInputText(join(project, name), project);
  const members = [...new Set(parseGoWork(text).use.map(({ path }) => posix.normalize(path)))];
  const alone = members.map(async (member): Promise<FileInput> => {
    const file = posix.join(posix.dirname(name), member, "go.mod");
    if (posix.isAbsolute(member))
      throw missing(member, name, "an absolute path, which another machine does not have");
    requirePlainName(file, name);
    if (!(await hasInput(join(project, file), project))) throw missing(file, name, "it is not there");
    return { kind: "file", name: file, scope, folder: dirname(join(project, file)), project };
  });
  return [{ kind: "workspace", name, scope, folder, members, project }, ...(await Promise.all(alone))];
}

/** The files that an entry names; each is there, and can be read as an input. */
async function filesAt(path: string, project: string): Promise<string[]> {
  const isGlob = /[*?{]/.test(path);
  const files = isGlob ? await filesLike(path, project) : [path];
  for (const file of files) {
    requirePlainName(file, isGlob ? "a pattern of the manifest" : "the manifest");
    if (!(await hasInput(join(project, file), project)))
      throw missing(file, "the manifest", "it is not there");
  }
  return files;
}

async function filesLike(pattern: string, project: string): Promise<string[]> {
  const files = await glob(pattern, {
    cwd: project,
    onlyFiles: true,
    followSymbolicLinks: false,
    ignore: ["**/node_modules/**"],
  });
  if (files.length === 0) throw missing(pattern, "the manifest", "the pattern finds no file");
  return files;
}

/** A kit's tables have a line for each name and a tab between columns; and a message shows a name as it is. */
function requirePlainName(name: string, namedBy: string): void {
  if (!/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(name)) return;
  throw new AirgoError("AIRGO_INPUT_INVALID", {
    what: `a file that ${namedBy} names has a control character in its name`,
    where: JSON.stringify(name),
    expected: "a name without tabs, line ends and other control characters",
    hint: "rename the folder",
  });
}

function missing(path: string, namedBy: string, found: string): AirgoError {
  return new AirgoError("AIRGO_INPUT_MISSING", {
    what: `a file that ${namedBy} names cannot be found`,
    where: path,
    expected: "a go.mod or go.work at that place, relative to the file that names it",
    found,
    hint: `correct the path in ${namedBy}`,
  });
}

/** The files that every closure of an input depends on, by name relative to its folder. */
function alwaysRead(input: FileInput | WorkspaceInput): string[] {
  if (input.kind === "file") return ["go.mod", "go.sum"];
  const ofMembers = input.members.flatMap((member) =>
    ["go.mod", "go.sum"].map((name) => posix.join(member, name)),
  );
  return ["go.work", "go.work.sum", ...ofMembers];
}

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
  if (input.kind === "version") return digests;
  for (const name of new Set([...alwaysRead(input), ...further])) {
    const data = await readInput(join(input.folder, name), input.project);
    if (data !== undefined) digests[name] = sha256Hex(data);
  }
  return digests;
}
