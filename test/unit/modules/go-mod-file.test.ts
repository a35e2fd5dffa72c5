import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { parseGoMod } from "../../../src/modules/go-mod-file.js";
import { testWhen } from "../../support/tools.js";
import { isGoThere, readByGo } from "./go-oracle.js";
import { fileOf, longFiles, replaceAsGo, scrambled } from "./mod-file-text.js";

const empty = { module: undefined, go: undefined, toolchain: undefined, require: [], replace: [] };
const requires = (text: string): unknown => parseGoMod(text).require;
const a = { path: "example.com/a", version: "v1.0.0" };
const b = { path: "example.com/b", version: "v1.1.0" };

test("an ordinary file is read with its line numbers", () => {
  const text = `// Package remarks.
module example.com/m // a remark

go 1.27.1

toolchain go1.27.3

require (
	example.com/a v1.0.0

	// why b
	example.com/b v1.1.0 // indirect
)

require example.com/c/v2 v2.0.0-20240102030405-abcdef123456

replace example.com/a => ../a

replace (
	example.com/b v1.1.0 => example.com/fork v1.2.0
)

exclude example.com/a v0.9.0
retract [v1.0.0, v1.0.5]
tool example.com/a/cmd
`;
  expect(parseGoMod(text)).toEqual({
    module: "example.com/m",
    go: { version: "1.27.1", line: 4 },
    toolchain: { name: "go1.27.3", line: 6 },
    require: [a, b, { path: "example.com/c/v2", version: "v2.0.0-20240102030405-abcdef123456" }],
    replace: [
      { path: "example.com/a", version: undefined, withPath: "../a", withVersion: undefined },
      {
        path: "example.com/b",
        version: "v1.1.0",
        withPath: "example.com/fork",
        withVersion: "v1.2.0",
      },
    ],
  });
});

describe("words and white space:", () => {
  test.each([
    ["tabs", "require\texample.com/a\t\tv1.0.0"],
    ["line ends of Windows", "require example.com/a v1.0.0\r\n"],
    ["a carriage return between words", "require \r example.com/a\rv1.0.0"],
    ["quotes", 'require "example.com/a" "v1.0.0"'],
    ["quotes of raw strings", "require `example.com/a` `v1.0.0`"],
    ["quotes without white space", 'require "example.com/a""v1.0.0"'],
    ["Go's escapes", String.raw`require "\145xample\x2ecom\u002fa" "v1\U0000002e0.0"`],
    ["a remark that touches the word", "require example.com/a v1.0.0// why"],
    ["a block", "require (\nexample.com/a v1.0.0\n)"],
    ["a block that touches the word", "require(// why\n\n\texample.com/a v1.0.0 // why\n\t) // why\n"],
    ["an empty block before", "require ( )\nrequire ()\nrequire example.com/a v1.0.0"],
  ])("%s", (_, text) => {
    expect(requires(text)).toEqual([a]);
  });

  test.each([" // indirect", "//indirect", " //   indirect  \r", " // why", " //"])(
    "the remark %j says nothing",
    (remark) => expect(requires(`require example.com/a v1.0.0${remark}\n`)).toEqual([a]),
  );
});

/** Lines that go refuses. */
const refused: readonly [string, string][] = [
  ["an unknown directive", "frobnicate x y"],
  ["an unknown block", "frobnicate (\nrequire example.com/x v1.0.0\n)"],
  ["a block with a second word", "require x (\nexample.com/x v1.0.0\n)"],
  ["a requirement without version", "require example.com/x"],
  ["a requirement with a word too many", "require example.com/x v1.0.0 v1.0.1"],
  ["a requirement that is quoted wrongly", String.raw`require "example.com/\q" v1.0.0`],
  ["a quote that touches the directive", 'require"example.com/x" v1.0.0'],
  ["a half of a character", String.raw`require "example.com/\ud800" v1.0.0`],
  ["a quote within a word", `require example.com/x"y v1.0.0`],
  ["a string without end", 'require "example.com/x v1.0.0'],
  ["a raw string without end", "require `example.com/x v1.0.0"],
  ["a string that ends in a backslash", 'require "example.com/x\\'],
  ["a remark of C", "require example.com/x v1.0.0 /* why */"],
  ["a remark of C within a word", "require example.com/x/*why*/ v1.0.0"],
  ["a control character", "require example.com/x\u0007 v1.0.0"],
  ["a space that go does not know", "require\u00a0example.com/x v1.0.0"],
  ["a closing bracket alone", ")"],
  ["two modules in one line", "module x y"],
  ["a replacement without arrow", "replace example.com/x ../x"],
  ["a replacement by nothing", "replace example.com/x =>"],
  ["a replacement of nothing", "replace => ../x"],
  ["a folder with a version", "replace example.com/x => ../x v1.0.0"],
  ["a module without version", "replace example.com/x => example.com/y"],
  ["a replacement with a word too many", "replace example.com/x v1 v2 => ../x"],
];

