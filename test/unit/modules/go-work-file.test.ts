import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { parseGoWork, relocateGoWork } from "../../../src/modules/go-work-file.js";
import { testWhen } from "../../support/tools.js";
import { isGoThere, readByGo } from "./go-oracle.js";
import { fileOf, longFiles, replaceAsGo, scrambled } from "./mod-file-text.js";

test("an ordinary file is read with its line numbers", () => {
  const text = `// The services.
go 1.27

toolchain default

use ./a // why
use (
	../b

	"./c d"
)

replace example.com/x => ./x
replace example.com/y v1.0.0 => example.com/fork v1.2.0
godebug default=go1.21
`;
  expect(parseGoWork(text)).toEqual({
    go: { version: "1.27", line: 2 },
    toolchain: { name: "default", line: 4 },
    use: [{ path: "./a" }, { path: "../b" }, { path: "./c d" }],
    replace: [
      { path: "example.com/x", version: undefined, withPath: "./x", withVersion: undefined },
      {
        path: "example.com/y",
        version: "v1.0.0",
        withPath: "example.com/fork",
        withVersion: "v1.2.0",
      },
    ],
  });
});

test.each([
  ["nothing to use", "use"],
  ["two folders in one line", "use ./a ./b"],
  ["a folder with a quote in it", "use ./a'b"],
  ["a string without end", 'use "./a'],
  ["a block with a second word", "use x (\n./a\n)"],
  ["a directive of go.mod", "require example.com/a v1.0.0"],
])("passed over: %s", (_, line) => {
  const text = `${line}\nuse ./z\n`;
  expect(parseGoWork(text)).toEqual({
    go: undefined,
    toolchain: undefined,
    use: [{ path: "./z" }],
    replace: [],
  });
});

describe("relocateGoWork", () => {
  const text = [
    "// The services.",
    "go 1.27 // why",
    "toolchain go1.27.3",
    "",
    "use . // all of it",
    "use (\r",
    "\t./a\r",
    '\t"../b c/"',
    "\td",
    "\t/abs/../e",
    ")",
    "replace (",
    "\texample.com/x => ../x//remark",
    "\texample.com/y v1.0.0 => example.com/fork v1.2.0",
    "\texample.com/z v1.0.0 => /abs/z",
    ")",
    "godebug default=go1.21",
  ].join("\n");

  test("makes folders absolute, and changes nothing else", () => {
    expect(relocateGoWork(text, "/srv/code/all").split("\n")).toEqual([
      "// The services.",
      "go 1.27 // why",
      "toolchain go1.27.3",
      "",
      "use /srv/code/all // all of it",
      "use (\r",
      "\t/srv/code/all/a\r",
      '\t"/srv/code/b c"',
      "\t/srv/code/all/d",
      "\t/abs/../e",
      ")",
      "replace (",
      "\texample.com/x => /srv/code/x//remark",
      "\texample.com/y v1.0.0 => example.com/fork v1.2.0",
      "\texample.com/z v1.0.0 => /abs/z",
      ")",
      "godebug default=go1.21",
    ]);
  });

  test.each([
    ["/w", "/w/a"],
    ["/", "/a"],
    ["/a b", '"/a b/a"'],
    ["/a,b", '"/a,b/a"'],
    ["/a(b)", '"/a(b)/a"'],
    ["/it's", `"/it's/a"`],
    ['/a"b', '"/a\\"b/a"'],
    ["/a`b", '"/a`b/a"'],
    ["/*", '"/*/a"'],
    ["/a\nb", '"/a\\nb/a"'],
    ["/a\tb", '"/a\\tb/a"'],
    ["/a\u200bb", '"/a\u200bb/a"'],
    ["/a\\b", "/a\\b/a"],
    ["/\u00e9\u4e2d\u{1f600}", "/\u00e9\u4e2d\u{1f600}/a"],
  ])("quotes what %j needs", (folder, written) => {
    expect(relocateGoWork("use ./a\n", folder)).toBe(`use ${written}\n`);
  });

  test("leaves what go refuses to go", () => {
    const refused = 'use ./a ./b\nuse "./a\nreplace example.com/x => ./x v1.0.0\nrequire ./a v1.0.0\n';
    expect(relocateGoWork(refused, "/w")).toBe(refused);
  });
});

/** The toolchain line is not among it: go 1.26 leaves it out. */
interface GoSays {
  readonly Go?: string;
  readonly Use?: readonly { readonly DiskPath: string }[] | null;
  readonly Replace?: readonly { readonly New: { readonly Path: string; readonly Version?: string } }[] | null;
}

const byGo = (text: string): GoSays | undefined => readByGo("work", text) as GoSays | undefined;

function asGo(text: string): unknown {
  const { go, use, replace } = parseGoWork(text);
  return {
    Go: go?.version,
    Use: use.map(({ path }) => ({ DiskPath: path })),
    Replace: replaceAsGo(replace),
  };
}

const goTest = (name: string, run: () => void): void => testWhen(isGoThere(), "go on PATH", name, run);
const file = fileOf(["go", "toolchain"], ["use", "use", "replace", "godebug"]);

/** Runs a check on files that go reads. */
function forEveryFile(check: (text: string, said: GoSays) => void): void {
  let count = 0;
  fc.assert(
    fc.property(file, (text) => {
      const said = byGo(text);
      if (said === undefined) return;
      count++;
      check(text, said);
    }),
    { numRuns: 60 },
  );
  expect(count).toBeGreaterThan(30);
}

goTest("whatever file go reads is read the same", () =>
  forEveryFile((text, { Go, Use, Replace }) =>
    expect(asGo(text)).toEqual({ Go, Use: Use ?? [], Replace: Replace ?? [] }),
  ),
);

describe("a relocated file means to go what the file meant in its folder:", () => {
  for (const folder of ["/srv/code/all", '/with space/it\'s (so), "here"', "/\u00e9\n\t\u200b/\u{1f600}"]) {
    goTest(JSON.stringify(folder), () =>
      forEveryFile((text, said) => {
        const absolute = (path: string): string => cleanJoin(folder, path);
        expect(byGo(relocateGoWork(text, folder))).toEqual({
          ...said,
          Use: said.Use?.map((one) => ({ ...one, DiskPath: absolute(one.DiskPath) })) ?? said.Use,
          Replace:
            said.Replace?.map((one) =>
              one.New.Version === undefined ? { ...one, New: { Path: absolute(one.New.Path) } } : one,
            ) ?? said.Replace,
        });
      }),
    );
  }
});

/** What Go's filepath.Join makes of a folder and a path in it: written apart from the product's way. */
function cleanJoin(folder: string, path: string): string {
  if (path.startsWith("/")) return path;
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

test("no text makes it throw", () => {
  fc.assert(
    fc.property(scrambled, (text) => void parseGoWork(relocateGoWork(text, "/w"))),
    { numRuns: 1000 },
  );
  for (const text of longFiles) parseGoWork(relocateGoWork(text, "/w"));
});

test("a relocated file is not relocated again, wherever", () => {
  fc.assert(
    fc.property(fc.oneof(scrambled, file), (text) => {
      const relocated = relocateGoWork(text, "/srv/code");
      expect(relocateGoWork(relocated, "/elsewhere")).toBe(relocated);
    }),
  );
});
