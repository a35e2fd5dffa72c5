import pLimit from "p-limit";

import { escapePath, escapeVersion } from "../modules/escape.js";
import { once } from "../modules/once.js";
import { AirgoError } from "../support/errors.js";
import { forked } from "./forked.js";
import { parseLookup, type RecordedHashes } from "./lookup.js";
import { hashSize, tilePath, tileWidth, type Tile } from "./tiles.js";
import { parseTreeHead, sizeIn, type TreeHead } from "./tree-head.js";

/** Keeps tiles from run to run. What it gives is proven again, so it needs no trust. */
export interface TileCache {
  get(path: string): Promise<Buffer | undefined>;
  put(path: string, data: Buffer): Promise<void>;
}

export interface ChecksumDbClientOptions {
  readonly name: string;
  readonly verifierKey: string;
  /** GETs a path below the database's address; undefined for 404 and 410. */
  readonly fetchPath: (path: string) => Promise<Buffer | undefined>;
  /** Requests at the same time. */
  readonly limit?: number;
  readonly tileCache?: TileCache;
}

/** The three questions that a checksum database answers (https://go.dev/ref/mod#checksum-database). */
export interface ChecksumDbClient {
  /**
   * The newest signed tree head: as the database says, or a newer one that came with a lookup before, since caches on
   * the way may give old answers to this question.
   * @throws AIRGO_SUMDB_SIGNATURE, AIRGO_SUMDB_PROOF when two heads of one size differ
   */
  latest(): Promise<TreeHead>;
  /**
   * What the database says of a version; not proven yet.
   * @throws AIRGO_UPSTREAM_MISSING when it does not know the version, AIRGO_SUMDB_RECORD, and as `latest`
   */
  lookup(path: string, version: string): Promise<RecordedHashes & { readonly id: number }>;
  /** Tiles by path; not proven yet. A partial tile that is gone is cut from the full one. */
  tiles(wanted: readonly Tile[]): Promise<Map<string, Buffer>>;
  /** Remembers tiles that were proven. */
  keep(tiles: ReadonlyMap<string, Buffer>): Promise<void>;
}

const noCache: TileCache = { get: async () => undefined, put: async () => {} };

export function createChecksumDbClient(options: ChecksumDbClientOptions): ChecksumDbClient {
  const { name, verifierKey, fetchPath, tileCache = noCache } = options;
  const limit = pLimit(options.limit ?? 16);
  const get = (path: string): Promise<Buffer | undefined> => limit(() => fetchPath(path));
  /** Of this run, by path: several ask for the same ones. */
  const fetched = new Map<string, Promise<Buffer>>();
  const stored = new Set<string>();
  let newest: TreeHead | undefined;

  function newestWith(note: string): TreeHead {
    // Lookups bring all kinds of older heads, which nothing here rests on: those are not worth a look.
    if (newest !== undefined && (newest.note === note || sizeIn(note) < newest.size)) return newest;
    const head = parseTreeHead(note, verifierKey);
    if (head.size === newest?.size && !head.root.equals(newest.root)) throw forked(newest, head, head.root);
    if (newest === undefined || head.size > newest.size) newest = head;
    return newest;
  }

  /** A tile that has become full never changes again, and begins with every narrower one. */
  async function fetchTile(tile: Tile): Promise<Buffer> {
    const full = { ...tile, width: tileWidth };
    const candidates = tile.width === tileWidth ? [tile] : [tile, full];
    for (const candidate of candidates) {
      const kept = await tileCache.get(tilePath(candidate));
      if (kept?.length !== candidate.width * hashSize) continue;
      stored.add(tilePath(candidate));
      return kept.subarray(0, tile.width * hashSize);
    }
    for (const candidate of candidates) {
      const data = await get(tilePath(candidate));
      if (data === undefined) continue;
      if (data.length !== candidate.width * hashSize) throw wrongSize(candidate, data.length);
      return data.subarray(0, tile.width * hashSize);
    }
    const path = tilePath(tile);
    throw missing(name, path, path, "the proxy serves the database in part only: take another");
  }

  return {
    async latest() {
      const answer = await get("latest");
      if (answer === undefined) throw missing(name, "latest", "its own tree head", "take another proxy");
      return newestWith(answer.toString("utf8"));
    },
    async lookup(path, version) {
      const place = `lookup/${escapePath(path)}@${escapeVersion(version)}`;
      const answer = await get(place);
      const hint = "check the name and version; a private module is not in the public database";
      if (answer === undefined) throw missing(name, place, `${path}@${version}`, hint);
      const { id, h1, goModH1, headNote } = parseLookup(answer.toString("utf8"), path, version);
      newestWith(headNote);
      return { id, path, version, h1, goModH1 };
    },
    async tiles(wanted) {
      const found = await Promise.all(
        wanted.map(async (tile) => {
          const path = tilePath(tile);
          return [path, await once(fetched, path, () => fetchTile(tile))] as const;
        }),
      );
      return new Map(found);
    },
    async keep(tiles) {
      await Promise.all(
        [...tiles].map(async ([path, data]) => {
          if (stored.has(path)) return;
          stored.add(path);
          await tileCache.put(path, data);
        }),
      );
    },
  };
}

function wrongSize(tile: Tile, found: number): AirgoError {
  return new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
    what: "a tile of the checksum database does not have its size",
    where: tilePath(tile),
    expected: `${tile.width * hashSize} bytes`,
    found: `${found} bytes`,
    hint: "take another proxy, and report this",
  });
}

function missing(name: string, path: string, subject: string, hint: string): AirgoError {
  const what = `the checksum database does not know ${subject}`;
  return new AirgoError("AIRGO_UPSTREAM_MISSING", { what, where: `${name}/${path}`, hint });
}
