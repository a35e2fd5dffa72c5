import type { RecordBook } from "../checksumdb/record-book.js";
import type { Architecture, GoSourceKind, Toolchain } from "../golang/go-source.js";
import { chooseFromSources } from "../golang/source-choice.js";
import { compareGoVersionTexts } from "../golang/version.js";
import type { Lock } from "../lock/schema.js";
import type { RunContext } from "./context.js";
import { isRecorded } from "./recorded.js";
import type { Sources } from "./sources.js";
import type { BundleRequest, KitInputs } from "./wishes.js";

/** What stands for the ranges of the kits, and where it comes from. */
export interface GoChoice {
  /** For each kit, the version that each of its ranges stands for. */
  readonly kits: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The source of each version that was chosen anew. */
  readonly sources: ReadonlyMap<string, GoSourceKind>;
}

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
  const kits = new Map<string, Readonly<Record<string, string>>>();
  const sources = new Map<string, GoSourceKind>();
  for (const [name, { wish }] of job.wishes) {
    const arches = wish.arch as readonly Architecture[];
    const kept = job.update === "modules" ? lockedVersions(job.lock, name, arches) : {};
    const open = wish.go.filter((range) => !Object.hasOwn(kept, range));
    const anew: Record<string, string> = {};
    for (const [kind, chosen] of await chooseAnew(job, open, arches)) {
      Object.assign(anew, chosen.versions);
      for (const version of Object.values(chosen.versions)) sources.set(version, kind);
      for (const reason of chosen.passedOver) tell(job.context, `passed over: ${reason}`);
    }
    const versions = { ...kept, ...anew };
    kits.set(name, Object.fromEntries(wish.go.map((range) => [range, versions[range] as string])));
  }
  return { kits, sources };
}

function chooseAnew(job: ChoosingJob, ranges: readonly string[], arches: readonly Architecture[]) {
  return chooseFromSources(ranges, arches, job.sources.go.order, {
    acceptable: (one) => isRecorded(job.book, one),
    onPassedOver: (kind, reason) => tell(job.context, `no Go from ${sourceNames[kind]}: ${reason}`),
  });
}

const sourceNames: Readonly<Record<GoSourceKind, string>> = {
  module: "the toolchain module",
  archive: "official archives",
};

function tell({ emit }: RunContext, text: string): void {
  emit({ type: "note", stage: "resolve", text });
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
  for (const [kit, versions] of choice.kits) {
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
  const versions = [...choice.kits.values()].flatMap((one) => Object.values(one));
  return versions.sort((a, b) => compareGoVersionTexts(b, a))[0] ?? "";
}
