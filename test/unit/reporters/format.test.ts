import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import {
  formatAmount,
  formatBytes,
  formatDuration,
  formatRate,
  formatTimeLeft,
  fractionOf,
} from "../../../src/cli/reporters/format.js";

describe("formatBytes", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [12_345, "12.3 kB"],
    [99_949, "99.9 kB"],
    [99_960, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1.00 MB"],
    [187_654_321, "188 MB"],
    [1_500_000_000, "1.50 GB"],
    [1_234_000_000_000, "1234 GB"],
    [-1, "0 B"],
    [Number.NaN, "0 B"],
  ])("%p is %p", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test("never shows more than three digits below a terabyte", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 999e9, noNaN: true }), (bytes) => {
        const [value = ""] = formatBytes(bytes).split(" ");
        expect(value.replace(".", "").length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

describe("formatDuration", () => {
  test.each([
    [0, "0 ms"],
    [850, "850 ms"],
    [999.4, "999 ms"],
    [999.6, "1.0 s"],
    [12_345, "12.3 s"],
    [59_949, "59.9 s"],
    [59_960, "1 min 00 s"],
    [185_000, "3 min 05 s"],
    [3_599_600, "1 h 00 min"],
    [3_900_000, "1 h 05 min"],
    [-5, "0 ms"],
  ])("%p ms is %p", (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe("formatRate and formatTimeLeft", () => {
  test("rates", () => {
    expect(formatRate(12_345_678, "bytes")).toBe("12.3 MB/s");
    expect(formatRate(4.2, "items")).toBe("4.20/s");
  });

  test.each([
    [100, 10, "10 s left"],
    [101, 10, "11 s left"],
    [1850, 10, "3 min 05 s left"],
    [0, 10, undefined],
    [100, 0, undefined],
    [100, -1, undefined],
    [1e12, 1, undefined],
    [Number.NaN, 1, undefined],
  ])("%p at %p per second: %p", (rest, rate, text) => expect(formatTimeLeft(rest, rate)).toBe(text));
});

describe("formatAmount and fractionOf", () => {
  test.each([
    [12_300_000, 45_600_000, "bytes", "12.3 of 45.6 MB"],
    [980_000, 1_200_000, "bytes", "980 kB of 1.20 MB"],
    [5, 900, "bytes", "5 of 900 B"],
    [12_300_000, undefined, "bytes", "12.3 MB"],
    [7, 60, "items", "7 of 60"],
    [7, undefined, "items", "7"],
  ] as const)("%p, %p, %p: %p", (done, total, unit, text) =>
    expect(formatAmount(done, total, unit)).toBe(text),
  );

  test.each([
    [5, 10, 0.5],
    [11, 10, 1],
    [-1, 10, 0],
    [0, 0, 1],
    [5, undefined, undefined],
    [5, Number.NaN, undefined],
  ])("the part %p of %p is %p", (done, total, part) => expect(fractionOf(done, total)).toBe(part));
});
