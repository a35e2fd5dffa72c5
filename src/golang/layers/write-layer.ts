import { createHash } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { readEntry } from "../../modules/zip-content.js";
import { invariant } from "../../support/errors.js";
import { asDiskError, temporaryBeside } from "../../support/files.js";
import { releaseTime } from "./goroot-files.js";
import type { LayerPlan } from "./plan.js";
import { spliceLayer } from "./splice.js";

/** A layer that was written: a line of `kit/layers.tsv`. */
export interface WrittenLayer {
  readonly sha256: string;
  /** Bytes of the tar.gz. */
  readonly size: number;
  readonly files: number;
  /** Bytes of all its files' contents. */
  readonly unpackedBytes: number;
}

const batchBytes = 1 << 20;

/**
 * Writes one layer as tar.gz, whole or not at all (temporary file, rename).
 * @param zips the whole toolchain zips, by architecture; `plan.source` is the one that is read
 * @throws AIRGO_ZIP_INVALID when a zip is not the one that was inspected; AIRGO_DISK
 */
export async function writeLayer(
  plan: LayerPlan,
  zips: ReadonlyMap<string, Buffer>,
  outFile: string,
): Promise<WrittenLayer> {
  const zip = zips.get(plan.source);
  invariant(zip, `no zip for ${plan.source}`);
  const mtime = plan.version === undefined ? 0 : releaseTime(readEntry(zip, plan.version).toString("utf8"));
  const written = await writePieces(spliceLayer(plan.files, zip, mtime), outFile);
  const unpackedBytes = plan.files.reduce((sum, { entry }) => sum + entry.size, 0);
  return { ...written, files: plan.files.length, unpackedBytes };
}

async function writePieces(
  pieces: Iterable<Uint8Array>,
  outFile: string,
): Promise<{ sha256: string; size: number }> {
  const temporary = temporaryBeside(outFile);
  const hash = createHash("sha256");
  let size = 0;
  try {
    await mkdir(dirname(outFile), { recursive: true });
    const handle = await open(temporary, "wx", 0o644);
    try {
      for (const batch of batches(pieces)) {
        // The disk works while this thread hashes.
        const writing = handle.writeFile(batch);
        hash.update(batch);
        size += batch.length;
        await writing;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, outFile);
  } catch (error) {
    await rm(temporary, { force: true });
    throw asDiskError(error, outFile);
  }
  return { sha256: hash.digest("hex"), size };
}

/** The same bytes in fewer pieces. A batch is valid until the next one is asked for. */
function* batches(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const batch = new Uint8Array(batchBytes);
  let used = 0;
  for (const piece of pieces) {
    if (used + piece.length > batchBytes) {
      yield batch.subarray(0, used);
      used = 0;
    }
    if (piece.length > batchBytes) {
      yield piece;
      continue;
    }
    batch.set(piece, used);
    used += piece.length;
  }
  yield batch.subarray(0, used);
}
