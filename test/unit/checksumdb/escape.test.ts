import { expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { escapePath, escapeVersion, unescapePath, unescapeVersion } from "../../../src/modules/escape.js";
import { isAirgoError } from "../../../src/support/errors.js";
import { vectors } from "../../vectors/vectors.js";

const malformed: unknown = expect.objectContaining({ code: "AIRGO_UPSTREAM_MALFORMED" });

test.each([
  ["github.com/BurntSushi/toml", "github.com/!burnt!sushi/toml"],
  ["example.com/a-b_c.d~x/v2", "example.com/a-b_c.d~x/v2"],
  ["gopkg.in/yaml.v3", "gopkg.in/yaml.v3"],
])("the path %s is written %s", (path, escaped) => {
  expect(escapePath(path)).toBe(escaped);
  expect(unescapePath(escaped)).toBe(path);
});

test.each([
  ["v1.0.0-RC1", "v1.0.0-!r!c1"],
  ["v2.0.0+incompatible", "v2.0.0+incompatible"],
])("the version %s is written %s", (version, escaped) => {
  expect(escapeVersion(version)).toBe(escaped);
  expect(unescapeVersion(escaped)).toBe(version);
});

test.each([
  "",
  "/a",
  "a/",
  "a//b",
  "a/../b",
  "./a",
  "a!b",
  "a b",
  "a\\b",
  "a@b",
  "a%2fb",
  "\u00e9.example",
  "a?b",
  "a\nb",
])("%j is no module path", (path) => expect(() => escapePath(path)).toThrow(malformed));

test.each(["", "v", "1.0.0", "v1/../../x", "v1.0.0!", "v1 0", "v1@2", "latest\n"])(
  "%j is no version",
  (version) => expect(() => escapeVersion(version)).toThrow(malformed),
);

test.each(["github.com/Burnt", "a!", "a!!b", "a!1", "a!B"])("%j is not escaped rightly", (escaped) =>
  expect(() => unescapePath(escaped)).toThrow(malformed),
);

test("escaping loses nothing, and leaves no capital", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_~-]{1,9}(\/[A-Za-z0-9_~-]{1,9}){0,3}$/), (path) => {
      const escaped = escapePath(path);
      expect(escaped).not.toMatch(/[A-Z]/);
      expect(unescapePath(escaped)).toBe(path);
    }),
  );
});

test("no text is escaped in two ways, and none is read that is not", () => {
  const unit = fc.constantFrom(..."abcABC019.-_~/!+ v@\u00e9".split(""));
  const text = fc.oneof(fc.string({ unit, maxLength: 12 }), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(text, (text) => {
      expect([undefined, text]).toContain(outcomeOf(() => escapePath(unescapePath(text))));
      expect([undefined, text]).toContain(outcomeOf(() => escapeVersion(unescapeVersion(text))));
      expect([undefined, text]).toContain(outcomeOf(() => unescapePath(escapePath(text))));
      expect([undefined, text]).toContain(outcomeOf(() => unescapeVersion(escapeVersion(text))));
    }),
    { numRuns: 1000 },
  );
});

const { paths, versions, escapedPaths, escapedVersions } = vectors("escapes");

test.each([
  ["escapePath", escapePath, paths],
  ["escapeVersion", escapeVersion, versions],
  ["unescapePath", unescapePath, escapedPaths],
  ["unescapeVersion", unescapeVersion, escapedVersions],
])("%s answers as golang.org/x/mod/module does, where that answers", (_, rule, answers) => {
  const there = answers.filter(([, answer]) => answer !== null);
  expect(there.length).toBeGreaterThan(20);
  expect(there.map(([asked]) => [asked, outcomeOf(() => rule(asked))])).toEqual(there);
});

/** Undefined for what is refused. */
function outcomeOf(work: () => string): string | undefined {
  try {
    return work();
  } catch (error) {
    if (isAirgoError(error) && error.code === "AIRGO_UPSTREAM_MALFORMED") return undefined;
    throw error;
  }
}
