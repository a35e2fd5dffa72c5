import type { GoModFile } from "./go-mod-file.js";
import type { GoSumLine } from "./go-sum.js";
import type { ModuleInput } from "./inputs.js";
import { keyOf, type ModuleVersion } from "./module-version.js";

/** One module of a build list, as `go list -m -json` gives it. */
export interface BuildListEntry {
  readonly Path: string;
  readonly Version?: string;
  readonly Main?: boolean;
  readonly Replace?: { readonly Path: string; readonly Version?: string };
}

/** What is known of an input once go has listed its modules. */
export interface ListedInput {
  readonly input: Pick<ModuleInput, "kind" | "scope"> & { readonly module?: ModuleVersion };
  readonly buildList: readonly BuildListEntry[];
  /** The go.mod whose requirements count; none for a workspace. */
  readonly main: GoModFile | undefined;
  /** The lines of a tidy go.sum; none where it is not known. */
  readonly sums: readonly GoSumLine[];
  /** The versions whose go.mod go has read. */
  readonly read: readonly ModuleVersion[];
}

/**
 * The versions that a scope carries whole, each once.
 *
 * From go 1.17 on a go.mod requires every module that building and testing its packages takes
 * (https://go.dev/ref/mod#graph-pruning). An older one does not, and neither does a workspace: there the narrow scopes
 * carry all. So does `tidy` for a version, whose users' tests nobody knows.
 */
export function carriedWhole(listed: ListedInput): ModuleVersion[] {
  const { input, buildList, main, sums, read } = listed;
  const all = unique(buildList.flatMap(fetchedModule));
  const isComplete = main !== undefined && requiresEverything(main);
  if (input.scope === "all" || !isComplete || (input.scope === "tidy" && input.kind === "version"))
    return all;
  const required = new Set(main.require.map(({ path }) => path));
  if (input.module !== undefined) required.add(input.module.path);
  const build = buildList.filter(({ Path }) => required.has(Path)).flatMap(fetchedModule);
  if (input.scope === "build") return unique(build);
  // A go.sum may keep lines that nothing needs any more: what go has not met is left out.
  const met = new Set([...all, ...read].map(keyOf));
  const tidied = sums.filter((line) => line.kind === "zip" && met.has(keyOf(line)));
  return unique([...build, ...tidied.map(({ path, version }) => ({ path, version }))]);
}

/** True from `go 1.17` on; a go.mod without a go line counts as 1.16. */
function requiresEverything({ go }: GoModFile): boolean {
  const [, major = "1", minor = "0"] = /^(\d+)\.(\d+)/.exec(go?.version ?? "1.16") ?? [];
  return Number(major) > 1 || Number(minor) >= 17;
}

/** What is fetched for a build list entry: the module, what replaces it, or nothing for a local folder. */
export function fetchedModule(entry: BuildListEntry): ModuleVersion[] {
  const { Path: path, Version: version } = entry.Replace ?? entry;
  return entry.Main === true || version === undefined ? [] : [{ path, version }];
}

function unique(modules: readonly ModuleVersion[]): ModuleVersion[] {
  return [...new Map(modules.map((module) => [keyOf(module), module])).values()];
}
