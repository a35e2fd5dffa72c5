import { escapePath, escapeVersion } from "../modules/escape.js";
import { AirgoError, invariant } from "../support/errors.js";
import { sortedBy } from "../support/order.js";
import type { ChecksumDbClient } from "./client.js";
import { forked, rolledBack } from "./forked.js";
import { formatLookup, formatRecord } from "./lookup.js";
import type { ModuleRecord } from "./record-book.js";
import { hashSize, pathOfRecord, snapshotTiles, tileAt, tilePath, type Tile } from "./tiles.js";
import type { TreeHead } from "./tree-head.js";
import { leafHash, proveTiles, type ProvenTiles } from "./tree.js";

export interface SnapshotRequest {
  readonly client: Pick<ChecksumDbClient, "tiles" | "keep">;
  /** Verified; every lookup of the snapshot carries this one. */
  readonly head: TreeHead;
  readonly records: readonly ModuleRecord[];
  /** Sizes of heads that hosts may have seen before. */
  readonly earlier: readonly number[];
  /** Heads seen before: the pinned one must continue their log. Nothing is carried for them. */
  readonly seen?: readonly TreeHead[];
}

/** The part of the checksum database that a kit carries. */
export interface Snapshot {
  readonly head: TreeHead;
  /** By path below `sumdb/<name>/`, sorted: `supported`, `lookup/…`, `tile/8/…`. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * Takes a snapshot pinned to one tree head, and proves all of it: every tile belongs to the head's tree, every record
 * stands in it at its number, and the log goes on from the heads seen before.
 *
 * One head for all lookups, because a client that meets two heads wants tiles that connect them; for the heads of
 * earlier kits those tiles are included, since hosts remember the newest head that they saw.
 * @throws AIRGO_SUMDB_PROOF
 */
export async function takeSnapshot(request: SnapshotRequest): Promise<Snapshot> {
  const { client, head, records, earlier, seen = [] } = request;
  for (const record of records) checkCovered(record, head);
  for (const size of earlier) checkNotNewer(size, head);
  for (const one of seen) if (one.size > head.size) throw rolledBack(one, head);
  const ids = records.map(({ id }) => id);
  const carried = snapshotTiles(ids, head.size, earlier);
  const towardsSeen = seen.flatMap(({ size }) => (size === 0 ? [] : pathOfRecord(size - 1, head.size)));
  const needed = widened([...carried, ...towardsSeen], head.size);
  const fetched = await client.tiles(needed);
  const proven = proveTiles(head, fetched);
  for (const tile of needed) proven.prove(tile);
  for (const record of records) proveRecord(record, proven, head);
  for (const size of earlier) proven.rootAt(size);
  for (const one of seen) proveContinued(one, proven, head);
  await client.keep(fetched);

  const files = new Map<string, Buffer>([["supported", Buffer.of()]]);
  for (const record of records) {
    const path = `lookup/${escapePath(record.path)}@${escapeVersion(record.version)}`;
    files.set(path, Buffer.from(formatLookup(record.id, record, head.note)));
  }
  for (const tile of carried) files.set(tilePath(tile), cut(tile, head.size, fetched));
  return { head, files: new Map(sortedBy(files, ([path]) => path)) };
}

/** Tiles as they are in the head's tree: a narrower one of an earlier tree is the beginning of that one. */
function widened(tiles: readonly Tile[], size: number): Tile[] {
  const wide = tiles.map((tile) => tileAt(tile.level, tile.index, size) ?? tile);
  return [...new Map(wide.map((tile) => [tilePath(tile), tile])).values()];
}

function cut(tile: Tile, size: number, fetched: ReadonlyMap<string, Buffer>): Buffer {
  const whole = tileAt(tile.level, tile.index, size) ?? tile;
  const data = fetched.get(tilePath(whole));
  invariant(data, `tile ${tilePath(whole)} was fetched`);
  return data.subarray(0, tile.width * hashSize);
}

function checkCovered({ path, version, id }: ModuleRecord, { size }: TreeHead): void {
  if (id < size) return;
  throw new AirgoError("AIRGO_SUMDB_PROOF", {
    what: `the tree head is older than the record of ${path}@${version}`,
    where: `record ${id}`,
    expected: `a tree of more than ${id} records`,
    found: `a tree of ${size} records`,
    hint: "the head must move: run with --update; if it stays, this proxy serves an old head, so take another",
  });
}

function checkNotNewer(earlier: number, { size }: TreeHead): void {
  if (earlier <= size) return;
  throw new AirgoError("AIRGO_SUMDB_PROOF", {
    what: "the tree head is older than one that was seen before",
    where: `tree of ${size} records`,
    expected: `at least ${earlier} records`,
    found: `${size} records`,
    hint: "this proxy serves an old head, or the lock was put together by hand: take another proxy, or run with --update",
  });
}

function proveContinued(before: TreeHead, proven: ProvenTiles, head: TreeHead): void {
  const found = proven.rootAt(before.size);
  if (!found.equals(before.root)) throw forked(before, head, found);
}

function proveRecord(record: ModuleRecord, proven: ProvenTiles, head: TreeHead): void {
  const expected = leafHash(formatRecord(record));
  const found = proven.leaf(record.id);
  if (expected.equals(found)) return;
  throw new AirgoError("AIRGO_SUMDB_PROOF", {
    what: `what the checksum database says of ${record.path}@${record.version} is not what its log holds`,
    where: `record ${record.id} of the tree of ${head.size} records`,
    expected: expected.toString("base64"),
    found: found.toString("base64"),
    hint: "somebody serves a forged answer: take another proxy, and report this",
  });
}
