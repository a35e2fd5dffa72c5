import { join } from "node:path";

import pLimit from "p-limit";

import type { RecordBook } from "../checksumdb/record-book.js";
import { createGoCommand } from "../golang/go-command.js";
import { nameOf, toolchainModule, type Toolchain } from "../golang/go-source.js";
import { inspectToolchain } from "../golang/inspect-toolchain.js";
import { unpackToolchain } from "../golang/layers/unpack.js";
import { closureOf, type Closure, type ModuleLister } from "../modules/closure.js";
import type { ModuleInput } from "../modules/inputs.js";
import { startLoopbackProxy } from "../modules/loopback-proxy.js";
import { progressOf, type RunContext } from "./context.js";
import type { Sources } from "./sources.js";

export interface AskingJob {
  readonly context: RunContext;
  readonly sources: Sources;
  readonly workFolder: string;
  /** The Go to ask; its record is proven by the caller before this runs it. */
  readonly toolchain: Toolchain;
  readonly book: RecordBook;
}

/** Questions at the same time: each go process uses little but time. */
const questionsAtOnce = 4;

/** Asks the fetched Go for the closure of every input. */
export async function askClosures(job: AskingJob, inputs: readonly ModuleInput[]): Promise<Closure[]> {
  if (inputs.length === 0) return [];
  const { context, sources, workFolder } = job;
  const go = await goForQuestions(job);
  const proxy = await startLoopbackProxy(sources.files);
  const limit = pLimit(questionsAtOnce);
  let done = 0;
  let failure: { readonly error: unknown } | undefined;
  const ask = async (input: ModuleInput, number: number): Promise<Closure> => {
    if (failure !== undefined) throw failure.error;
    try {
      const closure = await closureOf(input, number, { go, proxy, workFolder });
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

/** Fetches and unpacks the toolchain that this machine can run. */
async function goForQuestions({
  context,
  sources,
  workFolder,
  toolchain,
  book,
}: AskingJob): Promise<ModuleLister> {
  const { h1 } = await book.of(toolchainModule(toolchain));
  const onBytes = progressOf(context.emit, "resolve", nameOf(toolchain), undefined);
  const zip = await sources.go.keep(toolchain, h1, { onBytes });
  const { zipFile, entries } = await inspectToolchain(context, toolchain, { h1, sha256: zip.sha256 });
  const goroot = join(workFolder, "goroot");
  await unpackToolchain({ zipFile, entries, targetDir: goroot });
  return createGoCommand({ goroot, workFolder, run: context.run, signal: context.signal });
}
