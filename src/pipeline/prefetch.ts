import type { RecordBook } from "../checksumdb/record-book.js";
import type { GoModFile } from "../modules/go-mod-file.js";
import type { GoSumLine } from "../modules/go-sum.js";
import type { ModuleInput } from "../modules/inputs.js";
import type { ModuleFiles } from "../modules/module-files.js";
import { keyOf, type ModuleVersion } from "../modules/module-version.js";
import { compareModuleVersions } from "../modules/semver.js";

/**
 * Starts early what a run will most likely need, while go still works out what it does need. Everything asked for here
 * is asked for again where it is needed, and shared by then: so a guess that fails says nothing, and a wrong one costs
 * a request.
 */
export interface Prefetch {
  /** Toolchains that were chosen and proven. */
  toolchains(chosen: readonly ProvenToolchain[]): void;
  /** The zips that a go.sum names, as far as the scope carries them: a tidy one names all that tidying reads. */
  zips(input: ModuleInput, goMod: GoModFile, lines: readonly GoSumLine[]): void;
  /** The go.mod and .info files of what a go.sum names: go reads most of the graph from these. */
  graph(lines: readonly GoSumLine[]): void;
  /** What vouches for these go.mod files: to be asked for when nobody waits for the database's first answers any more. */
  vouched(lines: readonly GoSumLine[]): void;
  /** What go asks the loopback proxy for. */
  asked(input: ModuleInput, module: ModuleVersion, kind: "mod" | "info"): void;
}

export interface ProvenToolchain {
  readonly name: string;
  readonly bring: () => Promise<unknown>;
}

export interface PrefetchTools {
  readonly files: Pick<ModuleFiles, "info" | "readMod" | "keepMod" | "keepZip">;
  readonly book: Pick<RecordBook, "of">;
  /** Private modules are in no checksum database, and nothing is guessed about them. */
  readonly isPrivate: (modulePath: string) => boolean;
  /** Fetches what proves a record, from its number. */
  readonly proofOf: (record: number) => Promise<unknown>;
}

export function createPrefetch(tools: PrefetchTools): Prefetch {
  const { files, book, isPrivate, proofOf } = tools;
  const started = new Set<string>();
  /** Once for each name, and whatever comes of it is heard elsewhere. */
  function start(name: string, action: () => Promise<unknown>): void {
    if (started.has(name)) return;
    started.add(name);
    action().catch(() => undefined);
  }
  /** Its record, what proves that, and its go.mod as an object of the store: every version of the graph takes these. */
  const vouch = (module: ModuleVersion): void =>
    start(`record ${keyOf(module)}`, async () => {
      const { id, goModH1 } = await book.of(module);
      await Promise.all([proofOf(id), files.keepMod(module, goModH1)]);
    });
  const modsOf = (lines: readonly GoSumLine[]): GoSumLine[] =>
    lines.filter((line) => line.kind === "mod" && !isPrivate(line.path));

  return {
    toolchains(chosen) {
      for (const { name, bring } of chosen) start(name, bring);
    },
    zips(input, goMod, lines) {
      const required = new Set(goMod.require.map(keyOf));
      for (const line of lines.filter((one) => one.kind === "zip" && !isPrivate(one.path))) {
        if (input.scope === "build" && !required.has(keyOf(line))) continue;
        start(`zip ${keyOf(line)}`, () => files.keepZip(line, line.h1));
      }
    },
    graph(lines) {
      const mods = modsOf(lines);
      const newest = new Map<string, ModuleVersion>();
      for (const line of mods) {
        start(`mod ${keyOf(line)}`, () => files.readMod(line, line.h1));
        const before = newest.get(line.path);
        if (before === undefined || compareModuleVersions(line.version, before.version) > 0)
          newest.set(line.path, line);
      }
      // The newest version that a go.sum knows of a module is the one in the build list, nearly always.
      for (const module of newest.values()) start(`info ${keyOf(module)}`, () => files.info(module));
    },
    vouched(lines) {
      for (const line of modsOf(lines)) vouch(line);
    },
    asked(input, module, kind) {
      if (isPrivate(module.path)) return;
      vouch(module);
      // Listing asks for the .info of the build list, and that is what scope `all` carries whole.
      if (kind === "info" && input.scope === "all") {
        start(`zip ${keyOf(module)}`, async () => files.keepZip(module, (await book.of(module)).h1));
      }
    },
  };
}
