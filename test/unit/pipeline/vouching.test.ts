import { describe, expect, test } from "@jest/globals";

import type { Lock, LockedModule } from "../../../src/lock/schema.js";
import { goModHash } from "../../../src/modules/dirhash.js";
import { keyOf, type ModuleVersion } from "../../../src/modules/module-version.js";
import { createVouching, type Vouching } from "../../../src/pipeline/vouching.js";
import { AirgoError } from "../../../src/support/errors.js";
import { sampleLock } from "../lock/locks.js";

const open: ModuleVersion = { path: "a.b/open", version: "v1.0.0" };
const secret: ModuleVersion = { path: "corp.example/secret", version: "v1.0.0" };
const goMod = Buffer.from("module corp.example/secret\n");
const isPrivate = (path: string): boolean => path.startsWith("corp.example/");
const refuse = (): Promise<never> => Promise.reject(new Error("not asked for"));
const object = { sha256: "0".repeat(64), size: 1 };

function lockWith(...modules: LockedModule[]): Lock {
  return { ...sampleLock(), modules };
}
/** What a lock knows of a version: with a record it was public when the lock was made. */
function locked({ path, version }: ModuleVersion, record?: number): LockedModule {
  const hashes = { h1: "h1:locked zip", goModH1: "h1:locked mod", mod: object, zip: object };
  return { path, version, ...hashes, ...(record === undefined ? {} : { record }) };
}

/** A vouching, and everything that it asked. */
function over(lock?: Lock): { vouching: Vouching; asked: string[] } {
  const asked: string[] = [];
  const files = {
    info: refuse,
    raw: refuse,
    keepMod: refuse,
    keepZip: refuse,
    async readMod(module: ModuleVersion) {
      asked.push(`read ${keyOf(module)}`);
      return goMod;
    },
    async pinZip(module: ModuleVersion) {
      asked.push(`pin ${keyOf(module)}`);
      return { id: object, h1: "h1:served zip" };
    },
  };
  const book = {
    async of({ path, version }: ModuleVersion) {
      asked.push(`book ${path}@${version}`);
      if (path.startsWith("corp.example/"))
        throw new AirgoError("AIRGO_UPSTREAM_MISSING", { what: "unknown" });
      return { path, version, h1: "h1:recorded zip", goModH1: "h1:recorded mod", id: 7 };
    },
  };
  return { vouching: createVouching({ files, isPrivate }, book, lock), asked };
}

describe("a public version", () => {
  test("must be what the checksum database records", async () => {
    const { vouching, asked } = over();
    expect(vouching.isPrivate(open.path)).toBe(false);
    expect(await vouching.goMod(open)).toEqual({ goModH1: "h1:recorded mod", record: 7 });
    expect(await vouching.zip(open)).toBe("h1:recorded zip");
    expect(asked).toEqual(["book a.b/open@v1.0.0", "book a.b/open@v1.0.0"]);
  });

  test.each([
    ["as public", locked(open, 3)],
    ["as private: it no longer is", locked(open)],
  ])("that the lock knows %s still must be that", async (_, module) => {
    const { vouching } = over(lockWith(module));
    expect(await vouching.goMod(open)).toEqual({ goModH1: "h1:recorded mod", record: 7 });
    expect(await vouching.zip(open)).toBe("h1:recorded zip");
  });

  test("that the checksum database does not know is refused, and nobody else is asked", async () => {
    const book = { of: () => Promise.reject(new AirgoError("AIRGO_UPSTREAM_MISSING", { what: "unknown" })) };
    const files = {
      info: refuse,
      raw: refuse,
      keepMod: refuse,
      keepZip: refuse,
      readMod: refuse,
      pinZip: refuse,
    };
    const vouching = createVouching({ files, isPrivate: () => false }, book, undefined);
    await expect(vouching.zip(open)).rejects.toMatchObject({ code: "AIRGO_UPSTREAM_MISSING" });
    await expect(vouching.goMod(open)).rejects.toMatchObject({ code: "AIRGO_UPSTREAM_MISSING" });
  });
});

describe("a private version", () => {
  test("that no lock knows is pinned to what its source serves; the database never hears of it", async () => {
    const { vouching, asked } = over();
    expect(vouching.isPrivate(secret.path)).toBe(true);
    expect(await vouching.goMod(secret)).toEqual({ goModH1: goModHash(goMod), record: undefined });
    expect(await vouching.zip(secret)).toBe("h1:served zip");
    expect(asked).toEqual(["read corp.example/secret@v1.0.0", "pin corp.example/secret@v1.0.0"]);
  });

  test("that the lock knows must be what it says, and nobody is asked", async () => {
    const { vouching, asked } = over(lockWith(locked(secret)));
    expect(await vouching.goMod(secret)).toEqual({ goModH1: "h1:locked mod", record: undefined });
    expect(await vouching.zip(secret)).toBe("h1:locked zip");
    expect(asked).toEqual([]);
  });

  test("of which the lock knows the go.mod only has a zip as its source serves it", async () => {
    const { h1: _h1, zip: _zip, ...modOnly } = locked(secret);
    const { vouching } = over(lockWith(modOnly));
    expect(await vouching.goMod(secret)).toEqual({ goModH1: "h1:locked mod", record: undefined });
    expect(await vouching.zip(secret)).toBe("h1:served zip");
  });

  test("that the lock knows as public and that has become private stays what is locked: nobody may slip in another", async () => {
    const known = locked(secret, 3);
    const { vouching, asked } = over(lockWith(known));
    expect(await vouching.goMod(secret)).toEqual({ goModH1: known.goModH1, record: undefined });
    expect(await vouching.zip(secret)).toBe(known.h1);
    expect(asked).toEqual([]);
  });

  test("another version of a locked module is not the locked one", async () => {
    const { vouching } = over(lockWith(locked(secret)));
    expect(await vouching.zip({ ...secret, version: "v1.0.1" })).toBe("h1:served zip");
  });
});
