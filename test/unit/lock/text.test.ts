import { readFileSync } from "node:fs";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { lockPartOf } from "../../../src/lock/draft.js";
import type { Lock } from "../../../src/lock/schema.js";
import { formatLock, parseLock } from "../../../src/lock/text.js";
import { isAirgoError } from "../../../src/support/errors.js";
import { lockArbitrary, sampleLock, shuffled } from "./locks.js";

const invalid = { code: "AIRGO_LOCK_INVALID", where: "bundles.lock", exitCode: 2 };

function caught(text: string): unknown {
  try {
    return parseLock(text, "bundles.lock");
  } catch (error) {
    return error;
  }
}

describe("the text of a lock", () => {
  test("is read back as the same text, whatever is in the lock", () => {
    fc.assert(
      fc.property(lockArbitrary, (lock) =>
        expect(formatLock(parseLock(formatLock(lock), "bundles.lock"))).toBe(formatLock(lock)),
      ),
    );
  });

  test("says all that the lock says", () => {
    fc.assert(
      fc.property(lockArbitrary, (lock) => {
        // Read back, nothing is missing: only orders may differ, and those are one after another shuffling.
        const read = parseLock(formatLock(lock), "bundles.lock");
        expect(read.kits).toEqual(
          parseLock(JSON.stringify(parseLock(formatLock(shuffled(lock)), "x")), "x").kits,
        );
        expect(read.modules).toEqual(expect.arrayContaining([...lock.modules]));
        expect(read.toolchains).toEqual(expect.arrayContaining([...lock.toolchains]));
        expect(Object.keys(read.kits).sort()).toEqual(Object.keys(lock.kits).sort());
      }),
    );
  });

  test("does not depend on the order in which the lock was put together", () => {
    fc.assert(
      fc.property(lockArbitrary, (lock) => expect(formatLock(shuffled(lock))).toBe(formatLock(lock))),
    );
  });

  test("has one line for each toolchain, module and module name", () => {
    const lines = formatLock(sampleLock()).split("\n");
    expect(lines.filter((line) => line.startsWith('    { "version": "1.27.3"'))).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith('    { "path": "example.com/'))).toHaveLength(2);
    expect(lines).toContain('            "example.com/a@v1.0.0"');
    expect(lines.at(-1)).toBe("");
  });

  test("of the sample in this repository is as it would be written", () => {
    const text = readFileSync("bundles.lock", "utf8");
    expect(formatLock(parseLock(text, "bundles.lock"))).toBe(text);
  });
});

test("a whole module without a time is sound: a proxy's .info need not say one", () => {
  const lock = sampleLock();
  delete lock.modules[0]?.time;
  const read = parseLock(formatLock(lock), "bundles.lock");
  expect(read.modules[0]).toMatchObject({ path: "example.com/a", zip: lock.modules[0]?.zip });
  expect(read.modules[0]).not.toHaveProperty("time");
});

describe("the part of a lock for one kit", () => {
  test("is a sound lock itself, in the one order, and its own part", () => {
    fc.assert(
      fc.property(lockArbitrary, (lock) => {
        for (const kit of Object.keys(lock.kits)) {
          const part = lockPartOf(lock, kit);
          expect(Object.keys(part.kits)).toEqual([kit]);
          expect(JSON.stringify(lockPartOf(shuffled(lock), kit))).toBe(JSON.stringify(part));
          expect(formatLock(lockPartOf(parseLock(formatLock(part), "x"), kit))).toBe(formatLock(part));
        }
      }),
    );
  });

  test("carries no zip of what the kit needs the go.mod of only", () => {
    const lock = sampleLock();
    lock.kits["small"] = {
      go: {},
      arch: ["amd64"],
      inputs: [
        {
          name: "go.mod",
          scope: "all",
          files: {},
          modules: [],
          listed: [],
          graph: ["example.com/a@v1.0.0"],
        },
      ],
    };
    expect(lockPartOf(lock, "small")).toMatchObject({ toolchains: [], modules: [{ path: "example.com/a" }] });
    expect(lockPartOf(lock, "small").modules[0]).not.toHaveProperty("zip");
    expect(lockPartOf(lock, "starter").modules[0]).toHaveProperty("zip");
  });

  test.each(["none", "constructor", "toString", "__proto__"])(
    "of a kit %s that is not in it is empty",
    (name) => {
      expect(lockPartOf(sampleLock(), name)).toMatchObject({ toolchains: [], modules: [], kits: {} });
    },
  );
});

