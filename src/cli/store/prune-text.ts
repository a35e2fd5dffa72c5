import { bytesOfAll, type NamedObject } from "../../store/upkeep/inventory.js";
import type { Leftover } from "../../store/upkeep/leftovers.js";
import { formatBytes } from "../reporters/format.js";
import type { PruneJob } from "./prune-job.js";
import { counted, jsonLine } from "../output.js";
import { amount, fact, textOf } from "./output.js";

const reasons = { age: "not used for so long", size: "least recently used, for the size" } as const;
const kinds = {
  damaged: "set aside as damaged",
  temporary: "left by runs that are gone",
  earlier: "of formats before this one",
} as const satisfies Record<Leftover["kind"], string>;

/** What a prune is about to free, and why; printed before it does. */
export function plannedText(job: PruneJob, isDone: boolean): string {
  const { root, locks, plan, waste, hasRule } = job;
  const verb = isDone ? "frees" : "would free";
  const freedFor = (reason: keyof typeof reasons): NamedObject[] =>
    plan.free.filter(({ why }) => why === reason).map(({ object }) => object);
  const ofKind = (wanted: Leftover["kind"]): Leftover[] => waste.filter(({ kind }) => kind === wanted);
  const kept =
    locks.length === 0 ? "nothing for a lock: there is none here" : `what ${locks.join(", ")} needs`;
  return textOf([
    fact("store", root),
    fact("keeps", kept),
    ...part(verb, "object", freedFor("age"), reasons.age),
    ...part(verb, "object", freedFor("size"), reasons.size),
    ...part(verb, "leftover", ofKind("damaged"), kinds.damaged),
    ...part(verb, "leftover", ofKind("temporary"), kinds.temporary),
    ...part(verb, "leftover", ofKind("earlier"), kinds.earlier),
    ...sparedLines(job),
    ...(hasRule ? [] : ["without --older-than or --max-size no object goes, only waste"]),
  ]);
}

function sparedLines({ plan: { spared, bytesLeft }, maxSize }: PruneJob): string[] {
  const isOver = maxSize !== undefined && bytesLeft > maxSize;
  const over = `${formatBytes(bytesLeft)} stay, more than --max-size: nothing else may go`;
  return [
    ...part("stays", "object", spared.kept, "locked"),
    ...part("stays", "object", spared.young, "used within the last hour"),
    ...(isOver ? [fact("too large", over)] : []),
  ];
}

/** A line about things that go or stay; none where there are none. */
function part(verb: string, one: string, items: readonly (NamedObject | Leftover)[], why: string): string[] {
  return items.length === 0 ? [] : [fact(verb, `${amount(items.length, one, bytesOfAll(items))}: ${why}`)];
}

/**
 * What came of it, the last line; for programs all of it.
 * @param removed the objects that were removed; undefined when nothing was to be
 */
export function prunedText(
  job: PruneJob,
  removed: readonly NamedObject[] | undefined,
  isJson: boolean,
): string {
  if (isJson) return jsonLine(forPrograms(job, removed));
  if (job.plan.free.length + job.waste.length === 0) return textOf(["there is nothing to free"]);
  if (removed === undefined) return textOf(["nothing was freed: this was a dry run; --yes frees it"]);
  const bytes = bytesOfAll(removed) + bytesOfAll(job.waste);
  const inUse = job.plan.free.length - removed.length;
  const left = inUse === 0 ? "" : `; ${counted(inUse, "object")} came into use meanwhile`;
  return textOf([`freed ${formatBytes(bytes)}${left}`]);
}

function forPrograms(
  { root, locks, plan, waste }: PruneJob,
  removed: readonly NamedObject[] | undefined,
): object {
  const gone = new Set(removed);
  const free = plan.free.filter(({ object }) => removed === undefined || gone.has(object));
  return {
    type: "store-pruned",
    store: root,
    dryRun: removed === undefined,
    locks,
    objects: free.map(({ object, why }) => ({
      sha256: object.sha256,
      bytes: object.size,
      why,
      names: object.names,
    })),
    waste: waste.map(({ path, bytes, kind }) => ({ path, bytes, kind })),
    bytes: bytesOfAll(free.map(({ object }) => object)) + bytesOfAll(waste),
    bytesLeft: plan.bytesLeft,
  };
}
