import { sortedBy } from "../support/order.js";
import type { GoModFile } from "./go-mod-file.js";
import type { Replacement } from "./main-files.js";
import { keyOf, type ModuleVersion } from "./module-version.js";

/** A module, at a version where one is known. */
export interface AskedModule {
  readonly path: string;
  readonly version?: string;
}

/** What the go.mod of a required version is taken from: the version, what replaces it, or a folder. */
export interface GoModSource extends AskedModule {
  readonly folder?: string;
}

/** A file that a search for requirements starts from. */
export interface MainFile {
  /** How messages call it, such as `services/api/go.mod`. */
  readonly name: string;
  readonly require: readonly ModuleVersion[];
}

/** A module graph, as far as it has been read. */
export interface Requirements {
  readonly mains: readonly MainFile[];
  /** The `replace` lines of the main files: no other's apply. */
  readonly replace: readonly Replacement[];
  /** A go.mod; undefined where go has not read it. */
  readonly read: (source: GoModSource) => Promise<Pick<GoModFile, "require"> | undefined>;
}

/** A requirement on the way from a main file. */
interface Step {
  readonly required: ModuleVersion;
  /** Itself, or what replaces it. */
  readonly source: GoModSource;
  readonly before: Step | undefined;
  readonly main: string;
}

/**
 * The shortest chain of `require` lines that leads to a module, as `go mod why -m` tells it of packages: the main file's
 * name, then each `path@version` down to the module. Of equally short ones the first by path order. A version that
 * nobody requires is looked for by its path alone; undefined when that fails too.
 */
export async function requirementChain(
  wanted: AskedModule,
  { mains, replace, read }: Requirements,
): Promise<string[] | undefined> {
  const seen = new Set<string>();
  let ofOtherVersion: Step | undefined;
  let level: Step[] = [];

  /** Adds what a file requires to the steps; gives the one that is wanted. */
  function follow(requires: readonly ModuleVersion[], main: string, before?: Step): Step | undefined {
    for (const required of sortedBy(requires, keyOf)) {
      if (seen.has(keyOf(required))) continue;
      seen.add(keyOf(required));
      const step = { required, source: sourceOf(required, replace), before, main };
      const fits = [required, step.source].filter(({ path }) => path === wanted.path);
      if (fits.some(({ version }) => wanted.version === undefined || version === wanted.version)) return step;
      if (fits.length > 0) ofOtherVersion ??= step;
      level.push(step);
    }
    return undefined;
  }

  for (const { name, require } of sortedBy(mains, (main) => main.name)) {
    const found = follow(require, name);
    if (found !== undefined) return namesOf(found);
  }
  while (level.length > 0) {
    const steps = level;
    level = [];
    const files = await Promise.all(steps.map(({ source }) => read(source)));
    for (const [i, step] of steps.entries()) {
      const found = follow(files[i]?.require ?? [], step.main, step);
      if (found !== undefined) return namesOf(found);
    }
  }
  return ofOtherVersion === undefined ? undefined : namesOf(ofOtherVersion);
}

/** What a version's files are taken from: a line for this very version goes before one for all. */
function sourceOf(module: ModuleVersion, replace: readonly Replacement[]): GoModSource {
  const lines = replace.filter(({ path }) => path === module.path);
  const line =
    lines.find(({ version }) => version === module.version) ??
    lines.find(({ version }) => version === undefined);
  if (line === undefined) return module;
  const { withPath: path, withVersion: version, folder } = line;
  if (version !== undefined) return { path, version };
  return folder === undefined ? { path } : { path, folder };
}

function namesOf(last: Step): string[] {
  const names: string[] = [];
  for (let step: Step | undefined = last; step !== undefined; step = step.before) names.push(nameOf(step));
  return [last.main, ...names.toReversed()];
}

function nameOf({ required, source }: Step): string {
  if (source === required) return keyOf(required);
  const { path, version } = source;
  return `${keyOf(required)} (replaced by ${version === undefined ? path : `${path}@${version}`})`;
}
