import type { StoredObject } from "./stored-objects.js";

/** What may be freed, and how far to go. Times in milliseconds, sizes in bytes. */
export interface PruneRules<T extends StoredObject> {
  readonly now: number;
  /** True for what has to stay, however old it is. */
  readonly isKept: (object: T) => boolean;
  /** What was not used for longer than this is freed. */
  readonly olderThan?: number | undefined;
  /** The least recently used are freed until the store is no larger than this. */
  readonly maxSize?: number | undefined;
  /** Of the store, without its objects: it counts, and stays. */
  readonly otherBytes: number;
}

export interface PrunePlan<T extends StoredObject> {
  readonly free: readonly { readonly object: T; readonly why: "age" | "size" }[];
  /** Of the store, once these are freed. */
  readonly bytesLeft: number;
  /** What would have been freed by its age, or for the size, were it not kept or young. */
  readonly spared: { readonly kept: readonly T[]; readonly young: readonly T[] };
}

/** What was used within this is never freed: another process may be about to use it. Milliseconds. */
export const youngFor = 3_600_000;

/**
 * Decides which objects are freed. What is kept or young never is, even when the store stays larger than asked; a time
 * in the future counts as young, for some clock is wrong then.
 */
export function planPrune<T extends StoredObject>(objects: readonly T[], rules: PruneRules<T>): PrunePlan<T> {
  const free: { object: T; why: "age" | "size" }[] = [];
  const spared = { kept: [] as T[], young: [] as T[] };
  let bytesLeft = objects.reduce((sum, { size }) => sum + size, rules.otherBytes);
  for (const object of leastRecentFirst(objects)) {
    const why = reasonToFree(object, rules, bytesLeft);
    if (why === undefined) continue;
    if (rules.isKept(object)) spared.kept.push(object);
    else if (isYoung(object, rules.now)) spared.young.push(object);
    else {
      free.push({ object, why });
      bytesLeft -= object.size;
    }
  }
  return { free, bytesLeft, spared };
}

/** True for what was used so recently that it may be in use. */
export function isYoung({ usedAt }: Pick<StoredObject, "usedAt">, now: number): boolean {
  return now - usedAt < youngFor;
}

function reasonToFree<T extends StoredObject>(
  { usedAt }: T,
  { now, olderThan, maxSize }: PruneRules<T>,
  bytes: number,
): "age" | "size" | undefined {
  if (olderThan !== undefined && now - usedAt > olderThan) return "age";
  return maxSize !== undefined && bytes > maxSize ? "size" : undefined;
}

/** Ties by digest, so that the same store gives the same plan. */
function leastRecentFirst<T extends StoredObject>(objects: readonly T[]): T[] {
  return objects.toSorted(
    (a, b) => a.usedAt - b.usedAt || Number(a.sha256 > b.sha256) - Number(a.sha256 < b.sha256),
  );
}
