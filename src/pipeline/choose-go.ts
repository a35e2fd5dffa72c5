import type { RecordBook } from "../checksumdb/record-book.js";
import { toolchainModule, type Architecture, type Toolchain } from "../golang/go-source.js";
import { chooseReleases } from "../golang/release-choice.js";
import { compareGoVersionTexts } from "../golang/version.js";
import type { Lock } from "../lock/schema.js";
import { isAirgoError } from "../support/errors.js";
import type { RunContext } from "./context.js";
import type { KitInputs, ResolveRequest } from "./resolve.js";
import type { Sources } from "./sources.js";

/** For each kit, the version that each of its ranges stands for. */
export type GoChoice = ReadonlyMap<string, Readonly<Record<string, string>>>;

export interface ChoosingJob {
  readonly context: RunContext;
  readonly sources: Sources;
  readonly book: RecordBook;
  readonly lock: Lock | undefined;
  readonly update: ResolveRequest["update"];
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
    const kept = job.update === "modules" ? lockedVersions(job.lock, name, wish.go, arches) : undefined;
    choice.set(name, kept ?? (await chooseAnew(job, wish.go, arches)));
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
      if (isAirgoError(error) && error.code === "AIRGO_UPSTREAM_MISSING") return false;
      throw error;
    },
  );
}

function lockedVersions(
  lock: Lock | undefined,
  kit: string,
  ranges: readonly string[],
  arches: readonly Architecture[],
): Record<string, string> | undefined {
  const locked = lock?.kits[kit]?.go ?? {};
  const there = new Set(lock?.toolchains.map((one) => `${one.version} ${one.arch}`));
  const complete = ranges.every((range) => {
    const version = locked[range];
    return version !== undefined && arches.every((arch) => there.has(`${version} ${arch}`));
  });
  return complete ? Object.fromEntries(ranges.map((range) => [range, locked[range] as string])) : undefined;
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
