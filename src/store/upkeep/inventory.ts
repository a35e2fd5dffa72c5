import { listLeftovers, type Leftover } from "./leftovers.js";
import { statsOf } from "./listing.js";
import { listObjects, type StoredObject } from "./stored-objects.js";
import { readNoteFiles } from "./stored-notes.js";

/** An object with the names that lead to it, such as `zips/<h1 in hex>`. */
export interface NamedObject extends StoredObject {
  readonly names: readonly string[];
}

/** What a store holds. */
export interface Inventory {
  readonly objects: readonly NamedObject[];
  readonly notes: { readonly count: number; readonly files: number; readonly bytes: number };
  readonly leftovers: readonly Leftover[];
}

/**
 * Looks through the store at `root` without changing anything, and without reading any object.
 * @param now milliseconds since the epoch
 * @returns undefined when there is no store
 * @throws AIRGO_DISK
 */
export async function takeInventory(root: string, now: number): Promise<Inventory | undefined> {
  if ((await statsOf(root)) === undefined) return undefined;
  const objects = await listObjects(root);
  const { names, ...notes } = await readNotes(root);
  const leftovers = await listLeftovers(root, now);
  return {
    objects: objects.map((object) => ({ ...object, names: names.get(object.sha256) ?? [] })),
    notes,
    leftovers,
  };
}

async function readNotes(root: string): Promise<Inventory["notes"] & { names: Map<string, string[]> }> {
  const known = new Set<string>();
  const refs = new Map<string, string>();
  let [files, bytes] = [0, 0];
  for await (const file of readNoteFiles(root)) {
    files += 1;
    bytes += file.bytes;
    for (const name of file.whole) known.add(name);
    // In their order: of two notes of one name the later one counts.
    for (const [name, sha256] of file.refs) refs.set(name, sha256);
  }
  const names = new Map<string, string[]>();
  for (const [name, sha256] of refs) names.set(sha256, [...(names.get(sha256) ?? []), name]);
  return { count: known.size, files, bytes, names };
}

/** The bytes of what was listed. */
export function bytesOfAll(items: Iterable<{ readonly size: number } | { readonly bytes: number }>): number {
  let sum = 0;
  for (const item of items) sum += "size" in item ? item.size : item.bytes;
  return sum;
}
