import { describe, expect, test } from "@jest/globals";

import { createChecksumDbClient } from "../../../src/checksumdb/client.js";
import { rightEdge, tilePath } from "../../../src/checksumdb/tiles.js";
import { createFakeChecksumDb } from "../../support/fake-checksumdb.js";
import { addRecord, clientOf, databaseWith, headOf, memoryCache } from "./helpers.js";

const { db, records } = databaseWith(700, [3, 300]);
const [record] = records;
const coded = (code: string): unknown => expect.objectContaining({ code });

describe("latest", () => {
  test("is the verified head", async () => {
    await expect(clientOf(db).latest()).resolves.toEqual(headOf(db));
  });

  test("is the head of an earlier lookup where that is newer", async () => {
    const client = clientOf(db, { switches: (path) => (path === "latest" ? { headSize: 200 } : {}) });
    await expect(client.latest()).resolves.toEqual(headOf(db, 200));
    await client.lookup("example.com/m300", "v1.0.0");
    await expect(client.latest()).resolves.toEqual(headOf(db));
  });

  test.each([
    ["AIRGO_SUMDB_SIGNATURE", (body: Buffer) => Buffer.from(body.toString().replace("700", "701"))],
    ["AIRGO_UPSTREAM_MALFORMED", () => Buffer.from("<html></html>")],
    ["AIRGO_UPSTREAM_MISSING", () => undefined],
  ])("%s", async (code, change) => {
    await expect(clientOf(db, { change: (_, body) => change(body) }).latest()).rejects.toEqual(coded(code));
  });
});

describe("lookup", () => {
  test("gives number and hashes", async () => {
    await expect(clientOf(db).lookup("example.com/m3", "v1.0.0")).resolves.toEqual(record);
  });

  test("asks by the escaped name", async () => {
    const other = createFakeChecksumDb("sum.example.com");
    addRecord(other, "example.com/Mod", "v1.0.0-RC1");
    const client = clientOf(other);
    await client.lookup("example.com/Mod", "v1.0.0-RC1");
    expect(client.asked).toEqual(["lookup/example.com/!mod@v1.0.0-!r!c1"]);
  });

  test("works with the stale heads that the real database's lookups carry", async () => {
    const stale = createFakeChecksumDb("sum.example.com", { lookupHead: (id) => id + 1 });
    for (const name of ["a", "b", "c"]) addRecord(stale, `example.com/${name}`);
    const client = clientOf(stale);
    await Promise.all(["c", "a", "b"].map((name) => client.lookup(`example.com/${name}`, "v1.0.0")));
    await expect(client.latest()).resolves.toEqual(headOf(stale));
  });

  test("an older head that comes with one is not looked at: nothing rests on it", async () => {
    const client = clientOf(db, {
      switches: (path) => (path.startsWith("lookup/") ? { headSize: 650, wrongSignature: true } : {}),
    });
    await client.latest();
    await expect(client.lookup("example.com/m3", "v1.0.0")).resolves.toEqual(record);
    await expect(client.latest()).resolves.toEqual(headOf(db));
  });

  test("a newer head with a wrong signature is refused, and does not become the newest", async () => {
    let isForged = true;
    const client = clientOf(db, {
      switches: (path) =>
        path === "latest"
          ? { headSize: 200 }
          : isForged
            ? { headSize: 700, wrongSignature: true }
            : { headSize: 100 },
    });
    await client.latest();
    await expect(client.lookup("example.com/m3", "v1.0.0")).rejects.toEqual(coded("AIRGO_SUMDB_SIGNATURE"));
    isForged = false;
    await client.lookup("example.com/m3", "v1.0.0");
    await expect(client.latest()).resolves.toEqual(headOf(db, 200));
  });

  test.each([
    ["AIRGO_UPSTREAM_MISSING for a version that it does not know", "v9.9.9", {}, "AIRGO_UPSTREAM_MISSING"],
    ["AIRGO_SUMDB_RECORD for another module's record", "v1.0.0", { recordId: 300 }, "AIRGO_SUMDB_RECORD"],
    [
      "AIRGO_SUMDB_SIGNATURE for a head with a wrong signature",
      "v1.0.0",
      { wrongSignature: true },
      "AIRGO_SUMDB_SIGNATURE",
    ],
    ["AIRGO_UPSTREAM_MALFORMED for what is no version", "../../x", {}, "AIRGO_UPSTREAM_MALFORMED"],
  ])("%s", async (_, version, switches, code) => {
    const client = clientOf(db, { switches: () => switches });
    await expect(client.lookup("example.com/m3", version)).rejects.toEqual(coded(code));
  });

  test("a fork is noticed when two heads of one size differ, and the error holds both notes", async () => {
    const client = clientOf(db, { switches: (path) => ({ fork: path.startsWith("lookup/") }) });
    await client.latest();
    await expect(client.lookup("example.com/m300", "v1.0.0")).rejects.toEqual(
      expect.objectContaining({
        code: "AIRGO_SUMDB_PROOF",
        expected: expect.stringContaining(db.headAt(700)),
        found: expect.stringContaining(db.headAt(700, { fork: true })),
      }),
    );
  });
});

