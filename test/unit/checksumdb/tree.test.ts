import { createHash } from "node:crypto";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { pathOfRecord, rightEdge, tilePath, type Tile } from "../../../src/checksumdb/tiles.js";
import { leafHash, nodeHash, proveTiles } from "../../../src/checksumdb/tree.js";
import { formatRecord, parseLookup } from "../../../src/checksumdb/lookup.js";
import { golangOrgKey } from "../../../src/checksumdb/note.js";
import { parseTreeHead } from "../../../src/checksumdb/tree-head.js";
import { escapePath, escapeVersion } from "../../../src/modules/escape.js";
import { createFakeChecksumDb, type FakeChecksumDb } from "../../support/fake-checksumdb.js";
import { realDatabase, vectors } from "../../vectors/vectors.js";
import { databaseWith, flipped, headOf } from "./helpers.js";

/** The tree's root straight from the definition (RFC 6962, section 2.1). */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return createHash("sha256").digest();
  if (leaves.length === 1) return leaves[0] as Buffer;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return nodeHash(naiveRoot(leaves.slice(0, half)), naiveRoot(leaves.slice(half)));
}

function tilesOf(db: FakeChecksumDb, tiles: readonly Tile[]): Map<string, Buffer> {
  return new Map(tiles.map(tilePath).map((path) => [path, db.respond(path).body]));
}

/** Everything there is to prove a record in a tree. */
function evidence(db: FakeChecksumDb, id: number, size = db.size): Map<string, Buffer> {
  return tilesOf(db, [...rightEdge(size), ...pathOfRecord(id, size)]);
}

const { db: big } = databaseWith(65_800, [0, 255, 256, 65_535, 65_536, 65_537]);
const bigLeaves = rightEdge(big.size)
  .concat(Array.from({ length: Math.floor(big.size / 256) }, (_, index) => ({ level: 0, index, width: 256 })))
  .filter(({ level }) => level === 0)
  .sort((a, b) => a.index - b.index)
  .flatMap((tile) => hashesIn(big.respond(tilePath(tile)).body));

function hashesIn(tile: Buffer): Buffer[] {
  return Array.from({ length: tile.length / 32 }, (_, i) => tile.subarray(i * 32, i * 32 + 32));
}

test("a leaf and a node are hashed as RFC 6962 says", () => {
  expect(leafHash("").toString("hex")).toBe(
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  );
  const [left, right] = [leafHash("a"), leafHash("b")];
  const joined = Buffer.concat([Buffer.of(1), left, right]);
  expect(nodeHash(left, right)).toEqual(createHash("sha256").update(joined).digest());
});

const sizes = [
  1, 2, 3, 254, 255, 256, 257, 258, 511, 512, 513, 65_279, 65_535, 65_536, 65_537, 65_792, 65_793,
];

test.each(sizes)("the right edge of %d records gives the root of the whole tree", (size) => {
  const head = headOf(big, size);
  expect(head.root).toEqual(naiveRoot(bigLeaves.slice(0, size)));
  expect(() => proveTiles(head, tilesOf(big, rightEdge(size)))).not.toThrow();
});

test.each(sizes)("first and last records of %d are proven, and the roots before", (size) => {
  for (const id of new Set([0, Math.floor(size / 2), size - 1])) {
    const proven = proveTiles(headOf(big, size), evidence(big, id, size));
    expect(proven.leaf(id)).toEqual(bigLeaves[id]);
    expect(proven.rootAt(id + 1)).toEqual(headOf(big, id + 1).root);
  }
});

test("an empty tree has a root and nothing in it", () => {
  const proven = proveTiles(headOf(big, 0), new Map());
  expect(proven.rootAt(0)).toEqual(createHash("sha256").digest());
  expect(() => proven.leaf(0)).toThrow(expect.objectContaining({ code: "AIRGO_SUMDB_PROOF" }));
});

test("any record of any tree is proven by its own tiles, and any earlier root by the tiles where it ended", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: big.size }), fc.nat(), fc.nat(), (size, a, b) => {
      const [id, before] = [a % size, (b % size) + 1];
      const tiles = new Map([...evidence(big, id, size), ...evidence(big, before - 1, size)]);
      const proven = proveTiles(headOf(big, size), tiles);
      expect(proven.leaf(id)).toEqual(bigLeaves[id]);
      expect(proven.rootAt(before)).toEqual(headOf(big, before).root);
    }),
  );
});

test("one bit changed in any tile is refused", () => {
  const small = databaseWith(1000, []).db;
  for (const db of [small, big]) {
    fc.assert(
      fc.property(fc.nat(db.size - 1), fc.nat(), fc.nat(), (id, which, bit) => {
        const tiles = evidence(db, id);
        const paths = [...tiles.keys()];
        const path = paths[which % paths.length] as string;
        tiles.set(path, flipped(tiles.get(path) as Buffer, bit % (256 * 256)));
        expect(() => proveTiles(headOf(db), tiles).leaf(id)).toThrow(
          expect.objectContaining({
            code: "AIRGO_SUMDB_PROOF",
            where: expect.stringMatching(/^(tile|root of)/),
          }),
        );
      }),
    );
  }
});

const proof = (where: string): unknown => expect.objectContaining({ code: "AIRGO_SUMDB_PROOF", where });

