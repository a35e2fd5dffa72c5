import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { unescapePath, unescapeVersion } from "../modules/escape.js";
import type { HashPool } from "../modules/hash-pool.js";
import { keyOf, type ModuleVersion } from "../modules/module-version.js";
import { isAirgoError } from "../support/errors.js";
import { asDiskError } from "../support/files.js";
import { kitError } from "./findings.js";
import { limits } from "./limits.js";

/** What came of one zip: its `h1:`, or what is wrong with it. */
export type ZipOutcome = { readonly h1: string } | { readonly error: unknown };

/** Inspects zips that stream by: each lies in the private folder for as long as it is inspected. */
export interface ZipRoom {
  /** Takes in a zip; waits while too many are there. */
  take(path: string, size: number, chunks: AsyncIterable<Buffer>): Promise<void>;
  /** Every zip by its path, once all are inspected. */
  outcomes(): Promise<ReadonlyMap<string, ZipOutcome>>;
}

/**
 * @param folder private, and removed by whoever made it
 * @param atOnce how many zips lie in it at most
 */
export function createZipRoom(pool: HashPool, folder: string, atOnce: number): ZipRoom {
  const found = new Map<string, ZipOutcome>();
  const underWay = new Set<Promise<void>>();
  let count = 0;

  async function inspect(path: string, prefix: string, file: string): Promise<void> {
    try {
      const { h1 } = await pool.inspect(file, { prefix, keepEntries: false });
      found.set(path, { h1 });
    } catch (error) {
      found.set(path, { error: asDiskError(error, file) });
    } finally {
      // The whole folder goes in the end.
      await rm(file, { force: true }).catch(() => undefined);
    }
  }

  return {
    async take(path, size, chunks) {
      const module = moduleOfZip(path);
      const problem = module === undefined ? "its name is not one of a module's zip" : sizeProblem(size);
      if (module === undefined || problem !== undefined) {
        const error = kitError("AIRGO_ZIP_INVALID", `the zip is refused: ${problem}`, path);
        found.set(path, { error });
        return;
      }
      while (underWay.size >= atOnce) await Promise.race(underWay);
      const file = join(folder, `${count++}.zip`);
      await pipeline(Readable.from(chunks), createWriteStream(file, { flags: "wx", mode: 0o600 })).catch(
        (error: unknown) => {
          throw asDiskError(error, file);
        },
      );
      const task = inspect(path, `${keyOf(module)}/`, file).finally(() => underWay.delete(task));
      underWay.add(task);
    },
    async outcomes() {
      await Promise.all(underWay);
      return found;
    },
  };
}

function sizeProblem(size: number): string | undefined {
  return size > limits.zip ? `it has more than ${limits.zip} bytes` : undefined;
}

/** The module version whose zip lies at a path below `proxy/`; undefined for any other path. */
function moduleOfZip(path: string): ModuleVersion | undefined {
  const [, escapedPath = "", escapedVersion = ""] = /^proxy\/(.+)\/@v\/([^/]+)\.zip$/.exec(path) ?? [];
  try {
    return { path: unescapePath(escapedPath), version: unescapeVersion(escapedVersion) };
  } catch (error) {
    if (isAirgoError(error)) return undefined;
    throw error;
  }
}
