import { describe, expect, jest, test } from "@jest/globals";
import * as fc from "fast-check";

import { parseGoMod } from "../../../src/modules/go-mod-file.js";
import { parseModuleVersion, type ModuleVersion } from "../../../src/modules/module-version.js";
import { requirementChain, type GoModSource } from "../../../src/modules/requirement-chain.js";

/** What each file requires: main files by name, versions by `path@version`, folders by path. */
type World = Readonly<Record<string, readonly string[]>>;

const modules = (keys: readonly string[]): ModuleVersion[] =>
  keys.map((key) => parseModuleVersion(key) as ModuleVersion);

/** Asks for the chain to `path@version` or `path`; main files are those that end in go.mod. */
async function chain(wanted: string, world: World, replace = "", read?: (key: string) => void) {
  const mains = Object.keys(world).filter((name) => name.endsWith("go.mod"));
  return requirementChain(parseModuleVersion(wanted) ?? { path: wanted }, {
    mains: mains.map((name) => ({ name, require: modules(world[name] ?? []) })),
    replace: parseGoMod(replace).replace.map((line) =>
      line.withVersion === undefined ? { ...line, folder: line.withPath.replace("../", "/src/") } : line,
    ),
    read: async ({ path, version, folder }: GoModSource) => {
      const key = folder ?? `${path}@${version}`;
      read?.(key);
      const require = world[key];
      return require === undefined
        ? undefined
        : { require: modules(require).map((one, i) => ({ ...one, indirect: false, line: i + 1 })) };
    },
  });
}

test("a direct requirement is one step", async () => {
  expect(await chain("a.x/a@v1.0.0", { "go.mod": ["a.x/a@v1.0.0"] })).toEqual(["go.mod", "a.x/a@v1.0.0"]);
});

test("the shortest way is told, however deep the others are", async () => {
  const world = {
    "api/go.mod": ["a.x/a@v1.0.0", "a.x/b@v1.0.0"],
    "a.x/a@v1.0.0": ["a.x/c@v1.0.0"],
    "a.x/c@v1.0.0": ["a.x/d@v1.0.0"],
    "a.x/b@v1.0.0": ["a.x/d@v1.0.0"],
  };
  expect(await chain("a.x/d@v1.0.0", world)).toEqual(["api/go.mod", "a.x/b@v1.0.0", "a.x/d@v1.0.0"]);
});

test("a main file that requires it goes before one that only needs it", async () => {
  const world = {
    "a/go.mod": ["a.x/a@v1.0.0"],
    "b/go.mod": ["a.x/d@v1.0.0"],
    "a.x/a@v1.0.0": ["a.x/d@v1.0.0"],
  };
  expect(await chain("a.x/d@v1.0.0", world)).toEqual(["b/go.mod", "a.x/d@v1.0.0"]);
});

test("of equally short ways it is the first by path, in whatever order the files have them", async () => {
  const world = {
    "go.mod": ["a.x/z@v1.0.0", "a.x/m@v1.0.0", "a.x/B@v1.0.0"],
    "a.x/z@v1.0.0": ["a.x/d@v1.0.0"],
    "a.x/m@v1.0.0": ["a.x/d@v1.0.0"],
    "a.x/B@v1.0.0": ["a.x/d@v1.0.0"],
  };
  expect(await chain("a.x/d@v1.0.0", world)).toEqual(["go.mod", "a.x/B@v1.0.0", "a.x/d@v1.0.0"]);
});

test("the version counts: who requires another one is not who asked for this one", async () => {
  const world = {
    "go.mod": ["a.x/d@v1.1.0", "a.x/a@v1.0.0"],
    "a.x/a@v1.0.0": ["a.x/d@v1.0.0"],
  };
  expect(await chain("a.x/d@v1.0.0", world)).toEqual(["go.mod", "a.x/a@v1.0.0", "a.x/d@v1.0.0"]);
  expect(await chain("a.x/d", world)).toEqual(["go.mod", "a.x/d@v1.1.0"]);
});

test("a version that nobody requires is shown as who requires the module at all", async () => {
  const world = { "go.mod": ["a.x/a@v1.0.0"], "a.x/a@v1.0.0": ["a.x/d@v1.0.0"] };
  expect(await chain("a.x/d@v1.5.0", world)).toEqual(["go.mod", "a.x/a@v1.0.0", "a.x/d@v1.0.0"]);
  expect(await chain("a.x/none@v1.0.0", world)).toBeUndefined();
});

