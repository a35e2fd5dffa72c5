import { join } from "node:path";

import type { RecordBook } from "../checksumdb/record-book.js";
import { pathOfRecord } from "../checksumdb/tiles.js";
import type { TreeHead } from "../checksumdb/tree-head.js";
import { parseGoMod, type GoModFile } from "../modules/go-mod-file.js";
import { parseGoSum, type GoSumLine } from "../modules/go-sum.js";
import type { ModuleInput } from "../modules/inputs.js";
import type { LocalModules } from "../modules/local-modules.js";
import { readInputText } from "../modules/read-input.js";
import type { LockedZips } from "./locked-zips.js";
import { createPrefetch, type Prefetch } from "./prefetch.js";
import type { Sources } from "./sources.js";

/**
 * A prefetch over a run's sources.
 * @param head gives the tree head that proofs are fetched for, once it is known
 */
export function prefetchFor(
  { sources }: { readonly sources: Sources },
  book: RecordBook,
  head: () => TreeHead | undefined,
  locked: LockedZips,
): Prefetch {
  const { files, isPrivate, databaseClient } = sources;
  return createPrefetch({
    files: {
      ...files,
      keepZip: (module, h1) => files.keepZip(module, h1, { locked: locked.ofModule(module, h1) }),
    },
    book,
    isPrivate,
    async proofOf(record) {
      const size = head()?.size ?? 0;
      if (record < size) await databaseClient.tiles(pathOfRecord(record, size));
    },
  });
}

/** What an input's go.mod says, and its go.sum of modules that are in no folder here: of those nothing is guessed. */
export interface NamedByInput {
  readonly input: ModuleInput;
  readonly goMod: GoModFile;
  readonly goSum: readonly GoSumLine[];
}

/** What an input's own files name; nothing where they cannot be read, which go will tell. */
export async function readNamed(
  input: ModuleInput,
  local: Pick<LocalModules, "isLocal">,
): Promise<NamedByInput> {
  const read = async (name: string): Promise<string> =>
    input.kind === "file" ? readInputText(join(input.folder, name), input.project).catch(() => "") : "";
  const goSum = parseGoSum(await read("go.sum")).filter((line) => !local.isLocal(line));
  return { input, goMod: parseGoMod(await read("go.mod")), goSum };
}
