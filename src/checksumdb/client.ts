import pLimit from "p-limit";

import { escapePath, escapeVersion } from "../modules/escape.js";
import { AirgoError } from "../support/errors.js";
import { parseLookup, type RecordedHashes } from "./lookup.js";
import { hashSize, tilePath, tileWidth, type Tile } from "./tiles.js";
import { parseTreeHead, type TreeHead } from "./tree-head.js";

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
  readonly limit: number;
  readonly tileCache: TileCache;
}

/** The three questions that a checksum database answers (https://go.dev/ref/mod#checksum-database). */
export interface ChecksumDbClient {
  /** The newest signed tree head. Throws AIRGO_SUMDB_SIGNATURE. */
  latest(): Promise<TreeHead>;
  /**
   * What the database says of a version; not proven yet.
   * @throws AIRGO_UPSTREAM_MISSING when it does not know the version, AIRGO_SUMDB_RECORD
   */
  lookup(path: string, version: string): Promise<RecordedHashes & { readonly id: number }>;
  /** Tiles by path; not proven yet. A partial tile that is gone is cut from the full one. */
  tiles(wanted: readonly Tile[]): Promise<Map<string, Buffer>>;
  /** Remembers tiles that were proven. */
  keep(tiles: ReadonlyMap<string, Buffer>): Promise<void>;
}

export function createChecksumDbClient(options: ChecksumDbClientOptions): ChecksumDbClient {
  const { name, verifierKey, fetchPath, tileCache } = options;
  const limit = pLimit(options.limit);

  async function required(path: string, subject: string): Promise<Buffer> {
    const data = await limit(() => fetchPath(path));
    if (data !== undefined) return data;
    throw new AirgoError("AIRGO_UPSTREAM_MISSING", {
      what: `the checksum database does not know ${subject}`,
      where: `${name}/${path}`,
      hint: "check the name and version; a private module is not in the public database",
    });
  }

  async function fetchTile(tile: Tile): Promise<Buffer> {
    const path = tilePath(tile);
    const cached = await tileCache.get(path);
    if (cached?.length === tile.width * hashSize) return cached;
    const partial = tile.width < tileWidth ? await limit(() => fetchPath(path)) : undefined;
    const data = partial ?? (await required(tilePath({ ...tile, width: tileWidth }), path));
    if (data.length < tile.width * hashSize) throw tooShort(path, data.length);
    return data.subarray(0, tile.width * hashSize);
  }

  return {
    latest: async () => parseTreeHead((await required("latest", "its own tree head")).toString("utf8"), verifierKey),
    async lookup(path, version) {
      const subject = `${path}@${version}`;
      const answer = await required(`lookup/${escapePath(path)}@${escapeVersion(version)}`, subject);
      return parseLookup(answer.toString("utf8"), path, version);
    },
    async tiles(wanted) {
      const fetched = await Promise.all(wanted.map(async (tile) => [tilePath(tile), await fetchTile(tile)] as const));
      return new Map(fetched);
    },
    async keep(tiles) {
      await Promise.all(
        [...tiles].map(async ([path, data]) => {
          if ((await tileCache.get(path)) === undefined) await tileCache.put(path, data);
        }),
      );
    },
  };
}

function tooShort(path: string, found: number): AirgoError {
  return new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
    what: "a tile of the checksum database is too short",
    where: path,
    found: `${found} bytes`,
    hint: "take another proxy, and report this",
  });
}
