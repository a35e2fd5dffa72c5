import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";

import { sha256Hex } from "../support/digest.js";
import { readIfThere } from "../support/files.js";
import { parseGoSum, type GoSumLine } from "./go-sum.js";
import { digestInput, type ModuleInput } from "./inputs.js";
import type { LoopbackProxy } from "./loopback-proxy.js";
import { keyOf, type ModuleVersion } from "./module-version.js";

/** One module of a build list, as the go command lists it. */
export interface BuildListEntry {
  readonly Path: string;
  readonly Version?: string;
  readonly Main?: boolean;
  readonly Replace?: { readonly Path: string; readonly Version?: string };
}

export interface ModuleQuestion {
  /** How messages call what is asked about: the input's name. */
  readonly name: string;
  /** The folder of the go.mod: local `replace` paths are relative to it. Nothing in it is written. */
  readonly folder: string;
  /** The private copy of the go.mod; its go.sum lies beside it. */
  readonly modFile: string;
  /** The loopback proxy: the only place that go may ask. */
  readonly proxyUrl: string;
}

/** The go command, as far as closures need it. */
export interface ModuleLister {
  /**
   * The whole build list of a go.mod.
   * @throws AIRGO_INPUT_INVALID with go's own words
   */
  listModules(question: ModuleQuestion): Promise<readonly BuildListEntry[]>;
}

/** The modules that one go.mod needs, so that every command of its scope works offline. */
export interface Closure {
  readonly input: ModuleInput;
  /** SHA-256 of each file it was computed from, by name relative to the input's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** The build list: .info, .mod and .zip are needed. */
  readonly modules: readonly ModuleVersion[];
  /** Further versions of which the module graph reads the go.mod. */
  readonly graph: readonly ModuleVersion[];
  /** Versions whose go.mod only the go.sum names: tidying may read them, and an old one may be gone. */
  readonly named: readonly ModuleVersion[];
  /** What the input's own go.sum says, to be held against the checksum database. */
  readonly goSum: readonly GoSumLine[];
}

export interface ClosureTools {
  readonly go: ModuleLister;
  readonly proxy: LoopbackProxy;
  /** A private folder of this run. */
  readonly workFolder: string;
}

/**
 * Asks Go for the closure of one input. Go reads a private copy of go.mod and go.sum (`-modfile`), so that nothing of
 * the user's is written; local `replace` paths still hold, because go runs in the user's folder.
 * @throws AIRGO_INPUT_INVALID with go's words, or the failure of a proxy that is behind them
 */
export async function closureOf(input: ModuleInput, number: number, tools: ClosureTools): Promise<Closure> {
  const copy = join(tools.workFolder, `input-${number}`);
  const { folder, goSum, digests } = await privateCopy(input, copy);
  const question = tools.proxy.open();
  const listed = await tools.go
    .listModules({ name: input.name, folder, modFile: join(copy, "go.mod"), proxyUrl: question.url })
    .catch((error: unknown) => {
      // What went wrong upstream tells more than go's account of it.
      const { failure, missing } = question.asked();
      throw failure ?? missing ?? error;
    });
  const modules = listed.flatMap(fetchedModule);
  const graph = without(question.asked().mods.values(), modules);
  const named = goSum.filter(({ kind }) => kind === "mod").map(({ path, version }) => ({ path, version }));
  return {
    input,
    // Of go.mod and go.sum it counts what go read, not what an editor may have saved meanwhile.
    files: { ...(await digestInput(input, localReplacements(input, listed))), ...digests },
    modules,
    graph,
    named: without(named, [...modules, ...graph]),
    goSum,
  };
}

function without(modules: Iterable<ModuleVersion>, others: readonly ModuleVersion[]): ModuleVersion[] {
  const left = new Set(others.map(keyOf));
  return [...modules].filter((module) => !left.has(keyOf(module)));
}

interface PrivateCopy {
  readonly folder: string;
  readonly goSum: GoSumLine[];
  /** Of the bytes that were copied. */
  readonly digests: Readonly<Record<string, string>>;
}

async function privateCopy(input: ModuleInput, copy: string): Promise<PrivateCopy> {
  await mkdir(copy, { recursive: true });
  if (input.folder === undefined) {
    await writeFile(join(copy, "go.mod"), emptyMainModule(input.module as ModuleVersion));
    return { folder: copy, goSum: [], digests: {} };
  }
  const digests: Record<string, string> = {};
  let goSum = "";
  for (const name of ["go.mod", "go.sum"]) {
    const data = await readIfThere(join(input.folder, name));
    if (data === undefined) continue;
    await writeFile(join(copy, name), data);
    digests[name] = sha256Hex(data);
    if (name === "go.sum") goSum = data.toString("utf8");
  }
  return { folder: input.folder, goSum: parseGoSum(goSum), digests };
}

/** A main module that requires one module and nothing else: that module's own `replace` lines do not apply, as for its users. */
export function emptyMainModule(module: ModuleVersion): string {
  return `module airgo.invalid/main\n\ngo 1.21\n\nrequire ${module.path} ${module.version}\n`;
}

/** What is fetched for a build list entry: the module, what replaces it, or nothing for a local folder. */
function fetchedModule(entry: BuildListEntry): ModuleVersion[] {
  const { Path: path, Version: version } = entry.Replace ?? entry;
  return entry.Main === true || version === undefined ? [] : [{ path, version }];
}

/** The go.mod files of local replacements: their requirements are part of the closure. */
function localReplacements(input: ModuleInput, listed: readonly BuildListEntry[]): string[] {
  const { folder } = input;
  if (folder === undefined) return [];
  return listed
    .filter((entry) => entry.Replace !== undefined && entry.Replace.Version === undefined)
    .map((entry) => relative(folder, join(resolve(folder, entry.Replace?.Path ?? "."), "go.mod")));
}
