import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";

import { gorootRefs } from "../../golang/listing-goroot.js";
import { lockedObjects } from "../../lock/locked-objects.js";
import type { Lock } from "../../lock/schema.js";
import { parseLock } from "../../lock/text.js";
import type { NamedObject } from "../../store/upkeep/inventory.js";
import { AirgoError } from "../../support/errors.js";
import { asDiskError, readTextIfThere } from "../../support/files.js";

/**
 * The locks of a folder's manifest, `bundles.lock` and those of its profiles.
 * @returns file names, with the folder
 */
export async function locksIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw asDiskError(error, folder);
  });
  return names
    .filter((name) => /^bundles(?:\..+)?\.lock$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Reads locks.
 * @throws AIRGO_USAGE for one that is not there; AIRGO_LOCK_INVALID: what a lock keeps must not be freed for a slip in it
 */
export async function readLocks(files: readonly string[]): Promise<Lock[]> {
  return Promise.all(
    files.map(async (name) => {
      const file = resolve(name);
      const text = await readTextIfThere(file);
      if (text !== undefined) return parseLock(text, file);
      throw new AirgoError("AIRGO_USAGE", {
        what: "--keep-locked names a lock that is not there",
        where: file,
        expected: "a lock file, as `airgo bundle` writes it",
        hint: "correct the name; without --keep-locked, the locks of the current folder are taken",
      });
    }),
  );
}

/** Tells whether locks name an object; the files of a Go that they name, which answers questions, are kept with it. */
export function keptBy(locks: readonly Lock[]): (object: NamedObject) => boolean {
  const digests = new Set(locks.flatMap(lockedObjects).map(({ sha256 }) => sha256));
  const starts = locks.flatMap(({ toolchains }) => toolchains.map(({ h1 }) => gorootRefs(h1)));
  return ({ sha256, names }) =>
    digests.has(sha256) || names.some((name) => starts.some((start) => name.startsWith(start)));
}
