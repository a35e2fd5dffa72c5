import type { Dirent, Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

import { hasSystemCode } from "../../support/errors.js";
import { asDiskError } from "../../support/files.js";

/** What lies in a folder, by name; nothing for one that is not there, or goes while it is looked at. */
export async function entriesIn(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (hasSystemCode(error, "ENOENT", "ENOTDIR")) return [];
    throw asDiskError(error, folder);
  });
  return entries.toSorted((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
}

/** Of the name itself, not of what a link leads to; undefined when it is gone. */
export async function statsOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (hasSystemCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw asDiskError(error, path);
  });
}

/** The bytes of a file, or of all files below a folder; links are not followed. */
export async function bytesBelow(path: string): Promise<number> {
  const stats = await statsOf(path);
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.size;
  let bytes = 0;
  for (const entry of await entriesIn(path)) bytes += await bytesBelow(join(path, entry.name));
  return bytes;
}
