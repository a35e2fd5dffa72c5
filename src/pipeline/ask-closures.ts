import { join } from "node:path";

import pLimit from "p-limit";

import { createGoCommand } from "../golang/go-command.js";
import type { KeptToolchain, Toolchain } from "../golang/go-source.js";
import { inspectToolchain } from "../golang/inspect-toolchain.js";
import { unpackToolchain } from "../golang/layers/unpack.js";
import { makeListingGoroot } from "../golang/listing-goroot.js";
import { closureOf, type Closure, type ModuleAnswers } from "../modules/closure.js";
import type { ModuleInput } from "../modules/inputs.js";
import type { LocalModules } from "../modules/local-modules.js";
import type { ModuleVersion } from "../modules/module-version.js";
import { startLoopbackProxy, type LoopbackProxy } from "../modules/loopback-proxy.js";
import type { RunContext } from "./context.js";
import type { LockedZips } from "./locked-zips.js";
import { memo } from "./memo.js";
import type { Prefetch } from "./prefetch.js";
import type { Sources } from "./sources.js";
import type { Vouching } from "./vouching.js";

export interface AskingJob {
  readonly context: RunContext;
  readonly sources: Sources;
  readonly workFolder: string;
  /** The Go to ask, and the hash of its tree, proven by the caller before this runs it. */
  readonly toolchain: Toolchain;
  readonly toolchainH1: string;
  readonly bringToolchain: () => Promise<KeptToolchain>;
  readonly vouching: Vouching;
  readonly prefetch: Prefetch;
  readonly locked: LockedZips;
  readonly local: LocalModules;
}

/** Questions at the same time: each go process uses little but time. */
const questionsAtOnce = 4;

/** Asks the fetched Go for the closure of every input. */
export async function askClosures(job: AskingJob, inputs: readonly ModuleInput[]): Promise<Closure[]> {
  if (inputs.length === 0) return [];
  const { context, sources, workFolder, local } = job;
  const go = await goForQuestions(job);
  const proxy = await openProxy(job);
  const limit = pLimit(questionsAtOnce);
  let done = 0;
  let failure: { readonly error: unknown } | undefined;
  const ask = async (input: ModuleInput, number: number): Promise<Closure> => {
    if (failure !== undefined) throw failure.error;
    try {
      const readMod = (module: ModuleVersion): Promise<Buffer> => sources.files.readMod(module);
      const closure = await closureOf(input, number, { go, proxy, readMod, local, workFolder });
      const progress = { done: ++done, total: inputs.length, unit: "items" } as const;
      context.emit({ type: "progress", stage: "resolve", label: "go.mod files", ...progress });
      return closure;
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  };
  try {
    const questions = inputs.map((input, number) => limit(ask, input, number));
    // All have ended before a failure is told: no go may still be writing to a folder that is being removed.
    await Promise.allSettled(questions);
    return await Promise.all(questions);
  } finally {
    await proxy.close();
  }
}

async function openProxy({
  context,
  sources,
  vouching,
  prefetch,
  locked,
  local,
}: AskingJob): Promise<LoopbackProxy> {
  const { files, database, databaseAnswer } = sources;
  return startLoopbackProxy({
    files,
    async zip(module) {
      const h1 = await vouching.zip(module);
      const id = await files.keepZip(module, h1, { locked: locked.ofModule(module, h1) });
      return { id, file: context.store.fileOf(id.sha256) };
    },
    database: {
      name: database.name,
      // Always there, whoever serves the rest: without it go would go to the database by itself.
      answer: async (path) => (path === "supported" ? Buffer.alloc(0) : databaseAnswer(path)),
    },
    local,
    onAsked: (input, module, kind) => prefetch.asked(input, module, kind),
  });
}

/** The toolchain that this machine can run: the little of it that lists modules, and the whole when that is needed. */
async function goForQuestions(job: AskingJob): Promise<ModuleAnswers> {
  const { context, sources, workFolder, toolchain, toolchainH1: h1, bringToolchain } = job;
  const { database } = sources;
  const bringZip = memo(async () => (await bringToolchain()).zip);
  const listingGoroot = join(workFolder, "goroot-listing");
  await makeListingGoroot(context, { toolchain, h1, bringZip, folder: listingGoroot });
  const wholeGoroot = memo(async () => {
    const { zipFile, entries } = await inspectToolchain(context, toolchain, {
      h1,
      sha256: (await bringZip()).sha256,
    });
    const targetDir = join(workFolder, "goroot");
    await unpackToolchain({ zipFile, entries, targetDir });
    return targetDir;
  });
  return createGoCommand({
    listingGoroot,
    wholeGoroot,
    workFolder,
    database: { gosumdb: database.key, gonosumdb: database.notCovered.join(",") },
    run: context.run,
    signal: context.signal,
  });
}
