import { createRecordBook } from "../checksumdb/record-book.js";
import type { TreeHead } from "../checksumdb/tree-head.js";
import { nameOf, toolchainModule, type Toolchain } from "../golang/go-source.js";
import type { LockDraft } from "../lock/draft.js";
import type { Lock } from "../lock/schema.js";
import { readLocalModules } from "../modules/local-modules.js";
import { AirgoError } from "../support/errors.js";
import { checkGoLines } from "./check-go-lines.js";
import { bringing } from "./bring-toolchains.js";
import { chooseGo, chosenToolchains, newestOf } from "./choose-go.js";
import type { RunContext } from "./context.js";
import { draftModules, draftToolchains, keptKits, neededToolchains, newKits } from "./draft-parts.js";
import { recordsOf } from "../kit/lock-facts.js";
import { inputsToAsk, lockInputs } from "./lock-inputs.js";
import { lockedZips } from "./locked-zips.js";
import { earlierHeads, proveRecords } from "./prove-records.js";
import type { Sources } from "./sources.js";
import { prefetchFor, readNamed } from "./start-prefetch.js";
import { createVouching } from "./vouching.js";
import type { BundleRequest, KitInputs } from "./wishes.js";

export interface MovingJob extends BundleRequest {
  readonly context: RunContext;
  readonly sources: Sources;
  /** A private folder of this run. */
  readonly workFolder: string;
  readonly wishes: ReadonlyMap<string, KitInputs>;
}

/** Makes a new lock: choose Go, ask it for the closures, prove every record, write it all down. */
export async function moveLock(job: MovingJob): Promise<LockDraft> {
  const { sources, context } = job;
  const old = usableLock(job);
  const book = createRecordBook(sources.databaseClient, old === undefined ? [] : recordsOf(old));
  const vouching = createVouching(sources, book, old);
  let head: TreeHead | undefined;
  const locked = lockedZips(old);
  const prefetch = prefetchFor(job, book, () => head, locked);
  // The big ones first: they have places of their own, and nobody waits for them before the fetch stage.
  const inputsOfAll = [...job.wishes.values()].flatMap((wish) => wish.inputs);
  const local = await readLocalModules(inputsOfAll, sources.isPrivate);
  const named = await Promise.all(inputsToAsk(job, old).map((input) => readNamed(input, local)));
  for (const { input, goMod, goSum } of named) prefetch.zips(input, goMod, goSum);
  const choosing = chooseGo({ ...job, lock: old, book });
  for (const { goSum } of named) prefetch.graph(goSum);

  const choice = await choosing;
  const toolchainsOf = bringing(job, old, choice.sources);
  await checkGoLines(choice.kits, job.wishes);
  const asked: Toolchain = { version: newestOf(choice), arch: context.arch };
  const toolchains = chosenToolchains(choice, job.wishes);

  // A Go that is about to run must be proven first.
  head = await proveRecords(sources, old, book, [...toolchains, asked].map(toolchainModule));
  const { h1: toolchainH1 } = await book.of(toolchainModule(asked));
  for (const { goSum } of named) prefetch.vouched(goSum);
  prefetch.toolchains(
    await Promise.all(
      toolchains.map(async (one) => {
        const { h1 } = await book.of(toolchainModule(one));
        return { name: nameOf(one), bring: () => toolchainsOf.bring(one, h1) };
      }),
    ),
  );
  const inputs = await lockInputs(
    {
      ...job,
      vouching,
      prefetch,
      locked,
      local,
      toolchain: asked,
      toolchainH1,
      bringToolchain: () => toolchainsOf.bring(asked, toolchainH1),
    },
    old,
  );

  const kits = { ...keptKits(job, old), ...newKits(job, choice, inputs) };
  const modules = await draftModules(job, old, vouching, kits);
  const recorded = modules.filter(({ record }) => record !== undefined);
  const finalHead = await proveRecords(
    sources,
    old,
    book,
    [...neededToolchains(kits).map(toolchainModule), ...recorded],
    head,
  );
  const { name, key, notCovered } = sources.database;
  return {
    version: 1,
    serial: (job.lock?.serial ?? 0) + 1,
    checksumDatabase: {
      name,
      key,
      head: finalHead.note,
      earlier: earlierHeads(old, finalHead),
      notCovered: [...notCovered],
    },
    toolchains: await draftToolchains(book, toolchainsOf, neededToolchains(kits)),
    modules,
    kits,
  };
}

/**
 * The old lock, unless it is of another checksum database: then it has nothing to offer.
 * @throws AIRGO_LOCK_DRIFT when that would lose kits that this run does not build
 */
function usableLock({ lock, sources, manifest, kits }: MovingJob): Lock | undefined {
  if (lock === undefined || lock.checksumDatabase.key === sources.database.key) return lock;
  const lost = Object.keys(lock.kits).filter(
    (name) => Object.hasOwn(manifest.kits, name) && !kits.includes(name),
  );
  if (lost.length === 0) return undefined;
  throw new AirgoError("AIRGO_LOCK_DRIFT", {
    what: `the checksum database has changed, and the lock holds kits that this run does not build: ${lost.join(", ")}`,
    where: "sources.sumdb",
    hint: "run `airgo bundle --update` without naming kits",
  });
}
