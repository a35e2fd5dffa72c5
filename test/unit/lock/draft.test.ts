import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { carriedBy, lockPartOf } from "../../../src/lock/draft.js";
import type { LockedInput, LockedModule } from "../../../src/lock/schema.js";
import { parseLock, formatLock } from "../../../src/lock/text.js";
import { keyOf } from "../../../src/modules/module-version.js";
import { lockArbitrary, sampleLock } from "./locks.js";

const inputOf = (change: Partial<LockedInput>): LockedInput => ({
  name: "go.mod",
  scope: "build",
  files: {},
  modules: [],
  listed: [],
  graph: [],
  ...change,
});

describe("carriedBy", () => {
  test.each([
    ["nothing", [], {}],
    [
      "one input",
      [{ modules: ["a@v1"], listed: ["b@v1"], graph: ["c@v1"] }],
      { a: "whole", b: "listed", c: "mod" },
    ],
    ["what one lists and another reads", [{ listed: ["a@v1"] }, { graph: ["a@v1"] }], { a: "listed" }],
    ["what one reads and another lists", [{ graph: ["a@v1"] }, { listed: ["a@v1"] }], { a: "listed" }],
    [
      "what one carries and others do not",
      [{ graph: ["a@v1"] }, { modules: ["a@v1"] }, { listed: ["a@v1"] }],
      { a: "whole" },
    ],
  ])("of %s: the most that one needs", (_, inputs, expected) => {
    const carried = carriedBy(inputs.map(inputOf));
    expect(Object.fromEntries([...carried].map(([key, how]) => [key.replace("@v1", ""), how]))).toEqual(
      expected,
    );
  });
});

/** The sample's lock with a kit of these needs beside it, and its part of it. */
function partWith(change: Partial<LockedInput>, modules: readonly LockedModule[] = sampleLock().modules) {
  const lock = sampleLock();
  lock.modules = [...modules];
  lock.kits = { small: { go: {}, arch: ["amd64"], inputs: [inputOf(change)] } };
  return lockPartOf(lock, "small");
}
const [whole, modOnly] = sampleLock().modules as [LockedModule, LockedModule];
const key = keyOf(whole);
/** The same as a private module, of which no database has a record. */
const { record: _record, ...privateWhole } = whole;

describe("the part of a lock cuts a module to what the kit needs of it", () => {
  test("whole: all of it", () => {
    expect(partWith({ modules: [key] }).modules).toEqual([whole]);
  });

  test("listed: no zip, but the time that its .info says; what the database says of it stays", () => {
    const { zip: _zip, ...rest } = whole;
    expect(partWith({ listed: [key] }).modules).toEqual([rest]);
  });

  test("the go.mod alone: no time either", () => {
    const { zip: _zip, time: _time, ...rest } = whole;
    expect(partWith({ graph: [key] }).modules).toEqual([rest]);
  });

  test("not at all: it is left out", () => {
    expect(partWith({ modules: [] }).modules).toEqual([]);
  });

  test.each(["listed", "graph"] as const)(
    "of a private one that is in %s no hash of the zip stays",
    (how) => {
      const [module] = partWith({ [how]: [key] }, [privateWhole]).modules;
      expect(module).toMatchObject({ path: whole.path, goModH1: whole.goModH1, mod: whole.mod });
      for (const field of ["h1", "record", "zip"]) expect(module).not.toHaveProperty(field);
      expect(partWith({ modules: [key] }, [privateWhole]).modules).toEqual([privateWhole]);
    },
  );

  test("of two needs the larger counts", () => {
    expect(partWith({ listed: [key], graph: [key] }).modules[0]).toHaveProperty("time");
  });
});

test("patterns of private modules travel with the kits that hold such modules, and no others", () => {
  const lock = sampleLock();
  lock.modules = [privateWhole, modOnly];
  lock.checksumDatabase.notCovered = ["example.com/a", "example.com", "corp.example", "example.com/b"];
  const patternsOf = (kit: string): string[] => lockPartOf(lock, kit).checksumDatabase.notCovered;
  lock.kits = {
    mixed: { go: {}, arch: ["amd64"], inputs: [inputOf({ modules: [key], graph: [keyOf(modOnly)] })] },
    open: { go: {}, arch: ["amd64"], inputs: [inputOf({ graph: [keyOf(modOnly)] })] },
  };
  expect(patternsOf("mixed")).toEqual(["example.com", "example.com/a"]);
  expect(patternsOf("open")).toEqual([]);
});

test("a part holds what its kit names and nothing more, and is a lock that can be read", () => {
  fc.assert(
    fc.property(lockArbitrary, (lock) => {
      for (const [name, kit] of Object.entries(lock.kits)) {
        const part = lockPartOf(lock, name);
        const carried = carriedBy(kit.inputs);
        expect(part.modules.map(keyOf).sort()).toEqual([...carried.keys()].sort());
        for (const module of part.modules)
          expect(module.zip !== undefined).toBe(carried.get(keyOf(module)) === "whole");
        expect(formatLock(parseLock(formatLock(part), "x"))).toBe(formatLock(part));
      }
    }),
  );
});
