import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { parseLookup } from "../../../src/checksumdb/lookup.js";
import type { ModuleRecord } from "../../../src/checksumdb/record-book.js";
import { takeSnapshot, type Snapshot, type SnapshotRequest } from "../../../src/checksumdb/snapshot.js";
import { parseTreeHead } from "../../../src/checksumdb/tree-head.js";
import { createFakeChecksumDb } from "../../support/fake-checksumdb.js";
import { addRecord, clientOf, databaseWith, flipped, headOf, memoryCache } from "./helpers.js";

const ids = [0, 255, 256, 299, 300, 700, 65_535, 65_536, 65_799];
const { db, records } = databaseWith(65_800, ids);
const head = headOf(db);
const proof = (where?: string): unknown =>
  expect.objectContaining({ code: "AIRGO_SUMDB_PROOF", ...(where === undefined ? {} : { where }) });

function take(request: Partial<SnapshotRequest> = {}): Promise<Snapshot> {
  return takeSnapshot({ client: clientOf(db), head, records, earlier: [], ...request });
}

test("holds the sign of life, every lookup under one head, and the tiles; sorted", async () => {
  const { db, records } = databaseWith(300, [3, 256]);
  const { files } = await takeSnapshot({ client: clientOf(db), head: headOf(db), records, earlier: [] });
  expect([...files.keys()]).toEqual([
    "lookup/example.com/m256@v1.0.0",
    "lookup/example.com/m3@v1.0.0",
    "supported",
    "tile/8/0/000",
    "tile/8/0/001.p/44",
    "tile/8/1/000.p/1",
  ]);
  expect(files.get("supported")).toEqual(Buffer.alloc(0));
  for (const [path, data] of files) if (path.startsWith("tile/")) expect(data).toEqual(db.respond(path).body);
});

test("is the same whatever the order of the records and of the answers", async () => {
  const one = await take({ earlier: [300, 65_000] });
  const other = await take({ records: records.toReversed(), earlier: [65_000, 300, 300] });
  expect([...other.files]).toEqual([...one.files]);
});

test("names in lookups are escaped, and equal what the database itself would answer with that head", async () => {
  const other = createFakeChecksumDb("sum.example.com", { lookupHead: (id) => id + 1 });
  const record = addRecord(other, "example.com/BurntSushi", "v1.0.0-RC1");
  other.growTo(10);
  const { files } = await takeSnapshot({
    client: clientOf(other),
    head: headOf(other),
    records: [record],
    earlier: [],
  });
  const path = "lookup/example.com/!burnt!sushi@v1.0.0-!r!c1";
  expect(files.get(path)).toEqual(other.respond(path, { headSize: 10 }).body);
  const answer = parseLookup(files.get(path)?.toString() ?? "", record.path, record.version);
  expect(parseTreeHead(answer.headNote, other.verifierKey).size).toBe(10);
});

test("carries the own edge of earlier trees, in their widths, without asking for it", async () => {
  const client = clientOf(db);
  const { files } = await takeSnapshot({ client, head, records: [], earlier: [300, 700] });
  const tiles = [...files.keys()].filter((path) => path.startsWith("tile/"));
  expect(tiles).toEqual(
    expect.arrayContaining(["tile/8/0/001.p/44", "tile/8/1/000.p/1", "tile/8/0/002.p/188"]),
  );
  for (const path of tiles) expect(files.get(path)).toEqual(db.respond(path).body);
  expect(client.asked).not.toContain("tile/8/0/001.p/44");
});

test("any records and earlier sizes: the tiles suffice, and each file is the database's own", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: db.size }),
      fc.subarray([...records]),
      fc.array(fc.integer({ min: 0, max: db.size }), { maxLength: 4 }),
      async (size, some, sizes) => {
        const request = {
          client: clientOf(db),
          head: headOf(db, size),
          records: some.filter(({ id }) => id < size),
          earlier: sizes.filter((one) => one <= size),
        };
        const { files } = await takeSnapshot({
          ...request,
          seen: request.earlier.map((one) => headOf(db, one)),
        });
        for (const [path, data] of files) {
          expect([path, data.equals(db.respond(path, { headSize: size }).body)]).toEqual([path, true]);
        }
      },
    ),
  );
});

