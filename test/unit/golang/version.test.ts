import { describe, expect, test } from "@jest/globals";

import { candidates, compareGoVersionTexts, parseGoVersion } from "../../../src/golang/version.js";

describe("parseGoVersion", () => {
  test.each([
    ["1.27.3", { major: 1, minor: 27, patch: 3, pre: undefined }],
    ["1.27", { major: 1, minor: 27, patch: -1, pre: undefined }],
    // Up to 1.20 the first release of a line had no patch level.
    ["1.20", { major: 1, minor: 20, patch: 0, pre: undefined }],
    ["1.27rc2", { major: 1, minor: 27, patch: -1, pre: { kind: "rc", number: 2 } }],
    ["1.9beta1", { major: 1, minor: 9, patch: -1, pre: { kind: "beta", number: 1 } }],
  ])("reads %s", (text, expected) => expect(parseGoVersion(text)).toEqual(expected));

  test.each([
    "",
    "1",
    "go1.27.3",
    "v1.27.3",
    "1.27.",
    "1.27.03",
    "01.27.3",
    "1.27.3.4",
    "1.27.x",
    "1.27rc",
    "1.27rc01",
    "1.27alpha1",
    // Go's own reading refuses a pre-release of a patch, though 1.9.2rc2 is in the list.
    "1.9.2rc2",
    "1.27.3-corp",
    " 1.27.3",
    "1.27.3\n",
    "1.27.3/../x",
    "stable",
  ])("refuses %j", (text) => expect(parseGoVersion(text)).toBeUndefined());
});

test("the order is Go's, not the alphabet's; what is no version comes first", () => {
  const sorted = [
    "junk",
    "1.9",
    "1.9.7",
    "1.10beta2",
    "1.10rc1",
    "1.10",
    "1.10.1",
    "1.21rc2",
    "1.21.0",
    "1.27",
    "1.27beta1",
    "1.27rc1",
    "1.27rc10",
    "1.27.0",
    "1.27.9",
    "1.27.10",
  ];
  expect(sorted.toReversed().sort(compareGoVersionTexts)).toEqual(sorted);
});

const available = [
  "1.9.7",
  "1.10",
  "1.10.8",
  "1.20",
  "1.20.14",
  "1.26.0",
  "1.26.10",
  "1.26.9",
  "1.27rc1",
  "1.27.0",
  "1.27.1",
  "1.28rc1",
  "1.9.2rc2",
  "1.27.3-corp",
  "../1.27.2",
];

describe("candidates", () => {
  test.each([
    ["1.27.1", ["1.27.1"]],
    ["1.27rc1", ["1.27rc1"]],
    ["1.27.x", ["1.27.1", "1.27.0"]],
    ["1.27", ["1.27.1", "1.27.0"]],
    ["1.26.x", ["1.26.10", "1.26.9", "1.26.0"]],
    ["1.20.x", ["1.20.14", "1.20"]],
    ["1.10.x", ["1.10.8", "1.10"]],
    ["1.9.x", ["1.9.7"]],
    ["1.1.x", []],
    ["1.2.x", []],
    ["1.28.x", []],
    ["1.27.2", []],
    ["stable", ["1.27.1", "1.27.0"]],
    ["oldstable", ["1.26.10", "1.26.9", "1.26.0"]],
    ["nonsense", []],
  ])("%s", (range, expected) => expect(candidates(range, available)).toEqual(expected));

  test("one line has no line before", () => {
    expect(candidates("oldstable", ["1.27.0", "1.28rc1"])).toEqual([]);
    expect(candidates("stable", [])).toEqual([]);
  });
});
