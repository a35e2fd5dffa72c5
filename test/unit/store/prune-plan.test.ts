import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { isYoung, planPrune, youngFor, type PruneRules } from "../../../src/store/upkeep/prune-plan.js";
import type { StoredObject } from "../../../src/store/upkeep/stored-objects.js";

const now = 1_900_000_000_000;
const hour = 3_600_000;
const day = 24 * hour;

const hexDigits = fc.integer({ min: 0, max: 255 }).map((n) => n.toString(16).padStart(2, "0").repeat(32));
const age = fc.oneof(
  fc.integer({ min: -day, max: 100 * day }),
  fc.constantFrom(0, youngFor - 1, youngFor, youngFor + 1, 30 * day, 30 * day + 1),
);
const objectArbitrary = fc
  .record({ sha256: hexDigits, size: fc.integer({ min: 0, max: 1000 }), age, isLocked: fc.boolean() })
  .map(({ sha256, size, age, isLocked }) => ({ sha256, size, file: sha256, usedAt: now - age, isLocked }));
type Item = StoredObject & { readonly isLocked: boolean };

const objectsArbitrary = fc.uniqueArray(objectArbitrary, { selector: ({ sha256 }) => sha256, maxLength: 30 });
const rulesArbitrary: fc.Arbitrary<PruneRules<Item>> = fc.record({
  now: fc.constant(now),
  isKept: fc.constant(({ isLocked }: Item) => isLocked),
  olderThan: fc.option(fc.integer({ min: 0, max: 90 * day }), { nil: undefined }),
  maxSize: fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined }),
  otherBytes: fc.integer({ min: 0, max: 2000 }),
});

function sizeOf(objects: readonly StoredObject[]): number {
  return objects.reduce((sum, { size }) => sum + size, 0);
}

function holds(check: (objects: Item[], rules: PruneRules<Item>) => void): void {
  fc.assert(fc.property(objectsArbitrary, rulesArbitrary, check), { numRuns: 500 });
}

describe("whatever a store holds and whatever is asked", () => {
  test("nothing locked and nothing young is freed", () => {
    holds((objects, rules) => {
      for (const { object } of planPrune(objects, rules).free) {
        expect(object.isLocked).toBe(false);
        expect(now - object.usedAt).toBeGreaterThanOrEqual(hour);
      }
    });
  });

  test("each object is freed once, and the bytes that stay are told right", () => {
    holds((objects, rules) => {
      const { free, bytesLeft } = planPrune(objects, rules);
      expect(new Set(free.map(({ object }) => object)).size).toBe(free.length);
      const freed = sizeOf(free.map(({ object }) => object));
      expect(bytesLeft).toBe(rules.otherBytes + sizeOf(objects) - freed);
    });
  });

  test("the size is met, unless only what is locked or young is left", () => {
    holds((objects, rules) => {
      const { free, bytesLeft } = planPrune(objects, rules);
      if (rules.maxSize === undefined || bytesLeft <= rules.maxSize) return;
      const freed = new Set(free.map(({ object }) => object));
      const left = objects.filter((object) => !freed.has(object));
      expect(left.every((object) => object.isLocked || isYoung(object, now))).toBe(true);
    });
  });

  test("no more is freed for the size than has to be, and what is used least goes first", () => {
    holds((objects, rules) => {
      const { free, bytesLeft } = planPrune(objects, rules);
      const forSize = free.filter(({ why }) => why === "size").map(({ object }) => object);
      const last = forSize.at(-1);
      if (last === undefined) return;
      expect(bytesLeft + last.size).toBeGreaterThan(rules.maxSize ?? Number.NaN);
      const freed = new Set(free.map(({ object }) => object));
      const left = objects.filter(
        (object) => !freed.has(object) && !object.isLocked && !isYoung(object, now),
      );
      for (const object of left) expect(object.usedAt).toBeGreaterThanOrEqual(last.usedAt);
    });
  });

  test("all that is older than asked is freed, but what is locked or young", () => {
    holds((objects, rules) => {
      const freed = new Set(planPrune(objects, rules).free.map(({ object }) => object));
      const { olderThan } = rules;
      for (const object of objects) {
        if (olderThan === undefined || now - object.usedAt <= olderThan) continue;
        expect(freed.has(object)).toBe(!object.isLocked && !isYoung(object, now));
      }
    });
  });

  test("nothing is freed when no rule asks for it, and the order of the listing does not matter", () => {
    holds((objects, rules) => {
      expect(planPrune(objects, { ...rules, olderThan: undefined, maxSize: undefined }).free).toEqual([]);
      expect(planPrune(objects.toReversed(), rules)).toEqual(planPrune(objects, rules));
    });
  });
});

test("what would have gone is told, with what holds it back", () => {
  const object = (name: string, age: number): StoredObject => ({
    sha256: name.repeat(64),
    size: 10,
    file: name,
    usedAt: now - age,
  });
  const objects = [object("a", 40 * day), object("b", 35 * day), object("c", 1), object("d", 2 * day)];
  const plan = planPrune(objects, {
    now,
    isKept: ({ file }) => file === "a",
    olderThan: 30 * day,
    maxSize: 25,
    otherBytes: 1,
  });
  expect(plan.free).toEqual([
    { object: objects[1], why: "age" },
    { object: objects[3], why: "size" },
  ]);
  expect(plan.bytesLeft).toBe(21);
  expect(plan.spared).toEqual({ kept: [objects[0]], young: [] });
  const tight = planPrune(objects, { now, isKept: () => false, maxSize: 0, otherBytes: 1 });
  expect(tight.spared.young).toEqual([objects[2]]);
  expect(tight.bytesLeft).toBe(11);
});
