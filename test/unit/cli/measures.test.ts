import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { parseAge, parseSize } from "../../../src/cli/store/measures.js";

describe("a size", () => {
  test.each([
    ["10GB", 10e9],
    ["500MB", 500e6],
    ["1kB", 1000],
    ["1KB", 1000],
    ["2TB", 2e12],
    ["0B", 0],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseSize(text, "--max-size")).toBe(bytes);
  });

  test.each([
    "",
    "10",
    "GB",
    "10 GB",
    "10gb",
    "10Gb",
    "-1GB",
    "+1GB",
    "1.5GB",
    "1e3MB",
    "10GiB",
    "10GBs",
    "٣GB",
    "999999999TB",
  ])("is not %j", (text) => {
    expect(() => parseSize(text, "--max-size")).toThrow(
      expect.objectContaining({
        code: "AIRGO_USAGE",
        where: "--max-size",
        expected: expect.stringContaining("10GB"),
        found: JSON.stringify(text),
      }),
    );
  });
});

describe("an age", () => {
  test.each([
    ["30d", 30 * 86_400_000],
    ["12h", 12 * 3_600_000],
    ["0d", 0],
  ])("%s is %d milliseconds", (text, ms) => {
    expect(parseAge(text, "--older-than")).toBe(ms);
  });

  test.each([
    "",
    "30",
    "d",
    "30D",
    "30 d",
    "-1d",
    "1w",
    "5m",
    "1h30",
    "30days",
    "toString",
    "999999999999999d",
  ])("is not %j", (text) => {
    expect(() => parseAge(text, "--older-than")).toThrow(
      expect.objectContaining({ code: "AIRGO_USAGE", expected: expect.stringContaining("30d") }),
    );
  });
});

test("whatever is written, it is a whole number that is not negative, or refused", () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^\d{1,16}(?:B|kB|GB|d|h|constructor)$/));
  fc.assert(
    fc.property(text, (text) => {
      for (const parse of [parseSize, parseAge]) {
        try {
          expect(Number.isSafeInteger(parse(text, "--x")) && parse(text, "--x") >= 0).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "AIRGO_USAGE" });
        }
      }
    }),
  );
});
