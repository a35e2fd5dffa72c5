import { describe, expect, test } from "@jest/globals";

import { createCollisionCheck, filePathFault, foldCase } from "../../../src/modules/zip-names.js";

describe("filePathFault", () => {
  test.each([
    "a",
    "a/b.go",
    ".github/x",
    "a b",
    "a!#$%&()+,-.=@[]^_{}~",
    "\u{e9}t\u{e9}/\u{4e2d}.go",
    "console.go",
    "a~1",
  ])("accepts %j", (path) => expect(filePathFault(path)).toBeUndefined());

  test.each([
    "",
    "/a",
    "a//b",
    "a/",
    ".",
    "..",
    "../a",
    "a/../b",
    "a/.../b",
    "a.",
    "a\\b",
    "a:b",
    "a\nb",
    "a\tb",
    "a*b",
    "a'b",
    "con",
    "a/Nul.txt",
    "com1.go/x",
    "a\u{202e}b",
    "a\u{a0}b",
    "a\u{85}b",
  ])("refuses %j", (path) => expect(filePathFault(path)).toEqual(expect.any(String)));
});

describe("foldCase", () => {
  test.each([
    ["README.md", "readme.MD"],
    ["\u{c9}", "\u{e9}"],
    ["\u{212a}", "k"],
    ["\u{17f}", "S"],
    ["\u{3c2}", "\u{3a3}"],
    ["\u{1e9e}", "\u{df}"],
  ])("%j and %j are the same", (a, b) => expect(foldCase(a)).toBe(foldCase(b)));

  test.each([
    ["\u{df}", "ss"],
    ["\u{131}", "i"],
    ["\u{130}", "i"],
    ["\u{fb01}", "fi"],
  ])("%j and %j differ: simple folding only", (a, b) => expect(foldCase(a)).not.toBe(foldCase(b)));
});

const faultOf = (...paths: string[]): string | undefined => {
  const check = createCollisionCheck();
  return paths
    .map((path) => check(path.replace(/\/$/, ""), path.endsWith("/")))
    .find((fault) => fault !== undefined);
};

describe("createCollisionCheck", () => {
  test("accepts files beside each other, and a folder before and after its files", () => {
    expect(faultOf("a/", "a/b", "a/c", "d/e", "d/")).toBeUndefined();
  });

  test.each([
    ["twice", ["a", "a"]],
    ["case only", ["a/b", "a/B"]],
    ["case only", ["a/b", "A/c"]],
    ["both a file and a folder", ["a", "a/b"]],
    ["both a file and a folder", ["a/b", "a"]],
  ])("finds %s: %j", (fault, paths) => expect(faultOf(...paths)).toContain(fault));

  test("takes a name of any depth", () => {
    expect(faultOf(`${"a/".repeat(32_000)}b`)).toBeUndefined();
    expect(faultOf("A/b", `${"a/".repeat(32_000)}b`)).toContain("case only");
  });

  test("bounds the folders that names may make up, which take memory", () => {
    const check = createCollisionCheck();
    const faults = Array.from({ length: 300 }, (_, index) => check(`${index}/${"a/".repeat(2000)}b`, false));
    expect(faults.slice(0, 190).every((fault) => fault === undefined)).toBe(true);
    expect(faults.at(-1)).toContain("more than 400000 files and folders");
  });
});