describe("AIRGO_SUMDB_PROOF for", () => {
  test("a tampered tile, and it is not kept", async () => {
    const tileCache = memoryCache();
    const client = clientOf(db, { tileCache, switches: (path) => ({ tamperTile: path === "tile/8/0/001" }) });
    await expect(take({ client })).rejects.toEqual(proof("tile/8/0/001"));
    expect(tileCache.kept.size).toBe(0);
  });

  test("any bit of any tile", async () => {
    const small = databaseWith(600, [1, 599]);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(256 * 256), async (which, bit) => {
        let count = 0;
        const change = (_: string, body: Buffer): Buffer =>
          count++ === which % 3 ? flipped(body, bit) : body;
        const request = { head: headOf(small.db), records: small.records, earlier: [] };
        await expect(takeSnapshot({ ...request, client: clientOf(small.db, { change }) })).rejects.toEqual(
          proof(),
        );
      }),
    );
  });

  test.each([
    ["another hash of the zip", { h1: `h1:${Buffer.alloc(32).toString("base64")}` }],
    ["another hash of the go.mod", { goModH1: `h1:${Buffer.alloc(32).toString("base64")}` }],
    ["another version", { version: "v1.0.1" }],
    ["another number", { id: 300 }],
  ])("a record with %s", async (_, change) => {
    const [first] = records;
    const forged = { ...(first as ModuleRecord), ...change };
    await expect(take({ records: [forged] })).rejects.toEqual(
      expect.objectContaining({
        code: "AIRGO_SUMDB_PROOF",
        where: `record ${forged.id} of the tree of 65800 records`,
      }),
    );
  });

  test("a record newer than the head, and says that the head must move", async () => {
    await expect(take({ head: headOf(db, 65_536) })).rejects.toEqual(
      expect.objectContaining({ code: "AIRGO_SUMDB_PROOF", hint: expect.stringContaining("head must move") }),
    );
  });

  test("a head older than an earlier one", async () => {
    const older = { head: headOf(db, 300), records: [] };
    await expect(take({ ...older, earlier: [301] })).rejects.toEqual(proof("tree of 300 records"));
    await expect(take({ ...older, seen: [head] })).rejects.toEqual(proof("tree of 300 records"));
  });

  test("a fork: a head seen before is not part of the log", async () => {
    for (const size of [1, 300, 65_536, 65_800]) {
      const seen = [headOf(db, size, { fork: true })];
      await expect(take({ seen })).rejects.toEqual(proof(`tree of ${size} records`));
    }
  });

  test("tiles of a fork under the true head", async () => {
    const client = clientOf(db, { switches: () => ({ fork: true }) });
    await expect(take({ client })).rejects.toEqual(proof("root of 65800 records"));
  });
});

test("proven tiles are kept, so that the same snapshot needs no network again", async () => {
  const tileCache = memoryCache();
  const request = { head, records, earlier: [300] };
  const first = await takeSnapshot({ ...request, client: clientOf(db, { tileCache }) });
  const offline = clientOf(db, { tileCache, change: () => undefined });
  const second = await takeSnapshot({ ...request, client: offline });
  expect([...second.files]).toEqual([...first.files]);
  expect(offline.asked).toEqual([]);
});

test("a cache with a forged tile convinces nobody", async () => {
  const tileCache = memoryCache();
  await tileCache.put("tile/8/0/000", Buffer.alloc(256 * 32));
  const client = clientOf(db, { tileCache });
  await expect(takeSnapshot({ client, head, records, earlier: [] })).rejects.toEqual(proof("tile/8/0/000"));
});
