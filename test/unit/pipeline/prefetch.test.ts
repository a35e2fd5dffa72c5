import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { parseGoMod } from "../../../src/modules/go-mod-file.js";
import type { GoSumLine } from "../../../src/modules/go-sum.js";
import type { ModuleInput } from "../../../src/modules/inputs.js";
import { keyOf, parseModuleVersion, type ModuleVersion } from "../../../src/modules/module-version.js";
import { scopes, type Scope } from "../../../src/modules/scope.js";
import { createPrefetch, type Prefetch, type PrefetchTools } from "../../../src/pipeline/prefetch.js";

const versionOf = (key: string): ModuleVersion => parseModuleVersion(key) as ModuleVersion;
const zip = (key: string): GoSumLine => ({ ...versionOf(key), kind: "zip", h1: `h1:${key}` });
const mod = (key: string): GoSumLine => ({ ...versionOf(key), kind: "mod", h1: `h1:${key}/go.mod` });
const inputOf = (scope: Scope): ModuleInput => ({
  kind: "file",
  name: "go.mod",
  scope,
  folder: "/src",
  project: "/src",
});

/** A prefetch whose tools only note what is asked of them; those whose names match `failing` fail. */
function noting(failing = /^$/): {
  prefetch: Prefetch;
  asked: string[];
  note: <T>(what: string, value: T) => Promise<T>;
  settle: () => Promise<string[]>;
} {
  const asked: string[] = [];
  const note = async <T>(what: string, value: T): Promise<T> => {
    asked.push(what);
    if (failing.test(what)) throw new Error(`no ${what}`);
    return value;
  };
  const nothing = Buffer.alloc(0);
  const object = { sha256: "", size: 0 };
  const tools: PrefetchTools = {
    files: {
      info: (module) => note(`info ${keyOf(module)}`, { version: module.version }),
      readMod: (module) => note(`read ${keyOf(module)}`, nothing),
      keepMod: (module, h1) => note(`mod ${keyOf(module)} ${h1}`, object),
      keepZip: (module, h1) => note(`zip ${keyOf(module)} ${h1}`, object),
    },
    book: {
      of: ({ path, version }) =>
        note(`record ${path}@${version}`, {
          path,
          version,
          h1: `h1:book ${path}`,
          goModH1: `h1:book ${path}/go.mod`,
          id: 7,
        }),
    },
    isPrivate: (path) => path.startsWith("corp.example/"),
    proofOf: (record) => note(`proof ${record}`, undefined),
  };
  // Nothing here takes longer than promises do.
  const settle = async (): Promise<string[]> => {
    await new Promise((done) => setImmediate(done));
    return asked;
  };
  return { prefetch: createPrefetch(tools), asked, note, settle };
}

describe("zips that a go.sum names", () => {
  const goMod = parseGoMod(
    "module m\n\ngo 1.21\n\nrequire (\n\ta.b/direct v1.0.0\n\ta.b/indirect v1.1.0 // indirect\n)\n",
  );
  const lines = [
    zip("a.b/direct@v1.0.0"),
    mod("a.b/direct@v1.0.0"),
    zip("a.b/indirect@v1.1.0"),
    zip("a.b/tests@v1.0.0"),
    mod("a.b/graph@v1.0.0"),
    zip("corp.example/secret@v1.0.0"),
  ];
  const required = [
    "zip a.b/direct@v1.0.0 h1:a.b/direct@v1.0.0",
    "zip a.b/indirect@v1.1.0 h1:a.b/indirect@v1.1.0",
  ];
  const whole = [...required, "zip a.b/tests@v1.0.0 h1:a.b/tests@v1.0.0"];

  test.each<[Scope, string[]]>([
    ["build", required],
    ["tidy", whole],
    ["all", whole],
  ])("scope %s starts what it carries, held to the line's hash", async (scope, expected) => {
    const { prefetch, settle } = noting();
    prefetch.zips(inputOf(scope), goMod, lines);
    expect(await settle()).toEqual(expected);
  });

  test("a version that is named and not required is none of build's", async () => {
    const { prefetch, settle } = noting();
    prefetch.zips(inputOf("build"), goMod, [zip("a.b/direct@v0.9.0")]);
    expect(await settle()).toEqual([]);
  });

  test("start at once, before anything else is known, and once for all inputs", () => {
    const { prefetch, asked } = noting();
    prefetch.zips(inputOf("all"), goMod, lines);
    expect(asked).toEqual(whole);
    prefetch.zips(inputOf("tidy"), goMod, lines);
    expect(asked).toEqual(whole);
  });
});

