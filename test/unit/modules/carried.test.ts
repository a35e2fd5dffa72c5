import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import {
  carriedWhole,
  fetchedModule,
  type BuildListEntry,
  type ListedInput,
} from "../../../src/modules/carried.js";
import { parseGoMod } from "../../../src/modules/go-mod-file.js";
import type { GoSumLine } from "../../../src/modules/go-sum.js";
import { keyOf, parseModuleVersion, type ModuleVersion } from "../../../src/modules/module-version.js";
import { scopes, type Scope } from "../../../src/modules/scope.js";

const versionOf = (key: string): ModuleVersion => parseModuleVersion(key) as ModuleVersion;
const sum = (key: string, kind: GoSumLine["kind"] = "zip"): GoSumLine => ({
  ...versionOf(key),
  kind,
  h1: "h1:x",
});
function entries(...keys: string[]): BuildListEntry[] {
  return keys.map(versionOf).map(({ path, version }) => ({ Path: path, Version: version }));
}
const mainEntry: BuildListEntry = { Path: "example.com/app", Main: true };

/** A project that needs a and b for its packages, t for a dependency's tests, and nothing of u. */
function project(
  change: Partial<ListedInput> & { readonly scope?: Scope; readonly go?: string } = {},
): ListedInput {
  const { scope = "build", go = "go 1.21", ...rest } = change;
  return {
    input: { kind: "file", scope },
    buildList: [mainEntry, ...entries("a.b/a@v1.0.0", "a.b/b@v1.1.0", "a.b/t@v1.0.0", "a.b/u@v1.0.0")],
    main: parseGoMod(
      `module example.com/app\n\n${go}\n\nrequire (\n\ta.b/a v1.0.0\n\ta.b/b v1.0.0 // indirect\n)\n`,
    ),
    sums: [
      sum("a.b/a@v1.0.0"),
      sum("a.b/a@v1.0.0", "mod"),
      sum("a.b/b@v1.1.0"),
      sum("a.b/t@v1.0.0"),
      sum("a.b/u@v1.0.0", "mod"),
    ],
    read: [],
    ...rest,
  };
}
const keys = (listed: ListedInput): string[] => carriedWhole(listed).map(keyOf).sort();
const all = ["a.b/a@v1.0.0", "a.b/b@v1.1.0", "a.b/t@v1.0.0", "a.b/u@v1.0.0"];

describe("of a go.mod that requires all that its packages take", () => {
  test.each<[Scope, string[]]>([
    // The version that was selected, which may be newer than the one that is required.
    ["build", ["a.b/a@v1.0.0", "a.b/b@v1.1.0"]],
    ["tidy", ["a.b/a@v1.0.0", "a.b/b@v1.1.0", "a.b/t@v1.0.0"]],
    ["all", all],
  ])("scope %s carries %j", (scope, expected) => {
    expect(keys(project({ scope }))).toEqual(expected);
  });

  test("a stale line of go.sum, of what go has not met, is not followed", () => {
    const sums = [...project().sums, sum("a.b/old@v0.1.0"), sum("a.b/a@v0.9.0")];
    expect(keys(project({ scope: "tidy", sums }))).not.toContain("a.b/old@v0.1.0");
    expect(keys(project({ scope: "tidy", sums }))).not.toContain("a.b/a@v0.9.0");
    // An earlier version of which go has read the go.mod may still be needed for its packages.
    const read = [versionOf("a.b/a@v0.9.0")];
    expect(keys(project({ scope: "tidy", sums, read }))).toContain("a.b/a@v0.9.0");
    expect(keys(project({ scope: "build", sums, read }))).toEqual(keys(project()));
  });

  test("without a go.sum tidy carries what build does", () => {
    expect(keys(project({ scope: "tidy", sums: [] }))).toEqual(keys(project()));
  });
});

describe("where requirements do not tell, the narrow scopes carry all", () => {
  test.each<[string, Partial<ListedInput> & { readonly go?: string }]>([
    ["a go.mod from before go 1.17", { go: "go 1.16" }],
    ["one of a two-digit go before 1.17", { go: "go 1.9" }],
    ["one without a go line", { go: "" }],
    ["a workspace", { main: undefined }],
  ])("%s", (_, change) => {
    for (const scope of scopes) expect(keys(project({ ...change, scope }))).toEqual(all);
  });

  test.each(["1.17", "1.17.3", "1.21rc1", "1.100", "2.0"])("go %s is new enough to tell", (go) => {
    expect(keys(project({ go: `go ${go}` }))).not.toContain("a.b/u@v1.0.0");
  });
});

describe("of a version", () => {
  const module = versionOf("a.b/a@v1.0.0");
  const main = parseGoMod("module a.b/a\n\ngo 1.21\n\nrequire a.b/b v1.0.0\n");
  const of = (scope: Scope): string[] =>
    keys(project({ input: { kind: "version", scope, module }, main, sums: [] }));

  test("build carries itself and what it requires", () => {
    expect(of("build")).toEqual(["a.b/a@v1.0.0", "a.b/b@v1.1.0"]);
  });

  test("tidy carries all: nobody knows the tests of its users", () => {
    expect(of("tidy")).toEqual(all);
  });
});