test("modules that require each other end the search", async () => {
  const world = {
    "go.mod": ["a.x/a@v1.0.0"],
    "a.x/a@v1.0.0": ["a.x/b@v1.0.0"],
    "a.x/b@v1.0.0": ["a.x/a@v1.0.0"],
  };
  expect(await chain("a.x/none@v1.0.0", world)).toBeUndefined();
});

test("each go.mod is read once, and none below what is looked for", async () => {
  const read = jest.fn();
  const world = {
    "go.mod": ["a.x/a@v1.0.0", "a.x/b@v1.0.0"],
    "a.x/a@v1.0.0": ["a.x/c@v1.0.0"],
    "a.x/b@v1.0.0": ["a.x/c@v1.0.0", "a.x/d@v1.0.0"],
    "a.x/c@v1.0.0": ["a.x/e@v1.0.0"],
  };
  await chain("a.x/d@v1.0.0", world, "", read);
  expect(read.mock.calls.flat()).toEqual(["a.x/a@v1.0.0", "a.x/b@v1.0.0"]);
});

describe("what is replaced", () => {
  const world = {
    "go.mod": ["a.x/a@v1.0.0"],
    "a.x/a@v1.0.0": ["a.x/wrong@v1.0.0"],
    "f.x/a@v1.5.0": ["a.x/d@v1.0.0"],
    "/src/a": ["a.x/e@v1.0.0"],
  };

  test("leads to what its replacement requires", async () => {
    const replace = "replace a.x/a => f.x/a v1.5.0\n";
    const way = ["go.mod", "a.x/a@v1.0.0 (replaced by f.x/a@v1.5.0)"];
    expect(await chain("a.x/d@v1.0.0", world, replace)).toEqual([...way, "a.x/d@v1.0.0"]);
    expect(await chain("a.x/wrong@v1.0.0", world, replace)).toBeUndefined();
  });

  test("may be looked for by its replacement's name, which is what a proxy is asked for", async () => {
    expect(await chain("f.x/a@v1.5.0", world, "replace a.x/a v1.0.0 => f.x/a v1.5.0\n")).toEqual([
      "go.mod",
      "a.x/a@v1.0.0 (replaced by f.x/a@v1.5.0)",
    ]);
  });

  test("by a folder leads to what stands in that folder's go.mod", async () => {
    expect(await chain("a.x/e@v1.0.0", world, "replace a.x/a => ../a\n")).toEqual([
      "go.mod",
      "a.x/a@v1.0.0 (replaced by ../a)",
      "a.x/e@v1.0.0",
    ]);
  });

  test("at one version stays so whatever is said of all; at another it is not replaced", async () => {
    const replace = "replace a.x/a => ../a\nreplace a.x/a v1.0.0 => f.x/a v1.5.0\n";
    expect(await chain("a.x/d@v1.0.0", world, replace)).toContain("a.x/a@v1.0.0 (replaced by f.x/a@v1.5.0)");
    expect(await chain("a.x/wrong@v1.0.0", world, "replace a.x/a v1.9.0 => f.x/a v1.5.0\n")).toEqual([
      "go.mod",
      "a.x/a@v1.0.0",
      "a.x/wrong@v1.0.0",
    ]);
  });
});

test("a chain is one of real requirements, as short as any, and the same in any order", async () => {
  const keys = Array.from({ length: 7 }, (_, i) => `a.x/m${i}@v1.0.0`);
  const some = fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 4 });
  const worlds = fc.tuple(some, fc.array(some, { minLength: 7, maxLength: 7 }));
  await fc.assert(
    fc.asyncProperty(worlds, fc.constantFrom(...keys), async ([main, required], wanted) => {
      const world: Record<string, readonly string[]> = { "go.mod": main };
      for (const [i, key] of keys.entries()) world[key] = required[i] ?? [];
      const found = await chain(wanted, world);
      expect(found?.length).toBe(distance(world, wanted));
      for (const [i, name] of (found ?? []).slice(1).entries())
        expect(world[found?.[i] ?? ""]).toContain(name);
      const reversed = Object.fromEntries(
        Object.entries(world).map(([key, list]) => [key, list.toReversed()]),
      );
      expect(await chain(wanted, reversed)).toEqual(found);
    }),
  );
});

/** Names on the shortest way from go.mod, both ends counted; undefined when there is none. */
function distance(world: World, wanted: string): number | undefined {
  let reached = new Set(["go.mod"]);
  for (let names = 1; names <= 8; names++) {
    if (reached.has(wanted)) return names;
    reached = new Set([...reached, ...[...reached].flatMap((key) => world[key] ?? [])]);
  }
  return undefined;
}
