import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { entriesPath, kitId, kitTop, layerPath } from "../../../src/kit/layout.js";
import type { Carried } from "../../../src/lock/draft.js";
import { proxyTree } from "../../../src/kit/proxy-tree.js";
import { folderReadme, kitReadme, operatorCommands, operatorKey } from "../../../src/kit/readme.js";
import { formatSums, isSafePath, parseSums } from "../../../src/kit/sums.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("sums");
const safePath = fc
  .array(fc.stringMatching(/^[A-Za-z0-9._+~@!][A-Za-z0-9._+~@!-]{0,8}$/), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"))
  .filter(isSafePath);
const hex = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef".split("")),
  minLength: 64,
  maxLength: 64,
});
const sums = fc.uniqueArray(fc.record({ path: safePath, sha256: hex }), { selector: ({ path }) => path });
const digest = "a".repeat(64);

test.each([
  "a",
  "a/b",
  "proxy/github.com/!burnt!sushi/toml/@v/v1.0.0+incompatible.mod",
  "..a",
  "a..",
  ".hidden",
  "...",
  "~x",
  "a-b",
])("a kit may hold %s", (path) => {
  expect(isSafePath(path)).toBe(true);
});

const unsafe = [
  "",
  ".",
  "..",
  "/",
  "/a",
  "a/",
  "a//b",
  "a/../b",
  "../a",
  "a/..",
  "./a",
  "a/.",
  "-a",
  "a/-b",
  "a b",
  "a\nb",
  "a\n",
  "a\tb",
  "a\\b",
  "a\0",
  "é",
  "a*b",
  "$a",
  "a:b",
  "a'b",
  'a"b',
  "C:\\a",
];
test.each(unsafe)("a kit may not hold %j", (path) => {
  expect(isSafePath(path)).toBe(false);
  expect(() => parseSums(`${digest}  ${path}\n`, "where")).toThrow(
    expect.objectContaining({ code: "AIRGO_ARCHIVE_INVALID", where: "where" }),
  );
});

describe("SHA256SUMS", () => {
  test("is read back as it was written, and does not depend on an order", () => {
    fc.assert(
      fc.property(sums, (files) => {
        const text = formatSums(files);
        expect(formatSums(files.toReversed())).toBe(text);
        const read = [...parseSums(text, "x")].map(([path, sha256]) => ({ path, sha256 }));
        expect(formatSums(read)).toBe(text);
        expect(read).toHaveLength(files.length);
      }),
    );
  });

  test("of any text is read as written or refused by name", () => {
    const line = fc.oneof(
      fc
        .tuple(hex, fc.constantFrom("  ", " ", " *", "\t"), fc.oneof(safePath, fc.string()))
        .map((parts) => parts.join("")),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), fc.constantFrom("\n", "\r\n", ""), (lines, end) => {
        const text = lines.map((one) => one + end).join("");
        let read: Map<string, string>;
        try {
          read = parseSums(text, "x");
        } catch (error) {
          expect(error).toMatchObject({ code: "AIRGO_ARCHIVE_INVALID" });
          return;
        }
        expect([...read].map(([path, sha256]) => `${sha256}  ${path}\n`).join("")).toBe(text);
        expect([...read.keys()].every(isSafePath)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["a path twice", `${digest}  a\n${"b".repeat(64)}  a\n`],
    ["no line feed at its end", `${digest}  a`],
    ["capital digits", `${digest.toUpperCase()}  a\n`],
    ["a short digest", `${digest.slice(1)}  a\n`],
    ["the mark of binary mode", `${digest} *a\n`],
    ["a carriage return", `${digest}  a\r\n`],
    ["an empty line", `${digest}  a\n\n`],
    ["an escaped line", `\\${digest}  a\\nb\n`],
  ])("with %s is refused", (_what, text) => {
    expect(() => parseSums(text, "x")).toThrow(expect.objectContaining({ code: "AIRGO_ARCHIVE_INVALID" }));
  });

  testIf(["sha256sum", "busybox"], "is what sha256sum and busybox check, strictly", () => {
    const files = ["b", "a/+x", "a/!b@v~1", "B"].map((path) => ({ path, sha256: sha256Hex(`of ${path}`) }));
    for (const { path } of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), `of ${path}`);
    }
    writeFileSync(join(root, "SHA256SUMS"), formatSums(files));
    for (const check of [
      ["sha256sum", "--strict", "-c", "SHA256SUMS"],
      ["busybox", "sha256sum", "-c", "SHA256SUMS"],
    ] as const) {
      const [program, ...args] = check;
      expect(spawnSync(program, args, { cwd: root, encoding: "utf8" })).toMatchObject({
        status: 0,
        stdout: "B: OK\na/!b@v~1: OK\na/+x: OK\nb: OK\n",
      });
    }
    expect(
      execFileSync("sha256sum", files.map(({ path }) => path).sort(), { cwd: root, encoding: "utf8" }),
    ).toBe(formatSums(files));
  });
});