test.each<[string, BuildListEntry, ModuleVersion[]]>([
  ["the main module", mainEntry, []],
  ["a module", { Path: "a.b/c", Version: "v1.0.0" }, [versionOf("a.b/c@v1.0.0")]],
  ["a folder in its place", { Path: "a.b/c", Version: "v1.0.0", Replace: { Path: "../c" } }, []],
  [
    "another module in its place",
    { Path: "a.b/c", Version: "v1.0.0", Replace: { Path: "x.y/c", Version: "v1.2.0" } },
    [versionOf("x.y/c@v1.2.0")],
  ],
  ["a main module of a workspace with a version", { Path: "a.b/c", Version: "v1.0.0", Main: true }, []],
])("what is fetched for %s", (_, entry, expected) => {
  expect(fetchedModule(entry)).toEqual(expected);
});

test("a replaced module is required by its own name and carried as what replaces it", () => {
  const buildList: BuildListEntry[] = [
    mainEntry,
    { Path: "a.b/a", Version: "v1.0.0", Replace: { Path: "x.y/fork", Version: "v1.0.1" } },
    { Path: "a.b/b", Version: "v1.1.0", Replace: { Path: "./b" } },
    ...entries("x.y/other@v1.0.0"),
  ];
  expect(keys(project({ buildList }))).toEqual(["x.y/fork@v1.0.1"]);
});

test("what two entries lead to is carried once", () => {
  const Replace = { Path: "x.y/fork", Version: "v1.0.1" };
  const buildList: BuildListEntry[] = [
    { Path: "a.b/a", Version: "v1.0.0", Replace },
    { Path: "a.b/b", Version: "v1.0.0", Replace },
  ];
  for (const scope of scopes) expect(keys(project({ buildList, scope }))).toEqual(["x.y/fork@v1.0.1"]);
});

const path = fc.constantFrom("a.b/a", "a.b/b", "a.b/c", "a.b/d", "a.b/e");
const version = fc.constantFrom("v1.0.0", "v1.1.0", "v2.0.0+incompatible");
const module = fc.record({ path, version });
const entry = fc
  .tuple(module, fc.option(fc.oneof(module, fc.constant({ path: "./local", version: undefined }))))
  .map(([{ path: Path, version: Version }, by]): BuildListEntry => {
    if (by === null) return { Path, Version };
    const Replace = by.version === undefined ? { Path: by.path } : { Path: by.path, Version: by.version };
    return { Path, Version, Replace };
  });
const listedInput = fc
  .record({
    buildList: fc.uniqueArray(entry, { selector: ({ Path }) => Path }),
    required: fc.array(module),
    sums: fc.array(fc.record({ path, version, kind: fc.constantFrom("zip" as const, "mod" as const) })),
    read: fc.array(module),
    go: fc.constantFrom("", "go 1.16", "go 1.17", "go 1.26.1"),
    kind: fc.constantFrom("file" as const, "workspace" as const, "version" as const),
    module,
  })
  .map(({ required, go, kind, sums, module, ...rest }) => (scope: Scope): ListedInput => {
    const requires = required.map(({ path, version }) => `require ${path} ${version}\n`).join("");
    return {
      input: { kind, scope, ...(kind === "version" ? { module } : {}) },
      main: kind === "workspace" ? undefined : parseGoMod(`module m\n${go}\n${requires}`),
      sums: sums.map((line) => ({ ...line, h1: "h1:x" })),
      ...rest,
    };
  });

describe("whatever go lists", () => {
  test("nothing is carried but what it has met, and each once", () => {
    fc.assert(
      fc.property(listedInput, fc.constantFrom(...scopes), (of, scope) => {
        const listed = of(scope);
        const met = [...listed.buildList.flatMap(fetchedModule), ...listed.read].map(keyOf);
        const carried = carriedWhole(listed).map(keyOf);
        expect(met).toEqual(expect.arrayContaining(carried));
        expect(new Set(carried).size).toBe(carried.length);
      }),
    );
  });

  test("a wider scope carries at least what a narrower one does", () => {
    fc.assert(
      fc.property(listedInput, (of) => {
        const selected = new Set(of("all").buildList.flatMap(fetchedModule).map(keyOf));
        const carried = (scope: Scope): string[] =>
          // As a tidy go.sum is: the zips that it names are in the build list.
          keys({ ...of(scope), sums: of(scope).sums.filter((line) => selected.has(keyOf(line))) });
        expect(carried("tidy")).toEqual(expect.arrayContaining(carried("build")));
        expect(carried("all")).toEqual(expect.arrayContaining(carried("tidy")));
        expect(carried("all")).toEqual([...selected].sort());
      }),
    );
  });

  test("build does not depend on a go.sum, nor on what go has read", () => {
    fc.assert(
      fc.property(listedInput, (of) => {
        expect(keys({ ...of("build"), sums: [], read: [] })).toEqual(keys(of("build")));
      }),
    );
  });
});
