import { dirname, join, posix, relative, resolve } from "node:path";

import { isAirgoError } from "../support/errors.js";
import { readTextIfThere } from "../support/files.js";
import { carriedWhole, fetchedModule, type BuildListEntry } from "./carried.js";
import { parseGoMod, type GoModFile } from "./go-mod-file.js";
import { parseGoSum, type GoSumLine } from "./go-sum.js";
import { digestInput, type ModuleInput } from "./inputs.js";
import type { LocalModules } from "./local-modules.js";
import type { AskedFor, FailedAnswer, LoopbackProxy } from "./loopback-proxy.js";
import { keyOf, type ModuleVersion } from "./module-version.js";
import { privateCopy, type PrivateCopy } from "./private-copy.js";
import { explained } from "./with-requirement.js";

export interface ModuleQuestion {
  /** How messages call what is asked about: the input's name. */
  readonly name: string;
  readonly copy: PrivateCopy;
  /** The loopback proxy: the only place that go may ask. */
  readonly proxyUrl: string;
}

/** The go command, as far as closures need it. */
export interface ModuleAnswers {
  /**
   * The whole build list of a go.mod or go.work.
   * @throws AIRGO_INPUT_INVALID with go's own words
   */
  listModules(question: ModuleQuestion): Promise<readonly BuildListEntry[]>;
  /**
   * Tidies the copy, so that its go.sum names what `go mod tidy` needs.
   * @throws as listModules
   */
  tidy(question: ModuleQuestion): Promise<void>;
}

/** The modules that one input needs, so that every command of its scope works offline. */
export interface Closure {
  readonly input: ModuleInput;
  /** SHA-256 of each file it was computed from, by name relative to the input's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Carried whole: .info, .mod and .zip. */
  readonly modules: readonly ModuleVersion[];
  /** The rest of the build list: .info and .mod, which listing needs. */
  readonly listed: readonly ModuleVersion[];
  /** Further versions of which the module graph reads the go.mod. */
  readonly graph: readonly ModuleVersion[];
  /** Versions whose go.mod only the go.sum names: tidying may read them, and an old one may be gone. */
  readonly named: readonly ModuleVersion[];
  /** What the input's own go.sum says, to be held against the checksum database. */
  readonly goSum: readonly GoSumLine[];
}

export interface ClosureTools {
  readonly go: ModuleAnswers;
  readonly proxy: LoopbackProxy;
  readonly readMod: (module: ModuleVersion) => Promise<Buffer>;
  readonly local: Pick<LocalModules, "isLocal">;
  /** A private folder of this run. */
  readonly workFolder: string;
}

/**
 * Asks Go for the closure of one input. Go reads a private copy of go.mod and go.sum, so that nothing of the user's is
 * written; local `replace` paths still hold, because go runs in the user's folder.
 * @throws AIRGO_INPUT_INVALID with go's words, or the failure of a proxy that is behind them, with who requires the module
 */
export async function closureOf(input: ModuleInput, number: number, tools: ClosureTools): Promise<Closure> {
  const copy = await privateCopy(input, join(tools.workFolder, `input-${number}`));
  const question = tools.proxy.open(input);
  const asked = { name: input.name, copy, proxyUrl: question.url };
  const goSum = parseGoSum((await readTextIfThere(copy.sumFile)) ?? "");
  const written = parseGoMod((await readTextIfThere(copy.modFile)) ?? "");
  try {
    const listed = await tools.go.listModules(asked);
    const main = await mainModule(input, copy, written, tools);
    const sums = needsTidying(input, goSum) ? await tidySums(asked, tools) : goSum;
    const build = listed.flatMap(fetchedModule);
    const read = [...question.asked().mods.values()];
    const modules = carriedWhole({ input, buildList: listed, main, sums, read });
    const rest = without(build, modules);
    const graph = without(read, [...modules, ...rest]);
    const named = without(namedIn(goSum), [...modules, ...rest, ...graph]);
    return {
      input,
      // Of what was copied it counts what go read, not what an editor may have saved meanwhile.
      files: { ...(await digestInput(input, localGoMods(input, copy, listed))), ...copy.digests },
      modules,
      listed: rest,
      graph,
      named: await tellable(named, { build, read }, tools),
      goSum,
    };
  } catch (error) {
    const { error: reason, module } = reasonOf(error, question.asked());
    if (module === undefined) throw reason;
    const { mods } = question.asked();
    throw await explained(reason, module, input, async (one) =>
      mods.has(keyOf(one)) ? parseGoMod((await tools.readMod(one)).toString("utf8")) : undefined,
    );
  }
}