describe("passed over, with the rest still read:", () => {
  test.each(refused)("%s", (_, line) => {
    const text = `${line}\nrequire example.com/a v1.0.0\n`;
    expect(parseGoMod(text)).toEqual({ ...empty, require: [a] });
  });

  test("a path that is no UTF-8, which no module has", () => {
    expect(parseGoMod(String.raw`require "example.com/\xff" v1.0.0`)).toEqual(empty);
  });

  test("a block without end keeps its lines", () => {
    expect(requires("require (\nexample.com/a v1.0.0\nexample.com/b v1.1.0")).toEqual([a, b]);
  });

  test("a byte order mark, which go does not take", () => {
    expect(parseGoMod("\ufeffmodule example.com/m\ngo 1.21\n")).toEqual({
      ...empty,
      go: { version: "1.21", line: 2 },
    });
  });
});

describe("go and toolchain lines:", () => {
  test.each(["1.9", "1.21", "1.27.3", "1.28rc1", "1.28beta2", "2.0"])("go %s", (version) =>
    expect(parseGoMod(`go ${version}`).go).toEqual({ version, line: 1 }),
  );

  test.each(["1", "1.", "01.2", "1.02", "v1.21", "go1.21", "1.21.x", '"1.21"', "1.21 1.22", "", "1.21-corp"])(
    "go %s is none",
    (text) => expect(parseGoMod(`go ${text}`).go).toBeUndefined(),
  );

  test.each(["default", "go1", "go1.27.3", "go1.27.3-corp", "go1.x"])("toolchain %s", (name) =>
    expect(parseGoMod(`toolchain ${name}`).toolchain).toEqual({ name, line: 1 }),
  );

  test.each(["go2.0", "1.27.3", "local", '"go1.27.3"', "go1.27.3 x", "go12", ""])(
    "toolchain %s is none",
    (text) => expect(parseGoMod(`toolchain ${text}`).toolchain).toBeUndefined(),
  );

  test("of two lines the first counts, and neither has a block", () => {
    expect(parseGoMod("go (\n1.20\n)\ngo 1.21\ngo 1.22\ntoolchain default\ntoolchain go1.22.0\n")).toEqual({
      ...empty,
      go: { version: "1.21", line: 4 },
      toolchain: { name: "default", line: 6 },
    });
  });
});

/** What go's JSON has of the directives that are read here. */
function asGo(text: string): unknown {
  const { module, go, toolchain, require, replace } = parseGoMod(text);
  return {
    Module: module ?? "",
    Go: go?.version,
    Toolchain: toolchain?.name,
    Require: require.map(({ path, version }) => ({ Path: path, Version: version })),
    Replace: replaceAsGo(replace),
  };
}

/** Which requirements are indirect nobody asks. */
interface GoModule {
  readonly Path: string;
  readonly Version: string;
}

function byGo(text: string): unknown {
  const said = readByGo("mod", text) as
    | { Module?: { Path: string }; Go?: string; Toolchain?: string; Require?: GoModule[]; Replace?: unknown }
    | undefined;
  if (said === undefined) return undefined;
  return {
    Module: said.Module?.Path,
    Go: said.Go,
    Toolchain: said.Toolchain,
    Require: (said.Require ?? []).map(({ Path, Version }) => ({ Path, Version })),
    Replace: said.Replace ?? [],
  };
}

const goTest = (name: string, run: () => void): void => testWhen(isGoThere(), "go on PATH", name, run);

