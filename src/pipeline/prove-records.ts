import type { RecordBook } from "../checksumdb/record-book.js";
import { takeSnapshot } from "../checksumdb/snapshot.js";
import type { TreeHead } from "../checksumdb/tree-head.js";
import type { Lock } from "../lock/schema.js";
import type { ModuleVersion } from "../modules/module-version.js";
import { lockedHead } from "../kit/lock-facts.js";
import type { Sources } from "./sources.js";

/**
 * Proves that each module's record is in the log. The head stays where it is while it covers every record, so that a
 * lock moves only for a reason.
 * @param before the head that this run has relied on already
 * @throws AIRGO_SUMDB_PROOF
 */
export async function proveRecords(
  { databaseClient: client }: Pick<Sources, "databaseClient">,
  old: Lock | undefined,
  book: RecordBook,
  modules: readonly ModuleVersion[],
  before?: TreeHead,
): Promise<TreeHead> {
  const records = await Promise.all(modules.map((module) => book.of(module)));
  let head = before ?? (old === undefined ? await client.latest() : lockedHead(old));
  if (records.some((record) => record.id >= head.size)) head = await client.latest();
  // A newer head must continue the log of those that were relied on before, also of one of this very run.
  const seen = [...(old === undefined ? [] : [lockedHead(old)]), ...(before === undefined ? [] : [before])];
  await takeSnapshot({ client, head, records, earlier: earlierHeads(old, head), seen });
  return head;
}

/** The sizes of all heads that kits of this lock were built with before: hosts may remember them. */
export function earlierHeads(old: Lock | undefined, head: TreeHead): number[] {
  if (old === undefined) return [];
  const sizes = new Set([...old.checksumDatabase.earlier, lockedHead(old).size]);
  sizes.delete(head.size);
  return [...sizes].sort((a, b) => b - a);
}
