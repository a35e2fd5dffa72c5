import { createHash } from "node:crypto";

import {
  createChecksumDbClient,
  type ChecksumDbClient,
  type TileCache,
} from "../../../src/checksumdb/client.js";
import type { ModuleRecord } from "../../../src/checksumdb/record-book.js";
import { parseTreeHead, type TreeHead } from "../../../src/checksumdb/tree-head.js";
import {
  createFakeChecksumDb,
  type FakeChecksumDb,
  type FakeSwitches,
} from "../../support/fake-checksumdb.js";

export function hashOf(text: string): string {
  return `h1:${createHash("sha256").update(text).digest("base64")}`;
}

/** Adds the record of a module version whose hashes are made up. */
export function addRecord(db: FakeChecksumDb, path: string, version = "v1.0.0"): ModuleRecord {
  const hashes = { h1: hashOf(`${path}@${version}`), goModH1: hashOf(`${path}@${version}/go.mod`) };
  return { path, version, ...hashes, id: db.add(path, version, hashes.h1, hashes.goModH1) };
}

/** A database of `size` records, and the records at some of its numbers. */
export function databaseWith(
  size: number,
  ids: readonly number[],
): { db: FakeChecksumDb; records: ModuleRecord[] } {
  const db = createFakeChecksumDb("sum.example.com", { seed: "a" });
  const records = [...new Set(ids)]
    .sort((a, b) => a - b)
    .map((id) => {
      db.growTo(id);
      return addRecord(db, `example.com/m${id}`);
    });
  db.growTo(size);
  return { db, records };
}

export function headOf(db: FakeChecksumDb, size = db.size, switches: FakeSwitches = {}): TreeHead {
  return parseTreeHead(db.headAt(size, switches), db.verifierKey);
}

export interface TestClient extends ChecksumDbClient {
  /** Every path that was asked for. */
  readonly asked: string[];
}

/** A client of the fake database; `change` may alter what the database answers. */
export function clientOf(
  db: FakeChecksumDb,
  options: {
    readonly switches?: (path: string) => FakeSwitches;
    readonly change?: (path: string, body: Buffer) => Buffer | undefined;
    readonly tileCache?: TileCache;
  } = {},
): TestClient {
  const { switches = () => ({}), change = (_path, body) => body, ...rest } = options;
  const asked: string[] = [];
  const client = createChecksumDbClient({
    name: db.name,
    verifierKey: db.verifierKey,
    ...rest,
    async fetchPath(path) {
      asked.push(path);
      const { status, body } = db.respond(path, switches(path));
      return status === 200 ? change(path, body) : undefined;
    },
  });
  return { ...client, asked };
}

/** A tile cache in memory. */
export function memoryCache(): TileCache & { readonly kept: Map<string, Buffer> } {
  const kept = new Map<string, Buffer>();
  return {
    kept,
    get: async (path) => kept.get(path),
    async put(path, data) {
      kept.set(path, data);
    },
  };
}

/** A copy with one bit changed. */
export function flipped(data: Buffer, bit: number): Buffer {
  const copy = Buffer.from(data);
  const at = Math.floor(bit / 8) % data.length;
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << (bit % 8)), at);
  return copy;
}