const nasty: readonly [string, string][] = [
  ["nothing", ""],
  ["only remarks", "// a\n\n// b"],
  ["a module in a block", "module (\n\texample.com/m // why\n)\n"],
  [
    "line ends of Windows",
    "module example.com/m\r\n\r\ngo 1.21\r\nrequire (\r\n\texample.com/a v1.0.0 // indirect\r\n)\r\n",
  ],
  ["escapes", String.raw`module "example.com/\155\x6d\u006d\U0000006d"`],
  ["brackets in a line", "retract [v1.0.0, v1.1.0] // why\nretract v1.2.0\n"],
  ["brackets that are no block", "retract (\n[v1.0.0, v1.1.0]\n\n// why\nv1.2.0\n)\n"],
  [
    "tools and ignored folders",
    'module m\ntool (\n\tm/a\n\t"m/b"\n)\nignore (\n./node_modules\n)\nignore static\n',
  ],
  ["the same requirement twice", "require example.com/a v1.0.0\nrequire example.com/a v1.2.0 // indirect\n"],
  ["an empty block, and one in a line", "require ()\nexclude ( ) // why\n"],
  ["a remark that looks like a block", "require example.com/a v1.0.0 // (\n"],
  ["remarks around a block", "// x\nrequire ( // indirect\nexample.com/a v1.0.0\n) // indirect\n"],
  ["letters of all sorts", "module \u00e9\u4e2d\u{1f600}\n"],
  ["a folder with spaces", 'replace example.com/a v1.0.0 => "../a b"\n'],
];

for (const [name, text] of [
  ...refused,
  ["a block without end", "require (\nexample.com/a v1.0.0\n"],
  ["words after a block", "require (\n) x\n"],
  ["a byte order mark", "\ufeffmodule example.com/m\n"],
  ["raw strings", "module `example.com/m`\n"],
  ["an escaped line feed", 'module "example.com/m\\\n"\n'],
  ["two go lines", "go 1.21\ngo 1.22\n"],
  ["go in a block", "go (\n1.21\n)\n"],
  ["a toolchain line in quotes", 'toolchain "go1.27.3"\n'],
] as const) {
  goTest(`go refuses ${name}`, () => expect(byGo(text)).toBeUndefined());
}

for (const [name, text] of nasty) {
  goTest(`what go reads in ${name} is read the same`, () => {
    expect(asGo(text)).toEqual(byGo(text));
  });
}

goTest("whatever file go reads is read the same", () => {
  const file = fileOf(
    ["module", "go", "toolchain"],
    ["require", "exclude", "replace", "retract", "tool", "ignore", "godebug"],
  );
  let count = 0;
  fc.assert(
    fc.property(file, (text) => {
      const theirs = byGo(text);
      if (theirs === undefined) return;
      count++;
      expect(asGo(text)).toEqual(theirs);
    }),
  );
  expect(count).toBeGreaterThan(50);
});

test("no text makes it throw", () => {
  fc.assert(
    fc.property(scrambled, (text) => void parseGoMod(text)),
    { numRuns: 1000 },
  );
  for (const text of longFiles) parseGoMod(text);
});

test("lines are counted as editors do", () => {
  fc.assert(
    fc.property(fileOf(["go", "toolchain"], ["require", "retract"]), fc.nat(30), (text, above) => {
      const before = parseGoMod(text);
      const after = parseGoMod("\n".repeat(above) + text);
      expect(after.go?.line).toBe(before.go && before.go.line + above);
      expect(after.toolchain?.line).toBe(before.toolchain && before.toolchain.line + above);
    }),
  );
});

describe("four megabytes of", () => {
  const many = 4_000_000;

  test("escaped backslashes are half as many", () => {
    const text = `require "${"\\".repeat(many)}" v1.0.0\nrequire example.com/a v1.0.0\n`;
    const [long, ...rest] = parseGoMod(text).require;
    // Not by toEqual, which would compare and print megabytes.
    expect(long?.path === "\\".repeat(many / 2)).toBe(true);
    expect(rest).toEqual([a]);
  });

  test("backslashes that are one too many end nowhere, and the line is passed over", () => {
    const text = `require "${"\\".repeat(many + 1)}" v1.0.0\nrequire example.com/a v1.0.0\n`;
    expect(requires(text)).toEqual([a]);
  });

  test("backslashes without quotes are a word", () => {
    expect(parseGoMod(`require ${"\\".repeat(many)} v1.0.0`).require[0]?.path.length).toBe(many);
  });

  test("bytes that make up characters are these characters", () => {
    const text = `require "${String.raw`\xc3\251\u4e2d\U0001f600x`.repeat(many / 25)}" v1.0.0`;
    const expected = "\u00e9\u4e2d\u{1f600}x".repeat(many / 25);
    expect(parseGoMod(text).require[0]?.path === expected).toBe(true);
  });
});