describe("AIRGO_SUMDB_PROOF for", () => {
  const head = headOf(big);

  test("a changed root", () => {
    const tiles = evidence(big, 7);
    fc.assert(
      fc.property(fc.nat(255), (bit) => {
        const changed = { ...head, root: flipped(head.root, bit) };
        expect(() => proveTiles(changed, tiles)).toThrow(proof(`root of ${big.size} records`));
      }),
    );
  });

  test("a size that is not the root's", () => {
    const tiles = new Map([...evidence(big, 7, 65_799), ...evidence(big, 7)]);
    expect(() => proveTiles({ ...head, size: 65_799 }, tiles)).toThrow(proof("root of 65799 records"));
  });

  test.each(["tile/8/0/000", "tile/8/1/000", "tile/8/2/000.p/1"])("the missing tile %s", (path) => {
    const tiles = evidence(big, 7);
    expect(tiles.delete(path)).toBe(true);
    expect(() => proveTiles(head, tiles).leaf(7)).toThrow(proof(path));
  });

  test.each([0, 31, 256 * 32 - 32, 256 * 32 + 32])("a tile of %d bytes", (length) => {
    const tiles = evidence(big, 7).set("tile/8/0/000", Buffer.alloc(length));
    expect(() => proveTiles(head, tiles).leaf(7)).toThrow(proof("tile/8/0/000"));
  });

  test("a tile in another's place", () => {
    const tiles = evidence(big, 7).set("tile/8/0/000", big.respond("tile/8/0/001").body);
    expect(() => proveTiles(head, tiles).leaf(7)).toThrow(proof("tile/8/0/000"));
  });

  test("a partial tile that is not of this tree", () => {
    const narrow = { level: 0, index: 0, width: 64 };
    const tiles = new Map([...evidence(big, 7), ...tilesOf(big, [narrow])]);
    expect(() => proveTiles(head, tiles).prove(narrow)).toThrow(proof("tile/8/0/000.p/64"));
  });

  test("a record or a tree beyond the end", () => {
    const proven = proveTiles(head, evidence(big, big.size - 1));
    for (const ask of [
      () => proven.leaf(big.size),
      () => proven.leaf(2 ** 40),
      () => proven.rootAt(big.size + 1),
    ]) {
      expect(ask).toThrow(expect.objectContaining({ code: "AIRGO_SUMDB_PROOF" }));
    }
  });

  test("tiles of a fork of the same size", () => {
    const forkedHead = headOf(big, big.size, { fork: true });
    expect(() => proveTiles(forkedHead, evidence(big, 7))).toThrow(proof(`root of ${big.size} records`));
  });
});

test("trees have the roots that golang.org/x/mod/sumdb/tlog gives them", () => {
  const { roots } = vectors("tree");
  const filler = createFakeChecksumDb("sum.example.com", { seed: "a" });
  filler.growTo(Math.max(...roots.map(([size]) => size)));
  for (const [size, root] of roots) {
    const head = { size, root: Buffer.from(root, "base64"), note: "" };
    expect(() => proveTiles(head, tilesOf(filler, rightEdge(size)))).not.toThrow();
  }
});

describe("of the real checksum database", () => {
  const files = realDatabase();
  const textOf = (path: string): string => files.get(path)?.toString("utf8") ?? "";
  const head = parseTreeHead(textOf("latest"), golangOrgKey);
  const { records } = vectors("sumdb/records");

  test.each(records)("the record of $path is proven, and the head it came with", (record) => {
    const { path, version, id, hash, earlier, earlierRoot } = record;
    const found = parseLookup(textOf(`lookup/${escapePath(path)}@${escapeVersion(version)}`), path, version);
    expect(found.id).toBe(id);
    expect(leafHash(formatRecord(found)).toString("base64")).toBe(hash);
    const before = parseTreeHead(found.headNote, golangOrgKey);
    expect([before.size, before.root.toString("base64")]).toEqual([earlier, earlierRoot]);

    const proven = proveTiles(head, files);
    expect(proven.leaf(id).toString("base64")).toBe(hash);
    expect(proven.rootAt(before.size)).toEqual(before.root);
  });

  test("the tiles are those that we would ask for, and each is needed", () => {
    const needed = new Set(
      records
        .flatMap(({ id, earlier }) => [
          ...pathOfRecord(id, head.size),
          ...pathOfRecord(earlier - 1, head.size),
        ])
        .concat(rightEdge(head.size))
        .map(tilePath),
    );
    const there = [...files.keys()].filter((path) => path.startsWith("tile/"));
    expect(there.sort()).toEqual([...needed].sort());
  });

  test("one bit changed in any tile is refused", () => {
    const there = [...files.keys()].filter((path) => path.startsWith("tile/"));
    fc.assert(
      fc.property(fc.constantFrom(...there), fc.nat(), (path, bit) => {
        const tiles = new Map(files).set(path, flipped(files.get(path) as Buffer, bit % (256 * 256)));
        expect(() => {
          const proven = proveTiles(head, tiles);
          for (const { id, earlier } of records) {
            proven.leaf(id);
            proven.rootAt(earlier);
          }
        }).toThrow(expect.objectContaining({ code: "AIRGO_SUMDB_PROOF" }));
      }),
    );
  });
});