/**
 * What a question failed for. What went wrong upstream tells more than go's account of it; but what was merely missing
 * is not why go refuses a module that was there.
 */
function reasonOf(error: unknown, { failure, missing }: AskedFor): FailedAnswer {
  if (failure !== undefined) return failure;
  const isMismatch =
    isAirgoError(error) && ["AIRGO_GOSUM_MISMATCH", "AIRGO_CHECKSUM_MISMATCH"].includes(error.code);
  if (!isMismatch) return missing ?? { error, module: undefined };
  const [, path, version] = /(?:^|\s)([^\s@]+)@(v[^\s/:@]+)/.exec(error.message) ?? [];
  return { error, module: path === undefined || version === undefined ? undefined : { path, version } };
}

/**
 * The go.mod that decides what scope `build` carries, as go may have completed it; none for a workspace.
 * @param written as it was before go ran
 */
async function mainModule(
  input: ModuleInput,
  copy: PrivateCopy,
  written: GoModFile,
  { readMod }: ClosureTools,
): Promise<GoModFile | undefined> {
  if (input.kind === "workspace") return undefined;
  // The main module made for it requires the version alone: what that one requires decides.
  if (input.kind === "version") return parseGoMod((await readMod(input.module)).toString("utf8"));
  // Go raises the go line to what a requirement asks for, but does not add what the new one would require.
  return { ...parseGoMod((await readTextIfThere(copy.modFile)) ?? ""), go: written.go };
}

/** What tidying needs stands in a tidy go.sum; where there is none, go has to find it out. */
function needsTidying({ kind, scope }: ModuleInput, goSum: readonly GoSumLine[]): boolean {
  return kind === "file" && scope === "tidy" && goSum.length === 0;
}

async function tidySums(question: ModuleQuestion, { go }: ClosureTools): Promise<GoSumLine[]> {
  await go.tidy(question);
  return parseGoSum((await readTextIfThere(question.copy.sumFile)) ?? "");
}

function without(modules: Iterable<ModuleVersion>, others: readonly ModuleVersion[]): ModuleVersion[] {
  const left = new Set(others.map(keyOf));
  return [...modules].filter((module) => !left.has(keyOf(module)));
}

function namedIn(goSum: readonly GoSumLine[]): ModuleVersion[] {
  return goSum.filter(({ kind }) => kind === "mod").map(({ path, version }) => ({ path, version }));
}

/**
 * Of what only a go.sum names, what proxies may be asked for. A module that lies in a folder may never have been
 * published, and its line be left from another time: proxies hear of it only where go met that name, too.
 */
async function tellable(
  named: readonly ModuleVersion[],
  { build, read }: { readonly build: readonly ModuleVersion[]; readonly read: readonly ModuleVersion[] },
  { local, readMod }: ClosureTools,
): Promise<ModuleVersion[]> {
  if (!named.some((module) => local.isLocal(module))) return [...named];
  const required = await Promise.all(
    read.map(async (module) => parseGoMod((await readMod(module)).toString("utf8")).require),
  );
  const paths = new Set([...build, ...read, ...required.flat()].map(({ path }) => path));
  return named.filter((module) => !local.isLocal(module) || paths.has(module.path));
}

/** The go.mod files of local replacements: their requirements are part of the closure. */
function localGoMods(input: ModuleInput, copy: PrivateCopy, listed: readonly BuildListEntry[]): string[] {
  if (input.kind === "version") return [];
  const { folder, kind } = input;
  // In a workspace go tells them relative to the go.work that it was given.
  const base = kind === "workspace" ? dirname(copy.modFile) : folder;
  return listed
    .filter((entry) => entry.Replace !== undefined && entry.Replace.Version === undefined)
    .map((entry) => posix.join(relative(folder, resolve(base, entry.Replace?.Path ?? ".")), "go.mod"));
}
