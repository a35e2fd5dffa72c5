import { expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { pathOfRecord, rightEdge, snapshotTiles, tileAt, tilePath } from "../../../src/checksumdb/tiles.js";
import { vectors } from "../../vectors/vectors.js";

const paths = (tiles: Parameters<typeof tilePath>[0][]): string[] => tiles.map(tilePath);

test.each([
  [{ level: 0, index: 0, width: 256 }, "tile/8/0/000"],
  [{ level: 2, index: 4, width: 56 }, "tile/8/2/004.p/56"],
  [{ level: 0, index: 999, width: 1 }, "tile/8/0/999.p/1"],
  [{ level: 0, index: 1000, width: 256 }, "tile/8/0/x001/000"],
  [{ level: 1, index: 1234, width: 56 }, "tile/8/1/x001/234.p/56"],
  [{ level: 0, index: 1_234_067, width: 256 }, "tile/8/0/x001/x234/067"],
  [{ level: 0, index: 1_000_000_000, width: 256 }, "tile/8/0/x001/x000/x000/000"],
])("%j is %s", (tile, path) => expect(tilePath(tile)).toBe(path));

test.each([
  [0, []],
  [1, ["tile/8/0/000.p/1"]],
  [255, ["tile/8/0/000.p/255"]],
  [256, ["tile/8/1/000.p/1"]],
  [257, ["tile/8/0/001.p/1", "tile/8/1/000.p/1"]],
  [65_535, ["tile/8/0/255.p/255", "tile/8/1/000.p/255"]],
  [65_536, ["tile/8/2/000.p/1"]],
  [65_537, ["tile/8/0/256.p/1", "tile/8/2/000.p/1"]],
  [2 ** 40 + 2 ** 33 + 3, ["tile/8/0/x004/x328/x521/728.p/3", "tile/8/4/001.p/2", "tile/8/5/000.p/1"]],
])("the right edge of %d records", (size, expected) => expect(paths(rightEdge(size))).toEqual(expected));

test("the way of a record to the root has the widths of the tree", () => {
  expect(paths(pathOfRecord(70_000, 71_000_000))).toEqual([
    "tile/8/0/273",
    "tile/8/1/001",
    "tile/8/2/000",
    "tile/8/3/000.p/4",
  ]);
  expect(paths(pathOfRecord(256, 300))).toEqual(["tile/8/0/001.p/44", "tile/8/1/000.p/1"]);
  // Its tile is the last, and the level above it does not cover it yet.
  expect(paths(pathOfRecord(65_536 + 5, 65_536 + 6))).toEqual(["tile/8/0/256.p/6", "tile/8/2/000.p/1"]);
});

test("a tree has no tile where it has no hashes", () => {
  expect(tileAt(0, 1, 256)).toBeUndefined();
  expect(tileAt(1, 0, 255)).toBeUndefined();
  expect(tileAt(0, 0, 3)).toEqual({ level: 0, index: 0, width: 3 });
});

test("a snapshot adds an earlier tree's own edge, and the way to where it ended", () => {
  expect(paths(snapshotTiles([0], 600, [300]))).toEqual([
    "tile/8/0/000",
    "tile/8/0/001.p/44",
    "tile/8/0/001",
    "tile/8/0/002.p/88",
    "tile/8/1/000.p/1",
    "tile/8/1/000.p/2",
  ]);
});

/** The set as an independent formula has it, in big integers (facts of the format, not of this code). */
function expectedPath(id: bigint, size: bigint): string[] {
  const found: string[] = [];
  for (let level = 0n; size >> (8n * level) > 0n; level++) {
    const index = id >> (8n * (level + 1n));
    const rest = (size >> (8n * level)) - 256n * index;
    if (rest <= 0n) continue;
    const digits = index.toString().padStart(Math.ceil(index.toString().length / 3) * 3, "0");
    const parts = digits.match(/\d{3}/g) ?? [];
    const name = parts.map((part, i) => (i < parts.length - 1 ? `x${part}` : part)).join("/");
    found.push(`tile/8/${level}/${name}${rest < 256n ? `.p/${rest}` : ""}`);
  }
  return found;
}

test("sizes up to 2^53 are counted exactly", () => {
  const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(size, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (size, part) => {
      const id = Math.min(Math.floor(size * part), size - 1);
      expect(paths(pathOfRecord(id, size))).toEqual(expectedPath(BigInt(id), BigInt(size)));
    }),
  );
});

test("every tile of the right edge is on the way of some record, or is an only child", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (size) => {
      const widths = rightEdge(size).map(({ level, width }) => width * 256 ** level);
      expect(widths.reduce((sum, width) => sum + width, 0)).toBe(size);
    }),
  );
});

const { paths: namedTiles, reads } = vectors("tree");

test.each(namedTiles)(
  "level %d, number %d, width %d is where golang.org/x/mod/sumdb/tlog has it",
  (...vector) => {
    const [level, index, width, path] = vector;
    expect(tilePath({ level, index, width })).toBe(path);
  },
);

test("a record's way and the right edge are the tiles that golang.org/x/mod/sumdb/tlog reads", () => {
  const ours = reads.map(({ size, id }) => ({
    size,
    id,
    tiles: [...new Set(paths([...rightEdge(size), ...pathOfRecord(id, size)]))].sort(),
  }));
  expect(ours).toEqual(reads);
});
