/**
 * Tiles of a transparency log (golang.org/x/mod/sumdb/tlog, Tile): level L, number n holds up to 256 hashes of the
 * tree's level 8 L, from 256 n on. Height 8, as sum.golang.org uses it. Sizes reach beyond 32 bits: no bit operators.
 */
export interface Tile {
  readonly level: number;
  readonly index: number;
  /** How many hashes, 1 to 256. */
  readonly width: number;
}

export const tileWidth = 256;
export const hashSize = 32;

/** How many hashes a tree of `size` records has at a tile level. */
function hashesAt(level: number, size: number): number {
  return Math.floor(size / tileWidth ** level);
}

/** The tile as it is in a tree of `size` records; undefined where that tree has none there. */
export function tileAt(level: number, index: number, size: number): Tile | undefined {
  const width = Math.min(tileWidth, hashesAt(level, size) - index * tileWidth);
  return width > 0 ? { level, index, width } : undefined;
}

/** The tiles on the way from a record to the root, as they are in a tree of `size` records. */
export function pathOfRecord(id: number, size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level++) {
    const tile = tileAt(level, Math.floor(id / tileWidth ** (level + 1)), size);
    if (tile !== undefined) tiles.push(tile);
  }
  return tiles;
}

/** The partial tiles at the right end of a tree, one at least, since its topmost level is never full: they give its root. */
export function rightEdge(size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level++) {
    const count = hashesAt(level, size);
    if (count % tileWidth !== 0)
      tiles.push({ level, index: Math.floor(count / tileWidth), width: count % tileWidth });
  }
  return tiles;
}

/** `tile/8/1/x001/234` or `tile/8/2/003.p/56` (golang.org/x/mod/sumdb/tlog, Tile.Path). */
export function tilePath({ level, index, width }: Tile): string {
  let digits = String(index % 1000).padStart(3, "0");
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    digits = `x${String(rest % 1000).padStart(3, "0")}/${digits}`;
  }
  return `tile/8/${level}/${digits}${width === tileWidth ? "" : `.p/${width}`}`;
}

/**
 * Every tile that a client needs to check these records in a tree of `size` records, whatever it saw before of the
 * `earlier` sizes: each record's way to the root, the right edge, and for each earlier tree its own right edge and
 * the way from its last record to the root of the larger one. Without repetition, sorted.
 */
export function snapshotTiles(records: Iterable<number>, size: number, earlier: readonly number[]): Tile[] {
  const tiles = new Map<string, Tile>();
  const add = (more: readonly Tile[]): void => more.forEach((tile) => tiles.set(tilePath(tile), tile));
  for (const id of records) add(pathOfRecord(id, size));
  add(rightEdge(size));
  for (const before of earlier) {
    add(rightEdge(before));
    if (before > 0) add(pathOfRecord(before - 1, size));
  }
  return [...tiles.values()].sort((a, b) => a.level - b.level || a.index - b.index || a.width - b.width);
}