describe("tiles", () => {
  const partial = { level: 0, index: 1, width: 44 };
  const whole = { level: 0, index: 1, width: 256 };

  test("come by path, partial ones in their width", async () => {
    const client = clientOf(db);
    const tiles = await client.tiles(rightEdge(db.size));
    expect([...tiles.keys()]).toEqual(["tile/8/0/002.p/188", "tile/8/1/000.p/2"]);
    expect([...tiles.values()].map(({ length }) => length)).toEqual([188 * 32, 2 * 32]);
    expect(client.asked).toEqual([...tiles.keys()]);
  });

  test("a partial one that is gone is cut from the full one", async () => {
    const client = clientOf(db, { switches: () => ({ forgetPartials: true }) });
    const tiles = await client.tiles([partial]);
    expect(client.asked).toEqual(["tile/8/0/001.p/44", "tile/8/0/001"]);
    expect(tiles.get(tilePath(partial))).toEqual(db.respond(tilePath(partial)).body);
  });

  test("one that is nowhere is AIRGO_UPSTREAM_MISSING", async () => {
    await expect(clientOf(db).tiles([{ level: 0, index: 9, width: 256 }])).rejects.toEqual(
      expect.objectContaining({ code: "AIRGO_UPSTREAM_MISSING", where: "sum.example.com/tile/8/0/009" }),
    );
  });

  test.each([0, 44 * 32 - 1, 44 * 32 + 1, 256 * 32])(
    "%d bytes for 44 hashes are AIRGO_UPSTREAM_MALFORMED",
    async (length) => {
      const client = clientOf(db, { change: () => Buffer.alloc(length) });
      await expect(client.tiles([partial])).rejects.toEqual(coded("AIRGO_UPSTREAM_MALFORMED"));
    },
  );

  test("what the cache has is not asked for, and a full tile serves for a partial one", async () => {
    const tileCache = memoryCache();
    const first = clientOf(db, { tileCache });
    await first.keep(await first.tiles([whole]));
    const second = clientOf(db, { tileCache });
    const tiles = await second.tiles([whole, partial]);
    expect(second.asked).toEqual([]);
    expect(tiles.get(tilePath(partial))).toEqual(db.respond(tilePath(partial)).body);
  });

  test("a cached tile of another size is fetched anew", async () => {
    const tileCache = memoryCache();
    tileCache.kept.set(tilePath(whole), Buffer.alloc(31));
    const client = clientOf(db, { tileCache });
    expect((await client.tiles([whole])).get(tilePath(whole))).toEqual(db.respond(tilePath(whole)).body);
  });

  test("are asked for once in a run, by whomever and however often", async () => {
    const client = clientOf(db);
    const [one, two] = await Promise.all([client.tiles([whole, partial]), client.tiles([partial, whole])]);
    const three = await client.tiles([whole]);
    expect(client.asked).toEqual([tilePath(whole), tilePath(partial)]);
    for (const path of [tilePath(whole), tilePath(partial)]) {
      expect(one.get(path)).toEqual(db.respond(path).body);
      expect(two.get(path)).toEqual(one.get(path));
    }
    expect(three.get(tilePath(whole))).toEqual(one.get(tilePath(whole)));
  });

  test("one that could not be had is asked for again", async () => {
    let isDown = true;
    const client = clientOf(db, { change: (_, body) => (isDown ? undefined : body) });
    await expect(client.tiles([whole])).rejects.toEqual(coded("AIRGO_UPSTREAM_MISSING"));
    isDown = false;
    expect((await client.tiles([whole])).get(tilePath(whole))).toEqual(db.respond(tilePath(whole)).body);
  });

  test("are written to the cache once, and not where they came from it", async () => {
    const cache = memoryCache();
    const written: string[] = [];
    const tileCache = {
      ...cache,
      async put(path: string, data: Buffer) {
        written.push(path);
        await cache.put(path, data);
      },
    };
    const first = clientOf(db, { tileCache });
    await first.keep(await first.tiles([whole]));
    await first.keep(await first.tiles([whole]));
    expect(written).toEqual([tilePath(whole)]);
    const second = clientOf(db, { tileCache });
    await second.keep(await second.tiles([whole]));
    expect(written).toEqual([tilePath(whole)]);
  });

  test("no more requests at a time than the limit", async () => {
    let running = 0;
    let most = 0;
    const client = createChecksumDbClient({
      name: db.name,
      verifierKey: db.verifierKey,
      limit: 2,
      async fetchPath(path) {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return db.respond(path).body;
      },
    });
    await client.tiles([0, 1].flatMap((index) => [16, 32, 256].map((width) => ({ level: 0, index, width }))));
    expect(most).toBe(2);
  });
});
