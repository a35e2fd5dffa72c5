import { toolchainModule, type Architecture, type Toolchain } from "../golang/go-source.js";
import { createRecordBook, type RecordBook } from "../checksumdb/record-book.js";
import { takeSnapshot } from "../checksumdb/snapshot.js";
import type { TreeHead } from "../checksumdb/tree-head.js";
import type { DraftModule, DraftToolchain, LockDraft } from "../lock/draft.js";
import type { Lock, LockedInput, LockedKit } from "../lock/schema.js";
import { keyOf, parseModuleVersion, type ModuleVersion } from "../modules/module-version.js";
import { AirgoError } from "../support/errors.js";
import { chooseGo, chosenToolchains, newestOf, type GoChoice } from "./choose-go.js";
import type { RunContext } from "./context.js";
import { lockedHead, recordsOf } from "./lock-facts.js";
import { lockInputs } from "./lock-inputs.js";
import type { Sources } from "./sources.js";
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
  const old = usableLock(job);
  const book = createRecordBook(job.sources.databaseClient, old === undefined ? [] : recordsOf(old));
  const choice = await chooseGo({ ...job, lock: old, book });
  const asked: Toolchain = { version: newestOf(choice), arch: job.context.arch };
  const toolchains = chosenToolchains(choice, job.wishes);

  // A Go that is about to run must be proven first.
  const head = await proveAll(job, old, book, [...toolchains, asked].map(toolchainModule));
  const inputs = await lockInputs(job, old, book, asked);

  const kits = { ...keptKits(job, old), ...newKits(job, choice, inputs) };
  const modules = await draftModules(job, old, book, kits);
  const finalHead = await proveAll(
    job,
    old,
    book,
    [...neededToolchains(kits).map(toolchainModule), ...modules],
    head,
  );
  return {
    version: 1,
    serial: (job.lock?.serial ?? 0) + 1,
    checksumDatabase: {
      name: job.sources.database.name,
      key: job.sources.database.key,
      head: finalHead.note,
      earlier: earlierHeads(old, finalHead),
    },
    toolchains: await draftToolchains(old, book, neededToolchains(kits)),
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

/**
 * Proves that each module's record is in the log. The head stays where it is while it covers every record, so that a
 * lock moves only for a reason.
 * @throws AIRGO_SUMDB_PROOF
 */
async function proveAll(
  { sources }: MovingJob,
  old: Lock | undefined,
  book: RecordBook,
  modules: readonly ModuleVersion[],
  before?: TreeHead,
): Promise<TreeHead> {
  const client = sources.databaseClient;
  const records = await Promise.all(modules.map((module) => book.of(module)));
  let head = before ?? (old === undefined ? await client.latest() : lockedHead(old));
  if (records.some((record) => record.id >= head.size)) head = await client.latest();
  // A newer head must continue the log of those that were relied on before, also of one of this very run.
  const seen = [...(old === undefined ? [] : [lockedHead(old)]), ...(before === undefined ? [] : [before])];
  await takeSnapshot({ client, head, records, earlier: earlierHeads(old, head), seen });
  return head;
}

function earlierHeads(old: Lock | undefined, head: TreeHead): number[] {
  if (old === undefined) return [];
  const sizes = new Set([...old.checksumDatabase.earlier, lockedHead(old).size]);
  sizes.delete(head.size);
  return [...sizes].sort((a, b) => b - a);
}

/** Kits of the manifest that this run does not build keep what they have. */
function keptKits({ manifest, kits }: MovingJob, old: Lock | undefined): Record<string, LockedKit> {
  const kept = Object.entries(old?.kits ?? {}).filter(
    ([name]) => Object.hasOwn(manifest.kits, name) && !kits.includes(name),
  );
  return Object.fromEntries(kept);
}

function newKits(
  job: MovingJob,
  choice: GoChoice,
  inputs: ReadonlyMap<string, LockedInput>,
): Record<string, LockedKit> {
  const kits: Record<string, LockedKit> = {};
  for (const [name, wish] of job.wishes) {
    kits[name] = {
      go: { ...choice.get(name) },
      arch: [...wish.wish.arch] as Architecture[],
      inputs: wish.inputs.flatMap((input) => inputs.get(input.name) ?? []),
    };
  }
  return kits;
}

function neededToolchains(kits: Readonly<Record<string, LockedKit>>): Toolchain[] {
  const all = Object.values(kits).flatMap((kit) =>
    Object.values(kit.go).flatMap((version) => kit.arch.map((arch) => ({ version, arch }))),
  );
  return [...new Map(all.map((one) => [`${one.version} ${one.arch}`, one])).values()];
}

async function draftToolchains(
  old: Lock | undefined,
  book: RecordBook,
  needed: readonly Toolchain[],
): Promise<DraftToolchain[]> {
  return Promise.all(
    needed.map(async ({ version, arch }) => {
      const { h1, goModH1, id } = await book.of(toolchainModule({ version, arch }));
      const before = old?.toolchains.find((one) => one.version === version && one.arch === arch);
      return { version, arch, source: "module" as const, h1, goModH1, record: id, zip: before?.zip };
    }),
  );
}

async function draftModules(
  job: MovingJob,
  old: Lock | undefined,
  book: RecordBook,
  kits: Readonly<Record<string, LockedKit>>,
): Promise<DraftModule[]> {
  const inputs = Object.values(kits).flatMap((kit) => kit.inputs);
  const whole = new Set(inputs.flatMap((input) => input.modules));
  const all = new Set([...whole, ...inputs.flatMap((input) => input.graph)]);
  const before = new Map((old?.modules ?? []).map((module) => [keyOf(module), module]));
  return Promise.all(
    [...all].map(async (key) => {
      const module = parseModuleVersion(key) as ModuleVersion;
      const { h1, goModH1, id } = await book.of(module);
      const locked = before.get(key);
      const isWhole = whole.has(key);
      return {
        ...module,
        h1,
        goModH1,
        record: id,
        whole: isWhole,
        time: isWhole
          ? locked?.zip === undefined
            ? (await job.sources.files.info(module)).time
            : locked.time
          : undefined,
        mod: locked?.mod,
        zip: isWhole ? locked?.zip : undefined,
      };
    }),
  );
}
