import type { ChecksumDbClient } from "./client.js";

/** A module version with what the checksum database records of it. */
export interface ModuleRecord {
  readonly path: string;
  readonly version: string;
  readonly h1: string;
  readonly goModH1: string;
  /** The record's number in the log. */
  readonly id: number;
}

/** Collects the records that a lock needs; each is looked up once, and not at all when it is known already. */
export interface RecordBook {
  /** @throws AIRGO_UPSTREAM_MISSING when the database does not know the version */
  of(module: { readonly path: string; readonly version: string }): Promise<ModuleRecord>;
}

/** @param known records of an earlier lock: they are proven again with all others */
export function createRecordBook(
  client: Pick<ChecksumDbClient, "lookup">,
  known: Iterable<ModuleRecord>,
): RecordBook {
  const records = new Map<string, Promise<ModuleRecord>>();
  for (const record of known) records.set(`${record.path}@${record.version}`, Promise.resolve(record));
  return {
    of({ path, version }) {
      const key = `${path}@${version}`;
      const found = records.get(key);
      if (found !== undefined) return found;
      const asked = client
        .lookup(path, version)
        .then(({ id, h1, goModH1 }) => ({ path, version, h1, goModH1, id }));
      records.set(key, asked);
      asked.catch(() => records.delete(key));
      return asked;
    },
  };
}
