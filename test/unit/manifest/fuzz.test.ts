import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { checkManifest } from "../../../src/manifest/check-manifest.js";
import { parseManifest } from "../../../src/manifest/load.js";
import { isAirgoError } from "../../../src/support/errors.js";

const good = `version: 1
sources:
  go: [module]
  proxy: env
  sumdb: sum.golang.org
  private: [{ match: git.corp.example/*, proxy: "https://goproxy.corp.example", auth: netrc }]
signers:
  release: { type: ecdsa-p256, key: file:secrets/release.pem, passphrase: env:AIRGO_PASSPHRASE }
kits:
  starter: &starter
    go: ["1.27.x", "1.26.x"]
    arch: [amd64, arm64]
    modules:
      - docs/examples/service/go.mod
      - { path: services/*/go.mod, scope: all }
    sign: [release]
  again: *starter
profiles:
  prod: { kits: { starter: { sign: [release] } } }
`;

/** Either a manifest, or one AIRGO_MANIFEST_INVALID with a line for each diagnostic, all inside the text. */
function holds(text: string): void {
  const { diagnostics } = checkManifest(text, "bundles.yaml");
  const lines = text.replace(/^\u{feff}/u, "").split("\n");
  for (const { line, column, expected, found } of diagnostics) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
    // Every wording is ours: the libraries' own begin so.
    expect(`${expected} ${found}`).not.toMatch(/invalid|undefined|\[object/i);
  }
  try {
    parseManifest(text, "bundles.yaml");
    expect(diagnostics).toEqual([]);
  } catch (error) {
    if (!isAirgoError(error)) throw error;
    expect(error.code).toBe("AIRGO_MANIFEST_INVALID");
    expect(error.message.split("\n").length).toBeGreaterThan(diagnostics.length);
  }
}

const token = fc.constantFrom(
  ..."{ } [ ] : - , ? & * ! | > ' \" % @ # ~ << &a *a &starter *starter !!str !!binary --- ...".split(" "),
  ..."null true 1 1.20 -0 .nan 0x10 version sources go proxy signers kits profiles arch modules sign".split(
    " ",
  ),
  ..."__proto__ constructor toString path scope release prod private match auth netrc".split(" "),
  "\n",
  "\n  ",
  "\n      - ",
  "\t",
  "\r",
  "\u{0}",
  "\u{feff}",
  "\u{2028}",
  "\u{1f511}",
);

describe("whatever the text", () => {
  test("any characters", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), holds), { numRuns: 300 });
  });

  test("any pieces of YAML", () => {
    const pieces = fc.array(token, { maxLength: 40 }).map((parts) => parts.join(" "));
    fc.assert(fc.property(pieces, holds), { numRuns: 500 });
  });

  test("a manifest with pieces put in, taken out and doubled", () => {
    const edit = fc.record({
      at: fc.nat(good.length),
      cut: fc.nat(20),
      put: fc.oneof(
        token,
        fc.tuple(fc.nat(good.length), fc.nat(40)).map(([from, size]) => good.slice(from, from + size)),
      ),
    });
    const mutated = fc
      .array(edit, { minLength: 1, maxLength: 4 })
      .map((edits) =>
        edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), good),
      );
    fc.assert(fc.property(mutated, holds), { numRuns: 800 });
  });

  test("a manifest whose values are any JSON", () => {
    const names = fc.constantFrom(
      "version",
      "sources",
      "signers",
      "kits",
      "profiles",
      "go",
      "arch",
      "a",
      "__proto__",
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom<unknown>(null, true, 1, 1.2, "", "stable", "1.27.x", "amd64", "a/go.mod", "release"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(names, tie("value"), { maxKeys: 4 }),
      ),
    }));
    const json = fc.dictionary(names, value, { maxKeys: 5 }).map((root) => JSON.stringify(root));
    fc.assert(fc.property(json, holds), { numRuns: 500 });
  });
});
