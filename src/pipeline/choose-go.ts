import type { RecordBook } from "../checksumdb/record-book.js";
import { toolchainModule, type Architecture, type Toolchain } from "../golang/go-source.js";
import { chooseReleases } from "../golang/release-choice.js";
import { compareGoVersionTexts } from "../golang/version.js";
import type { Lock } from "../lock/schema.js";
import { isAbsence } from "../support/absence.js";
import type { RunContext } from "./context.js";
import type { Sources } from "./sources.js";
import type { BundleRequest, KitInputs } from "./wishes.js";

/** For each kit, the version that each of its ranges stands for. */
export type GoChoice = ReadonlyMap<string, Readonly<Record<string, string>>>;

export interface ChoosingJob {
  readonly context: RunContext;
  readonly sources: Sources;
  readonly book: RecordBook;
  readonly lock: Lock | undefined;
  readonly update: BundleRequest["update"];
  readonly wishes: ReadonlyMap<string, KitInputs>;
}

/**
 * Chooses the Go versions of every kit: those of the lock where it only moves for its modules, else the newest that
 * are really there.
 * @throws AIRGO_GO_VERSION_UNKNOWN
 */
export async function chooseGo(job: ChoosingJob): Promise<GoChoice> {
  const choice = new Map<string, Readonly<Record<string, string>>>();
  for (const [name, { wish }] of job.wishes) {
    const arches = wish.arch as readonly Architecture[];
    const kept = job.update === "modules" ? lockedVersions(job.lock, name, arches) : {};
    const open = wish.go.filter((range) => !Object.hasOwn(kept, range));
    const anew = open.length === 0 ? {} : await chooseAnew(job, open, arches);
    const versions = { ...kept, ...anew };
    choice.set(name, Object.fromEntries(wish.go.map((range) => [range, versions[range] as string])));
  }
  return choice;
}

async function chooseAnew(job: ChoosingJob, ranges: readonly string[], arches: readonly Architecture[]) {
  const { versions, passedOver } = await chooseReleases(ranges, arches, job.sources.go, (one) =>
    isRecorded(job.book, one),
  );
  for (const reason of passedOver)
    job.context.emit({ type: "note", stage: "resolve", text: `passed over: ${reason}` });
  return versions;
}

/** A release that the checksum database does not know yet cannot be checked, so it does not count. */
async function isRecorded(book: RecordBook, toolchain: Toolchain): Promise<boolean> {
  return book.of(toolchainModule(toolchain)).then(
    () => true,
    (error: unknown) => {
      if (isAbsence(error)) return false;
      throw error;
    },
  );
}

/** The versions of the lock, by range, that are locked for all of these architectures. */
function lockedVersions(
  lock: Lock | undefined,
  kit: string,
  arches: readonly Architecture[],
): Record<string, string> {
  const there = new Set(lock?.toolchains.map((one) => `${one.version} ${one.arch}`));
  const locked = Object.entries(lock?.kits[kit]?.go ?? {});
  return Object.fromEntries(
    locked.filter(([, version]) => arches.every((arch) => there.has(`${version} ${arch}`))),
  );
}

/** Every toolchain that the choice needs, without repetition. */
export function chosenToolchains(choice: GoChoice, wishes: ReadonlyMap<string, KitInputs>): Toolchain[] {
  const toolchains = new Map<string, Toolchain>();
  for (const [kit, versions] of choice) {
    for (const version of Object.values(versions)) {
      for (const arch of wishes.get(kit)?.wish.arch ?? []) {
        toolchains.set(`${version} ${arch}`, { version, arch: arch as Architecture });
      }
    }
  }
  return [...toolchains.values()];
}

/** The newest version of a choice: the one that is asked questions, because an older one may refuse a newer go.mod. */
export function newestOf(choice: GoChoice): string {
  const versions = [...choice.values()].flatMap((one) => Object.values(one));
  return versions.sort((a, b) => compareGoVersionTexts(b, a))[0] ?? "";
}
