import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

import { isAirgoError } from "../support/errors.js";
import { asDiskError } from "../support/files.js";
import { sortedBy } from "../support/order.js";
import type { Findings } from "./findings.js";
import type { PartGatherer } from "./parts.js";
import { createDigests, readPieces, type Digests } from "./regular-file.js";
import type { SumsOptions } from "./sums-step.js";
import { tapped } from "./tapped.js";

export interface UnpackedOptions extends SumsOptions {
  readonly withSm3: boolean;
  /** Told of what is no plain file or folder. */
  readonly findings: Findings;
  /** Shown each file that should be there. */
  readonly visitor: Pick<PartGatherer, "visit"> | undefined;
}

/** A file of an unpacked kit. */
export interface UnpackedFile extends Digests {
  readonly size: number;
  readonly mode: undefined;
}

/**
 * Reads an unpacked kit. No link is followed, and no folder is entered that holds none of the expected files.
 * @param expected the paths of the kit's files
 * @returns every file that lies there; of one that is not expected nothing is read
 */
export async function readUnpacked(
  folder: string,
  expected: ReadonlySet<string>,
  options: UnpackedOptions,
): Promise<Map<string, UnpackedFile>> {
  const folders = new Set([...expected].flatMap(foldersAbove));
  const found = new Map<string, UnpackedFile>();
  const waiting = [""];
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error: unknown) => {
      throw asDiskError(error, join(folder, below));
    });
    for (const entry of sortedBy(entries, ({ name }) => name)) {
      options.signal.throwIfAborted();
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory() && folders.has(path)) waiting.push(path);
      else if (entry.isFile() && expected.has(path)) found.set(path, await readOne(folder, path, options));
      else options.findings.add("AIRGO_ARCHIVE_INVALID", JSON.stringify(path), problemOf(entry));
    }
  }
  return found;
}

function problemOf(entry: { isFile(): boolean; isDirectory(): boolean }): string {
  if (entry.isFile()) return "it is not listed";
  return entry.isDirectory() ? "a folder that is none of the kit's" : "it is a link, a pipe or a device";
}

async function readOne(
  folder: string,
  path: string,
  { signal, onBytes, withSm3, visitor, findings }: UnpackedOptions,
): Promise<UnpackedFile> {
  const file = join(folder, path);
  const pair = createDigests(withSm3);
  const { size } = await lstat(file);
  const pieces = tapped(readPieces(file, signal), (piece) => {
    pair.update(piece);
    onBytes(piece.length);
  });
  try {
    await visitor?.visit(path, size, pieces);
    for await (const _ of pieces);
  } catch (error) {
    if (!isAirgoError(error) || error.exitCode !== 8) throw error;
    findings.addError(error, path);
  }
  return { ...pair.digests(), size, mode: undefined };
}

/** `a/b/c` lies in `a` and `a/b`. */
function foldersAbove(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
