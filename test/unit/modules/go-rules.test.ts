import { expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { compareGoVersionTexts, parseGoVersion } from "../../../src/golang/version.js";
import { escapePath, escapeVersion, unescapePath } from "../../../src/modules/escape.js";
import { compareModuleVersions } from "../../../src/modules/semver.js";
import { testWhen } from "../../support/tools.js";
import { vectors } from "../../vectors/vectors.js";
import { askGoRules } from "./go-rules.js";

const identifier = fc.oneof(
  fc.nat(12).map(String),
  fc.constantFrom("rc", "rc1", "rc10", "RC1", "beta", "pre", "0a", "00a", "a-b", "-", "20240102030405"),
  fc.constantFrom("0", "20240102030405-abcdef123456", "99999999999999999999", "100000000000000000000"),
);
const number = fc.oneof(fc.nat(11).map(String), fc.constantFrom("9007199254740993", "9007199254740992"));
const moduleVersion = fc
  .tuple(
    fc.tuple(number, number, number).map((parts) => parts.join(".")),
    fc.option(fc.array(identifier, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."))),
    fc.constantFrom("", "", "+incompatible", "+other"),
  )
  .map(([core, pre, build]) => `v${core}${pre === null ? "" : `-${pre}`}${build}`);

const goVersion = fc
  .tuple(
    fc.constantFrom("1.1", "1.9", "1.10", "1.20", "1.21", "1.22", "1.27", "2.0"),
    fc.oneof(
      fc.constant(""),
      fc.nat(11).map((patch) => `.${patch}`),
    ),
    fc.oneof(
      fc.constant(""),
      fc.constant(""),
      fc.tuple(fc.constantFrom("rc", "beta"), fc.integer({ min: 1, max: 11 })).map(([kind, n]) => kind + n),
    ),
  )
  .map((parts) => parts.join(""));

const element = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9._~-]{1,6}$/),
  fc.constantFrom("Burnt!", "con", "..", "", "a b", "a+b", "\u{e9}", "x.v2", "v2", "~1"),
);
const path = fc
  .tuple(
    fc.constantFrom("example.com", "github.com", "gopkg.in", "Example.com", "nodot"),
    fc.array(element, { maxLength: 3 }),
  )
  .map(([host, rest]) => [host, ...rest].join("/"));
const escapedPath = fc.oneof(
  path,
  path.map((text) => text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`)),
);
const oddVersion = fc.stringMatching(/^v[A-Za-z0-9.!+~/-]{1,5}$/);

const questions = {
  moduleOrder: fc.sample(fc.tuple(moduleVersion, moduleVersion), 1500),
  goOrder: fc.sample(fc.tuple(goVersion, goVersion), 1500),
  paths: fc.sample(path, 1000),
  escapedPaths: fc.sample(escapedPath, 1000),
  versions: [...fc.sample(moduleVersion, 300), ...fc.sample(oddVersion, 300)],
};
const rules = askGoRules(questions);
const goTest = (name: string, run: (go: NonNullable<typeof rules>) => void): void =>
  testWhen(rules !== undefined, "go on PATH", name, () => run(rules as NonNullable<typeof rules>));

const outcomeOf = (work: () => string): string | null => {
  try {
    return work();
  } catch {
    return null;
  }
};

goTest("module versions are ordered as golang.org/x/mod/semver orders them", (go) => {
  const ours = questions.moduleOrder.map(([a, b]) => Math.sign(compareModuleVersions(a, b)));
  expect(disagreements(questions.moduleOrder, ours, go.moduleOrder)).toEqual([]);
});

goTest("Go versions are ordered and refused as go/version does", (go) => {
  const ours = questions.goOrder.map(([a, b]) =>
    parseGoVersion(a) === undefined || parseGoVersion(b) === undefined
      ? null
      : Math.sign(compareGoVersionTexts(a, b)),
  );
  expect(disagreements(questions.goOrder, ours, go.goOrder)).toEqual([]);
});

goTest("every module path that Go escapes is escaped the same", (go) => {
  expect(go.escapedPaths.filter((answer) => answer !== null).length).toBeGreaterThan(50);
  const ours = questions.paths.map((text, i) =>
    // Go refuses more (reserved names of Windows, hosts without a dot); it never asks a proxy for these.
    go.escapedPaths[i] === null ? null : outcomeOf(() => escapePath(text)),
  );
  expect(disagreements(questions.paths, ours, go.escapedPaths)).toEqual([]);
});

goTest("every escaped module path that Go reads is read the same", (go) => {
  const ours = questions.escapedPaths.map((text, i) =>
    go.unescapedPaths[i] === null ? null : outcomeOf(() => unescapePath(text)),
  );
  expect(disagreements(questions.escapedPaths, ours, go.unescapedPaths)).toEqual([]);
});

goTest("every version that Go escapes is escaped the same", (go) => {
  const ours = questions.versions.map((text, i) =>
    go.escapedVersions[i] === null ? null : outcomeOf(() => escapeVersion(text)),
  );
  expect(disagreements(questions.versions, ours, go.escapedVersions)).toEqual([]);
});

test("the order of module versions is total: it sorts", () => {
  fc.assert(
    fc.property(fc.array(moduleVersion), (versions) => {
      const sorted = versions.toSorted(compareModuleVersions);
      expect(versions.toReversed().sort(compareModuleVersions)).toEqual(sorted);
      for (const [i, version] of sorted.slice(1).entries()) {
        expect(compareModuleVersions(sorted[i] as string, version)).toBeLessThanOrEqual(0);
      }
    }),
  );
});

test("the order of Go versions is total: it sorts", () => {
  const valid = goVersion.filter((text) => parseGoVersion(text) !== undefined);
  fc.assert(
    fc.property(fc.array(valid), (versions) => {
      const sorted = versions.toSorted(compareGoVersionTexts);
      for (const [i, version] of sorted.entries()) {
        for (const later of sorted.slice(i)) {
          expect(compareGoVersionTexts(version, later)).toBeLessThanOrEqual(0);
          // The negative of 0 is another number.
          expect(compareGoVersionTexts(later, version) + compareGoVersionTexts(version, later)).toBe(0);
        }
      }
    }),
  );
});

test("Go versions are ordered and refused as go/version once did", () => {
  const { go, goRefused } = vectors("order");
  const ranked = go.flatMap((equal, rank) => equal.map((text) => ({ text, rank })));
  expect(ranked.length).toBeGreaterThan(50);
  const wrong = ranked.flatMap((a) =>
    ranked
      .filter((b) => Math.sign(compareGoVersionTexts(a.text, b.text)) !== Math.sign(a.rank - b.rank))
      .map((b) => [a.text, b.text]),
  );
  expect(wrong).toEqual([]);
  expect(ranked.filter(({ text }) => parseGoVersion(text) === undefined)).toEqual([]);
  expect(goRefused.flat().filter((text) => parseGoVersion(text) !== undefined)).toEqual([]);
});

/** The questions on which both sides differ, with both answers. */
function disagreements<Q, A>(asked: readonly Q[], ours: readonly A[], theirs: readonly A[]) {
  expect(ours).toHaveLength(theirs.length);
  return asked
    .map((question, i) => ({ question, ours: ours[i], theirs: theirs[i] }))
    .filter((one) => one.ours !== one.theirs);
}
