import { describe, expect, test } from "@jest/globals";

import { checkManifest } from "../../../src/manifest/check-manifest.js";
import { formatDiagnostic } from "../../../src/manifest/diagnostics.js";

import { linesOf, marked } from "./marked.js";

function check(text: string): string[] {
  return linesOf(checkManifest(text, "bundles.yaml").diagnostics.map(formatDiagnostic));
}

/** A list of nine times the same, with an anchor. */
const level = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(of).join(", ")}]`;

const rest = "\nversion: 1\nkits: { a: { go: [stable] } }\n";
const syntax = ": expected valid YAML, found a mistake of syntax; ";

describe("what is wrong with the YAML itself", () => {
  test.each<readonly [string, string | undefined, string]>([
    [
      `sources: [${rest}`,
      "2:1",
      `${syntax}flow sequence in block collection must be sufficiently indented and end with a ]`,
    ],
    ['version: 1\nkits: "a‸', undefined, `${syntax}missing closing "quote`],
    ["version: 1\nkits:\n‸\ta: 1", undefined, `${syntax}tabs are not allowed as indentation`],
    ["version: ‸@1", undefined, `${syntax}plain value cannot start with reserved character @`],
    ["‸? [version]\n: 1", "1:3", `${syntax}a key is a map, a list or an alias`],
    [
      "version: 1\n‸---\nversion: 1",
      undefined,
      `${syntax}there is more than one document; remove what follows ---`,
    ],
    [`sources: ‸!secret {}${rest}`, undefined, `${syntax}a tag that is not known here`],
    [
      `sources: ‸*nothing${rest}`,
      undefined,
      " sources: expected an anchor set before its use, found none of this name",
    ],
    [
      `sources: &a { go: [‸*a] }${rest}`,
      undefined,
      " sources.go.0: expected an alias of something complete, found one of what it is itself part of",
    ],
    [`‸%YAML 1.1\n---${rest}`, undefined, ": expected YAML 1.2, found a %YAML directive of 1.1"],
    [
      `sources: ${"[".repeat(63)}‸[${"]".repeat(64)}${rest}`,
      undefined,
      " sources.0.0: expected at most 64 levels, found more",
    ],
  ])("%#: %j", (withMark, at, said) => {
    const { text, place } = withMark.includes("‸") ? marked(withMark) : { text: withMark, place: "" };
    expect(check(text)[0]).toBe(`${at ?? place}${said}`);
  });

  test("an alias bomb is refused at its first alias", () => {
    const bomb = [
      level("a", "x"),
      level("b", "*a"),
      level("c", "*b"),
      level("d", "*c"),
      level("e", "*d"),
    ].join("\n");
    expect(check(bomb)).toEqual([
      "2:8: expected at most 100 uses of anchors, nested ones multiplied, found more",
    ]);
  });

  test("nesting beyond what the parser bears is a mistake like others", () => {
    expect(check("[".repeat(50_000))[0]).toMatch(/^1:\d+: expected valid YAML/);
    expect(check("{a: ".repeat(50_000))[0]).toMatch(/^1:\d+: expected valid YAML/);
    expect(check("- ".repeat(50_000))[0]).toMatch(/^1:\d+: expected valid YAML/);
    expect(check("? ".repeat(50_000))[0]).toMatch(/^1:\d+: expected valid YAML/);
    const steps = Array.from({ length: 3000 }, (_, level) => `${" ".repeat(level)}a:`).join("\n");
    expect(check(steps)[0]).toMatch(/: expected valid YAML/);
  });

  test("a key that is there twice does not hide other mistakes", () => {
    expect(
      check("version: 1\nversion: 1\nkits: { a: { go: [newest] } }").map((line) =>
        line.split(":", 2).join(":"),
      ),
    ).toEqual(["2:1 version", "3:19 kits.a.go.0"]);
  });
});
