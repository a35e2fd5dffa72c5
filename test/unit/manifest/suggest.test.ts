import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { closest, editDistance } from "../../../src/manifest/suggest.js";

describe("editDistance", () => {
  test.each([
    ["", "", 0],
    ["", "abc", 3],
    ["abc", "", 3],
    ["modules", "modules", 0],
    ["module", "modules", 1],
    ["modulse", "modules", 1],
    ["arhc", "arch", 1],
    ["kitten", "sitting", 3],
  ])("%s to %s is %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test("does not depend on the direction and is no more than the longer word", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance === 0).toBe(a === b);
      }),
    );
  });
});

describe("closest", () => {
  const keys = ["go", "arch", "modules", "sign"];
  test.each([
    ["module", "modules"],
    ["Modules", "modules"],
    ["modulse", "modules"],
    ["archs", "arch"],
    ["architecture", undefined],
    ["sing", "sign"],
    ["gi", "go"],
    ["zz", undefined],
    ["x", undefined],
    ["", undefined],
    ["m".repeat(1_000_000), undefined],
  ])("%.20s is taken for %s", (word, expected) => {
    expect(closest(word, keys)).toBe(expected);
  });

  test("the nearest wins, the first of equals", () => {
    expect(closest("prad", ["proud", "prod", "prid"])).toBe("prod");
  });
});
