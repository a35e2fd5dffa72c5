import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { keptBy, locksIn, readLocks } from "../../../src/cli/store/locks.js";
import { lockedObjects } from "../../../src/lock/locked-objects.js";
import { formatLock } from "../../../src/lock/text.js";
import { h1ToHex } from "../../../src/modules/dirhash.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { scratchFolder } from "../../support/scratch.js";
import { lockArbitrary, sampleLock } from "../lock/locks.js";

const folder = scratchFolder("locks");

/** An object as an inventory tells of it. */
function object(sha256: string, names: readonly string[] = []) {
  return { sha256, size: 1, file: sha256, usedAt: 0, names };
}

test("every digest that stands in a lock as an object's is kept, and no other", () => {
  fc.assert(
    fc.property(lockArbitrary, (lock) => {
      const isKept = keptBy([lock]);
      const named = [...JSON.stringify(lock).matchAll(/\{"sha256":"([0-9a-f]{64})","size":/g)].map(
        ([, sha256 = ""]) => sha256,
      );
      expect(new Set(lockedObjects(lock).map(({ sha256 }) => sha256))).toEqual(new Set(named));
      for (const sha256 of named) expect(isKept(object(sha256))).toBe(true);
      expect(isKept(object(sha256Hex("none of them")))).toBe(false);
    }),
  );
});

test("the files of a locked Go, which the lock does not name, are kept with it", () => {
  const lock = sampleLock();
  const h1 = lock.toolchains[0]?.h1 ?? "";
  const sha256 = sha256Hex("bin/go");
  expect(keptBy([lock])(object(sha256, [`goroots/${h1ToHex(h1)}/bin/go`]))).toBe(true);
  expect(keptBy([lock])(object(sha256, [`goroots/${sha256Hex("another")}/bin/go`]))).toBe(false);
  expect(keptBy([])(object(sha256, [`goroots/${h1ToHex(h1)}/bin/go`]))).toBe(false);
});

test("a folder's locks are those of bundles.yaml and its profiles", async () => {
  const here = join(folder, "here");
  mkdirSync(here);
  for (const name of ["bundles.lock", "bundles.prod.lock", "bundles.yaml", "other.lock", "bundles.lock.orig"])
    writeFileSync(join(here, name), "");
  expect(await locksIn(here)).toEqual([join(here, "bundles.lock"), join(here, "bundles.prod.lock")]);
  mkdirSync(join(folder, "empty"));
  expect(await locksIn(join(folder, "empty"))).toEqual([]);
});

test("a lock that is not there, or cannot be read, is an error: nothing may be freed for a slip", async () => {
  const file = join(folder, "a.lock");
  await expect(readLocks([file])).rejects.toMatchObject({ code: "AIRGO_USAGE", where: file });
  writeFileSync(file, "{}");
  await expect(readLocks([file])).rejects.toMatchObject({ code: "AIRGO_LOCK_INVALID" });
  writeFileSync(file, formatLock(sampleLock()));
  expect(await readLocks([file])).toHaveLength(1);
});
