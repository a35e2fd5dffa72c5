import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { matchPattern } from "../../../src/manifest/private-sources.js";
import { matchesPrefixPatterns } from "../../../src/modules/private-patterns.js";
import { askGoProgram } from "../../support/go-program.js";
import { testWhen } from "../../support/tools.js";

const program = `package main

import (
	"encoding/json"
	"os"
	"path"
	"strings"

	"golang.org/x/mod/module"
)

func main() {
	var questions []struct {
		Patterns []string
		Path     string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	type answer struct{ Matched, WellFormed bool }
	answers := []answer{}
	for _, q := range questions {
		wellFormed := true
		for _, pattern := range q.Patterns {
			_, err := path.Match(pattern, "")
			wellFormed = wellFormed && err == nil
		}
		answers = append(answers, answer{module.MatchPrefixPatterns(strings.Join(q.Patterns, ","), q.Path), wellFormed})
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
`;

interface Question {
  readonly patterns: string[];
  readonly path: string;
}

const vectors: readonly (readonly [pattern: string, path: string, matches: boolean])[] = [
  ["git.corp.example", "git.corp.example", true],
  ["git.corp.example", "git.corp.example/team/lib", true],
  ["git.corp.example/", "git.corp.example/team/lib", true],
  ["git.corp.example", "git.corp.example.evil/lib", false],
  ["git.corp.example/*", "git.corp.example", false],
  ["git.corp.example/*", "git.corp.example/team", true],
  ["git.corp.example/*", "git.corp.example/team/lib/v2", true],
  ["git.corp.example/*/lib", "git.corp.example/team/lib/v2", true],
  ["git.corp.example/*/lib", "git.corp.example/team/other", false],
  ["*.corp.example", "git.corp.example/lib", true],
  ["*.corp.example", "corp.example/lib", false],
  ["*.corp.example", "a/b.corp.example", false],
  ["git?.corp.example", "git1.corp.example/x", true],
  ["git[12].corp.example", "git2.corp.example/x", true],
  ["git[^12].corp.example", "git3.corp.example/x", true],
  ["git[^12].corp.example", "git2.corp.example/x", false],
  ["git\\.corp", "git.corp/x", true],
  ["Git.corp", "git.corp/x", false],
  ["a*b*c", "aXbYbZc", true],
  // A class may match a slash, and a piece is never tried at a later place.
  ["*a[^q]b*c", "aXba/bc", false],
  ["a[^q]b/c", "a/b/c", false],
  ["", "a", false],
  ["/", "a", false],
  ["[", "[", false],
  ["a[", "b", false],
  ["a[]b]", "ab", false],
  ["a[^]b]", "ac", false],
  ["a[b-]", "ab", false],
  ["a\\", "a", false],
];

const glyph = fc.constantFrom(..."a a b . / * ? [ ] ^ - \\".split(" "), "é", "\u{1f511}");
const glob = fc.oneof(
  fc.array(glyph, { maxLength: 9 }).map((parts) => parts.join("")),
  fc
    .array(fc.constantFrom("a", "b", ".", "/", "*", "?", "[ab]", "[^a]", "[a-b]", "[^/]", "\\*", "-"), {
      maxLength: 7,
    })
    .map((parts) => parts.join("")),
);
const path = fc
  .array(fc.constantFrom("a", "b", "a", ".", "/", "-"), { maxLength: 9 })
  .map((parts) => parts.join(""));
/** A path, and a glob made of its beginning: most of these match. */
const akin = fc
  .tuple(
    path,
    fc.array(fc.constantFrom("", "", "", "*", "?", "[ab]", "[^a]", "[a-b]", "\\", "*?"), { maxLength: 9 }),
  )
  .map(([name, changes]) => ({
    patterns: [
      changes
        .map((change, i) => (change === "\\" || change === "" ? change + (name[i] ?? "") : change))
        .join(""),
    ],
    path: name,
  }));

const questions: Question[] = [
  ...vectors.map(([pattern, name]) => ({ patterns: [pattern], path: name })),
  ...fc.sample(fc.record({ patterns: fc.array(glob, { maxLength: 2 }), path }), 15_000),
  ...fc.sample(akin, 15_000),
];
const answers = askGoProgram({ main: program }, questions) as
  | { Matched: boolean; WellFormed: boolean }[]
  | undefined;

describe("patterns of private modules", () => {
  test.each(vectors)("%j on %j: %j", (pattern, name, matches) => {
    expect(matchesPrefixPatterns([pattern], name)).toBe(matches);
  });

  test("match when any of them does, and none matches nothing", () => {
    expect(matchesPrefixPatterns(["a.example", "b.example"], "b.example/x")).toBe(true);
    expect(matchesPrefixPatterns(["a.example", "b.example"], "c.example/x")).toBe(false);
    expect(matchesPrefixPatterns([], "a.example")).toBe(false);
  });

  test("are decided on quickly, however many stars they have", () => {
    const stars = "*a".repeat(2_000);
    expect(matchesPrefixPatterns([`${stars}b`], "a".repeat(4_000))).toBe(false);
  });

  testWhen(answers !== undefined, "go on PATH", "match what Go's GOPRIVATE matches", () => {
    expect(answers?.filter(({ Matched }) => Matched).length).toBeGreaterThan(1_000);
    const differing = questions.filter(
      ({ patterns, path: name }, index) =>
        matchesPrefixPatterns(patterns, name) !== answers?.[index]?.Matched,
    );
    expect(differing).toEqual([]);
  });

  testWhen(
    answers !== undefined,
    "go on PATH",
    "are well-formed to Go where the manifest accepts them",
    () => {
      const accepted = questions.flatMap(({ patterns }, index) =>
        patterns.length > 0 && patterns.every((pattern) => matchPattern.test(pattern)) ? [index] : [],
      );
      expect(accepted.length).toBeGreaterThan(500);
      expect(accepted.filter((index) => answers?.[index]?.WellFormed !== true)).toEqual([]);
    },
  );
});
