import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { fit, printable, printableLines, visibleWidth } from "../../../src/cli/reporters/text.js";

describe("visibleWidth", () => {
  test.each([
    ["", 0],
    ["go1.27.3", 8],
    ["cafe\u0301", 4],
    ["漢字", 4],
    ["ｗｉｄｅ", 8],
    ["🚀", 2],
    ["❤\ufe0f", 2],
    ["a\u200bb", 2],
    ["…✓✗", 3],
  ])("%p takes %p columns", (text, width) => expect(visibleWidth(text)).toBe(width));
});

describe("fit", () => {
  test.each([
    ["short", 5, "short"],
    ["golang.org/x/text", 9, "gola…text"],
    ["golang.org/x/text", 8, "gola…ext"],
    ["golang.org/x/text", 1, "…"],
    ["golang.org/x/text", 0, ""],
    ["漢字漢字漢字", 7, "漢…漢字"],
    ["e\u0301e\u0301e\u0301e\u0301", 3, "e\u0301…e\u0301"],
  ])("%p in %p columns is %p", (text, width, fitted) => expect(fit(text, width)).toBe(fitted));

  test("is never wider than asked for", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(40), (text, width) => {
        expect(visibleWidth(fit(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("printable text", () => {
  test.each([
    ["two\nlines", "two lines"],
    ["a\r\n\n  b\t", "a b"],
    ["\u001b[31mred\u0007", "\u{fffd}[31mred\u{fffd}"],
    ["\u009b2J", "\u{fffd}2J"],
    ["exe\u202etxt.go", "exe\u{fffd}txt.go"],
    ["a\u2028b", "a\u{fffd}b"],
    ["https://me:secret@proxy/x?token=1", "https://***@proxy/x?***"],
  ])("%j is printed as %j", (text, safe) => expect(printable(text)).toBe(safe));

  test("keeps lines and their indentation", () => {
    expect(printableLines("one\r\n  two \n\tthree")).toEqual(["one", "  two", "  three"]);
  });
});
