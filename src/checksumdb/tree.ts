import { hash } from "node:crypto";

import { AirgoError } from "../support/errors.js";
import { hashSize, rightEdge, tileAt, tilePath, tileWidth, type Tile } from "./tiles.js";
import type { TreeHead } from "./tree-head.js";

/** The hash of a record (RFC 6962, section 2.1: 0x00 in front). */
export function leafHash(record: string): Buffer {
  return hash("sha256", Buffer.concat([Buffer.of(0), Buffer.from(record)]), "buffer");
}

/** The hash of two subtrees (RFC 6962, section 2.1: 0x01 in front). */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hash("sha256", Buffer.concat([Buffer.of(1), left, right]), "buffer");
}

/** Tiles of one tree that were proven to belong to its head. */
export interface ProvenTiles {
  /** Proves one tile. Throws AIRGO_SUMDB_PROOF. */
  prove(tile: Tile): void;
  /** The hash of a record, from the tree. Throws AIRGO_SUMDB_PROOF when its tile is not among these. */
  leaf(id: number): Buffer;
  /** The root that the log had at an earlier size, computed from these tiles. Throws AIRGO_SUMDB_PROOF. */
  rootAt(size: number): Buffer;
}

/**
 * Proves that tiles belong to a tree: the right edge gives the root, and each full tile's own hash stands in the tile
 * above it (golang.org/x/mod/sumdb/tlog, TileHashReader).
 * @param tiles by path, each in the widths of the head's tree
 * @throws AIRGO_SUMDB_PROOF naming the first tile that does not fit
 */
export function proveTiles(head: TreeHead, tiles: ReadonlyMap<string, Buffer>): ProvenTiles {
  const proven = new Set<string>();

  function dataOf(tile: Tile): Buffer {
    const path = tilePath(tile);
    const data = tiles.get(path);
    if (data === undefined) throw notProven(path, head.size, "the tile is missing");
    if (data.length !== tile.width * hashSize)
      throw notProven(path, head.size, `the tile has ${data.length} bytes`);
    return data;
  }

  function hashAt(level: number, position: number): Buffer {
    const tile = tileAt(level, Math.floor(position / tileWidth), head.size);
    const offset = position % tileWidth;
    if (tile === undefined || offset >= tile.width)
      throw notProven(`level ${level}, hash ${position}`, head.size, "it lies outside the tree");
    prove(tile);
    const start = offset * hashSize;
    return dataOf(tile).subarray(start, start + hashSize);
  }

  /** A tile on the right edge is proven by the root; any other is full, and its hash stands in its parent. */
  function prove(tile: Tile): void {
    const path = tilePath(tile);
    if (proven.has(path)) return;
    const isFull = tile.width === tileWidth;
    if (isFull && subtreeHash(dataOf(tile)).equals(hashAt(tile.level + 1, tile.index))) proven.add(path);
    else throw notProven(path, head.size, "its hash does not stand in the tile above it");
  }

  const edge = rightEdge(head.size);
  const root = rootFrom(head.size, (level, first, count) => sliceOf(edge, level, first, count, dataOf));
  if (!root.equals(head.root)) {
    throw notProven(
      `root of ${head.size} records`,
      head.size,
      root.toString("base64"),
      head.root.toString("base64"),
    );
  }
  for (const tile of edge) proven.add(tilePath(tile));

  return {
    prove,
    leaf: (id) => hashAt(0, id),
    rootAt: (size) =>
      rootFrom(size, (level, first, count) =>
        Buffer.concat(Array.from({ length: count }, (_, i) => hashAt(level, first + i))),
      ),
  };
}

/**
 * The root of a tree of `size` records. The tree is a row of perfect subtrees, the largest first, one for each binary
 * digit; each lies within one tile.
 * @param read gives `count` hashes of a tile level, from `first` on
 */
function rootFrom(size: number, read: (level: number, first: number, count: number) => Buffer): Buffer {
  const subtrees: Buffer[] = [];
  let offset = 0;
  for (let power = Math.floor(Math.log2(Math.max(size, 1))) + 1; power >= 0; power--) {
    const records = 2 ** power;
    if (offset + records > size) continue;
    const level = Math.floor(power / 8);
    const unit = tileWidth ** level;
    subtrees.push(subtreeHash(read(level, offset / unit, records / unit)));
    offset += records;
  }
  return subtrees.length === 0
    ? hash("sha256", "", "buffer")
    : subtrees.reduceRight((right, left) => nodeHash(left, right));
}

function sliceOf(
  edge: readonly Tile[],
  level: number,
  first: number,
  count: number,
  dataOf: (tile: Tile) => Buffer,
): Buffer {
  const tile = edge.find((one) => one.level === level && one.index === Math.floor(first / tileWidth));
  if (tile === undefined) throw notProven(`level ${level}`, first, "no tile of the right edge");
  const start = (first % tileWidth) * hashSize;
  return dataOf(tile).subarray(start, start + count * hashSize);
}

/** The hash over a perfect subtree, given the hashes at its bottom; their number is a power of two. */
function subtreeHash(hashes: Buffer): Buffer {
  // One buffer for all pairs: a tile takes 255 of them, and a closure a thousand tiles.
  const node = Buffer.alloc(1 + 2 * hashSize, 1);
  let row = hashes;
  while (row.length > hashSize) {
    const above = Buffer.allocUnsafe(row.length / 2);
    for (let at = 0; at < row.length; at += 2 * hashSize) {
      row.copy(node, 1, at, at + 2 * hashSize);
      // As text of one byte a character, which takes half the time of a buffer for each.
      above.write(hash("sha256", node, "binary"), at / 2, "latin1");
    }
    row = above;
  }
  return row;
}

function notProven(
  where: string,
  size: number,
  found: string,
  expected = `what belongs to the tree of ${size} records`,
): AirgoError {
  return new AirgoError("AIRGO_SUMDB_PROOF", {
    what: "the checksum database contradicts itself",
    where,
    expected,
    found,
    hint: "somebody serves a forged or damaged database: take another proxy, and report this",
  });
}