test("the go.mod files that a go.sum names are read at once, of the newest ones the .info too; what vouches for them is asked for later", async () => {
  const { prefetch, asked, settle } = noting();
  const lines = [
    mod("a.b/a@v1.9.0"),
    mod("a.b/a@v1.10.0"),
    mod("a.b/a@v1.10.0-rc.1"),
    zip("a.b/a@v2.0.0+incompatible"),
    mod("a.b/b@v0.1.0"),
  ];
  prefetch.graph(lines);
  const versions = ["a.b/a@v1.9.0", "a.b/a@v1.10.0", "a.b/a@v1.10.0-rc.1", "a.b/b@v0.1.0"];
  expect(asked.filter((one) => one.startsWith("read"))).toEqual(versions.map((key) => `read ${key}`));
  await settle();
  expect(asked.filter((one) => one.startsWith("info"))).toEqual(["info a.b/a@v1.10.0", "info a.b/b@v0.1.0"]);
  expect(asked.filter((one) => /^(record|proof|mod)/.test(one))).toEqual([]);
  prefetch.vouched(lines);
  await settle();
  expect(asked.filter((one) => one.startsWith("record"))).toEqual(versions.map((key) => `record ${key}`));
  // By the database's hash, not by the go.sum's own: that one is held against it elsewhere.
  expect(asked.filter((one) => one.startsWith("mod"))).toEqual(
    versions.map((key) => `mod ${key} h1:book ${key.split("@")[0]}/go.mod`),
  );
  expect(asked.filter((one) => one.startsWith("proof"))).toHaveLength(versions.length);
  expect(asked.filter((one) => one.startsWith("zip"))).toEqual([]);
});

describe("what go asks for", () => {
  const module = versionOf("a.b/a@v1.0.0");
  const vouched = ["record a.b/a@v1.0.0", "proof 7", "mod a.b/a@v1.0.0 h1:book a.b/a/go.mod"];
  const withZip = [...vouched, "record a.b/a@v1.0.0", "zip a.b/a@v1.0.0 h1:book a.b/a"];

  test.each<[Scope, "mod" | "info", string[]]>([
    ["build", "mod", vouched],
    ["build", "info", vouched],
    ["tidy", "mod", vouched],
    ["tidy", "info", vouched],
    ["all", "mod", vouched],
    // Listing asks for the .info of what is in the build list.
    ["all", "info", withZip],
  ])("under scope %s by its %s starts what goes with it", async (scope, kind, expected) => {
    const { prefetch, settle } = noting();
    prefetch.asked(inputOf(scope), module, kind);
    expect((await settle()).toSorted()).toEqual(expected.toSorted());
  });

  test("is started once, however often and for whomever it is asked", async () => {
    const { prefetch, settle } = noting();
    for (const scope of scopes)
      for (const kind of ["mod", "info"] as const) prefetch.asked(inputOf(scope), module, kind);
    prefetch.graph([mod("a.b/a@v1.0.0")]);
    prefetch.vouched([mod("a.b/a@v1.0.0")]);
    const asked = (await settle()).filter((one) => !one.startsWith("record"));
    expect(new Set(asked).size).toBe(asked.length);
  });
});

test("toolchains that are proven are brought, each once", async () => {
  const { prefetch, note, settle } = noting();
  const chosen = ["toolchain amd64", "toolchain arm64"].map((name) => ({
    name,
    bring: () => note(name, undefined),
  }));
  prefetch.toolchains(chosen);
  prefetch.toolchains(chosen);
  expect(await settle()).toEqual(["toolchain amd64", "toolchain arm64"]);
});

test.each(["record", "proof", "mod", "zip", "read", "info", "toolchain"])(
  "a %s that fails is heard where it is needed, and not here; the rest goes on",
  async (what) => {
    const { prefetch, note, settle } = noting(new RegExp(`^${what}`));
    const goMod = parseGoMod("module m\n");
    prefetch.toolchains([{ name: "go", bring: () => note("toolchain", undefined) }]);
    prefetch.zips(inputOf("all"), goMod, [zip("a.b/a@v1.0.0"), zip("a.b/b@v1.0.0")]);
    prefetch.graph([mod("a.b/a@v1.0.0"), mod("a.b/b@v1.0.0")]);
    prefetch.vouched([mod("a.b/a@v1.0.0"), mod("a.b/b@v1.0.0")]);
    prefetch.asked(inputOf("all"), versionOf("a.b/c@v1.0.0"), "info");
    const asked = await settle();
    for (const start of ["toolchain", "zip a.b/a", "zip a.b/b", "read a.b/b", "info a.b/b", "record a.b/c"])
      expect(asked.some((one) => one.startsWith(start))).toBe(true);
  },
);

test("nothing private is guessed about, whatever is named and asked for", async () => {
  const key = fc
    .tuple(
      fc.constantFrom("corp.example/x", "corp.example/y/z", "a.b/open"),
      fc.constantFrom("v1.0.0", "v1.1.0"),
    )
    .map(([path, version]) => `${path}@${version}`);
  const line = fc.tuple(key, fc.boolean()).map(([one, isZip]) => (isZip ? zip(one) : mod(one)));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.array(fc.tuple(key, fc.constantFrom("mod" as const, "info" as const))),
      fc.constantFrom(...scopes),
      async (lines, questions, scope) => {
        const { prefetch, settle } = noting();
        const requires = lines.map(({ path, version }) => `require ${path} ${version}\n`).join("");
        prefetch.zips(inputOf(scope), parseGoMod(`module m\n${requires}`), lines);
        prefetch.graph(lines);
        prefetch.vouched(lines);
        for (const [one, kind] of questions) prefetch.asked(inputOf(scope), versionOf(one), kind);
        expect((await settle()).filter((one) => one.includes("corp.example"))).toEqual([]);
      },
    ),
  );
});