test("names within a kit are as docs/kit-format.md has them", () => {
  expect(kitId("0123456789abcdef")).toBe("0123456789ab");
  expect(kitTop("starter", "0123456789ab")).toBe("starter-0123456789ab");
  expect([layerPath("1.27.3", "common"), layerPath("1.27.3", "arm64")]).toEqual([
    "toolchains/go1.27.3.common.tar.gz",
    "toolchains/go1.27.3.linux-arm64.tar.gz",
  ]);
  expect([entriesPath("1.27.3", "common"), entriesPath("1.27.3", "amd64")]).toEqual([
    "kit/go1.27.3.common.entries.tsv",
    "kit/go1.27.3.linux-amd64.entries.tsv",
  ]);
});

const object = (letter: string) => ({ sha256: letter.repeat(64), size: 1 });

test("a proxy tree lists whole versions only, in Go's order, and has of the rest what is carried of it", () => {
  const facts = { h1: "h1:x", goModH1: "h1:y", record: 1 };
  const whole = (path: string, version: string) => ({
    path,
    version,
    ...facts,
    mod: object("a"),
    zip: object("b"),
    time: "2020-01-02T03:04:05Z",
  });
  const modules = [
    whole("x.com/B", "v1.10.0"),
    whole("x.com/B", "v1.9.0"),
    whole("x.com/B", "v1.9.0-rc.1"),
    { path: "x.com/B", version: "v1.2.0", ...facts, mod: object("c") },
    { path: "x.com/c", version: "v1.0.0", ...facts, mod: object("d") },
  ];
  const carried = new Map<string, Carried>([
    ["x.com/B@v1.10.0", "whole"],
    ["x.com/B@v1.9.0", "whole"],
    ["x.com/B@v1.9.0-rc.1", "whole"],
    ["x.com/B@v1.2.0", "mod"],
    ["x.com/c@v1.0.0", "listed"],
  ]);
  const tree = proxyTree(modules, carried);
  expect(tree.texts.get("x.com/!b/@v/list")).toBe("v1.9.0-rc.1\nv1.9.0\nv1.10.0\n");
  expect(tree.texts.has("x.com/c/@v/list")).toBe(false);
  expect(tree.mods.get("x.com/!b/@v/v1.2.0.mod")?.mod).toEqual(object("c"));
  expect(tree.zips.get("x.com/!b/@v/v1.9.0.zip")).toEqual(object("b"));
  const files = [...tree.zips.keys(), ...tree.mods.keys(), ...tree.texts.keys()];
  expect(new Set(files).size).toBe(files.length);
  const filesOf = (version: string): string[] =>
    files.filter((path) => path.includes(`/@v/${version}.`)).sort();
  expect(filesOf("v1.10.0")).toEqual(["info", "mod", "zip"].map((kind) => `x.com/!b/@v/v1.10.0.${kind}`));
  expect(filesOf("v1.2.0")).toEqual(["x.com/!b/@v/v1.2.0.mod"]);
  // Listing asks for the .info as well, and a version of which no time is known has one all the same.
  expect(filesOf("v1.0.0")).toEqual(["x.com/c/@v/v1.0.0.info", "x.com/c/@v/v1.0.0.mod"]);
  expect(tree.texts.get("x.com/c/@v/v1.0.0.info")).toBe(`{"Version":"v1.0.0"}`);
  expect(JSON.parse(tree.texts.get("x.com/!b/@v/v1.9.0.info") ?? "")).toEqual({
    Version: "v1.9.0",
    Time: "2020-01-02T03:04:05Z",
  });
  const turned = proxyTree(modules.toReversed(), carried);
  expect(Object.fromEntries(turned.texts)).toEqual(Object.fromEntries(tree.texts));
});

test("the texts for operators name what they need: the commands, and that a key beside a kit proves nothing", () => {
  const release = { name: "release", kind: "ecdsa-p256" } as const;
  const audit = { name: "audit", kind: "openpgp" } as const;
  const facts = { name: "starter", goVersions: ["1.27.3", "1.26.1"], arches: ["amd64"], modules: 7 };
  const text = folderReadme({ ...facts, top: "starter-0123", signers: [release, audit] });
  for (const command of operatorCommands("starter-0123", [release, audit]))
    expect(text).toContain(`    ${command}\n`);
  expect(text).toMatch(/prove nothing/);
  expect(text).toContain("with KEY.pem in it:");
  expect(text).toContain("With the public key of audit as KEY.asc, handed over another way:");
  expect(operatorKey([audit, release])).toBe("KEY.asc");
  expect(folderReadme({ ...facts, top: "starter-0123", signers: [audit, release] })).toContain("as KEY.asc.");
  expect(kitReadme(facts)).toContain("Go 1.27.3, 1.26.1 for linux amd64, and 7 modules.");
});