describe("a lock that is no lock", () => {
  test.each(["", "{", "null", "[]", "1", '"x"', "{}", "<<<<<<< ours", '{"version":2}'])(
    "%j is refused, with what to do",
    (text) => {
      expect(caught(text)).toMatchObject({ ...invalid, hint: expect.stringContaining("restore") });
    },
  );

  test("of any text is a lock or refused by name", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(isAirgoError(caught(text))).toBe(true);
      }),
    );
  });

  test("names every mistake at once", () => {
    const lock = JSON.parse(formatLock(sampleLock())) as Record<string, unknown>;
    const error = caught(JSON.stringify({ ...lock, serial: 0, more: 1, modules: [{ path: 1 }] }));
    for (const word of ["serial", "more", "modules[0].path"])
      expect(error).toMatchObject({ ...invalid, message: expect.stringContaining(word) });
  });

  test.each<[string, (lock: Lock) => void]>([
    [
      "a digest of capital letters",
      (lock) => void ((lock.modules[0] as { mod: object }).mod = { sha256: "A".repeat(64), size: 1 }),
    ],
    [
      "a negative size",
      (lock) => void ((lock.modules[0] as { mod: object }).mod = { sha256: "a".repeat(64), size: -1 }),
    ],
    [
      "an architecture that kits are not for",
      (lock) => void ((lock.toolchains[0] as { arch: string }).arch = "386"),
    ],
    [
      "a key that this version does not know",
      (lock) => void Object.assign(lock.toolchains[0] ?? {}, { url: "https://x" }),
    ],
  ])("for %s", (_what, change) => {
    const lock = sampleLock();
    change(lock);
    expect(caught(JSON.stringify(lock))).toMatchObject(invalid);
  });
});

test.each<[string, string, (lock: Lock) => void]>([
  [
    "a module twice",
    "example.com/a@v1.0.0 is there twice",
    (lock) => void lock.modules.push(...lock.modules.slice(0, 1)),
  ],
  [
    "a toolchain twice",
    "go1.27.3 for amd64 is there twice",
    (lock) => void lock.toolchains.push(...lock.toolchains.slice(0, 1)),
  ],
  [
    "no toolchain for an architecture",
    "kit starter needs go1.27.3 for arm64, which is not there",
    (lock) => void lock.toolchains.pop(),
  ],
  [
    "no module",
    "kit starter needs example.com/a@v1.0.0 whole, which is not there",
    (lock) => void lock.modules.shift(),
  ],
  [
    "no go.mod",
    "kit starter needs the go.mod of example.com/b@v1.0.0, which is not there",
    (lock) => void lock.modules.pop(),
  ],
  [
    "no go.mod of what is listed",
    "kit starter needs the go.mod of example.com/c@v1.0.0, which is not there",
    (lock) => void lock.kits["starter"]?.inputs[0]?.listed.push("example.com/c@v1.0.0"),
  ],
  [
    "a public module that is carried without its hash",
    "example.com/a@v1.0.0 has no h1",
    (lock) => void delete lock.modules[0]?.h1,
  ],
  [
    "a public go.mod without the hash of its record",
    "example.com/b@v1.0.0 has no h1",
    (lock) => void delete lock.modules[1]?.h1,
  ],
  [
    "a private module that is carried without its hash",
    "example.com/a@v1.0.0 has no h1",
    (lock) => {
      delete lock.modules[0]?.h1;
      delete lock.modules[0]?.record;
    },
  ],
])(
  "a lock with %s, as a careless merge leaves it, is refused: a kit would lack something",
  (_what, sentence, change) => {
    const lock = sampleLock();
    change(lock);
    expect(caught(JSON.stringify(lock))).toMatchObject({
      ...invalid,
      message: expect.stringContaining(sentence),
    });
  },
);
