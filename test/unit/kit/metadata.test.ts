import { expect, test } from "@jest/globals";

import { goVersionsOf, gosumdbOf, kitJson, kitTables } from "../../../src/kit/metadata.js";
import { facts, h1 } from "./facts.js";

const rows = (text: string | undefined): string[][] =>
  (text ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));

test("Go versions stand newest first, by Go's order and not by their text", () => {
  expect(goVersionsOf(facts())).toEqual(["1.27.3", "1.27rc1", "1.9.7"]);
  expect(
    rows(kitTables(facts()).get("kit/toolchains.tsv")).map(([version, arch]) => `${version} ${arch}`),
  ).toEqual(["1.27.3 amd64", "1.27.3 arm64", "1.27rc1 amd64", "1.27rc1 arm64", "1.9.7 amd64", "1.9.7 arm64"]);
});

test("the tables have the columns of docs/kit-format.md", () => {
  const tables = kitTables(facts());
  expect([...tables.keys()].sort()).toEqual(
    ["heads", "kit", "layers", "modules", "promises", "toolchains"].map((name) => `kit/${name}.tsv`),
  );
  expect(Object.fromEntries(rows(tables.get("kit/kit.tsv")))).toEqual({
    format: "1",
    name: "starter",
    serial: "4",
    airgo: "0.1.0",
    "default-go": "1.27.3",
    sumdb: "sum.example",
    "tree-size": "30",
    "tree-root": "cm9vdA==",
  });
  expect(rows(tables.get("kit/heads.tsv"))).toEqual([
    ["30", "current"],
    ["20", "earlier"],
    ["9", "earlier"],
    ["5", "earlier"],
  ]);
  expect(rows(tables.get("kit/toolchains.tsv"))[0]).toEqual([
    "1.27.3",
    "amd64",
    "golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64",
    h1,
    "ab".repeat(32),
    "2",
    "3",
  ]);
  expect(rows(tables.get("kit/layers.tsv")).map((row) => row.slice(1, 3))).toEqual([
    ["amd64", "toolchains/go1.27.3.amd64.tar.gz"],
    ["common", "toolchains/go1.27.3.common.tar.gz"],
  ]);
  expect(rows(tables.get("kit/modules.tsv"))).toEqual([
    ["example.com/a", "v1.0.0", h1, "h1:m"],
    ["example.com/b", "v1.0.0", "-", "h1:m"],
  ]);
  expect(rows(tables.get("kit/promises.tsv"))).toEqual([["services/go.mod", "all"]]);
  for (const text of tables.values()) expect(text).toMatch(/^([^\n]+\n)*$/);
});

test("kit.json says the same for programs", () => {
  const document = JSON.parse(kitJson(facts())) as Record<string, unknown>;
  expect(document).toMatchObject({
    format: 1,
    serial: 4,
    go: ["1.27.3", "1.27rc1", "1.9.7"],
    modules: [
      { path: "example.com/a", h1, files: ["info", "mod", "zip"] },
      { path: "example.com/b", files: ["mod"] },
    ],
    promises: [{ goMod: "services/go.mod", scope: "all", modules: 1 }],
    checksumDatabase: { name: "sum.example", treeSize: 30, rootHash: "cm9vdA==" },
  });
  expect(document).not.toHaveProperty("checksumDatabase.gosumdb");
});

test("GOSUMDB is said where Go's own default would not do, and nowhere else", () => {
  expect(gosumdbOf({ name: "sum.golang.org", key: "sum.golang.org+1+k" })).toBeUndefined();
  const gosumdb = gosumdbOf({ name: "sum.example", key: "sum.example+1+k" });
  expect(gosumdb).toBe("sum.example+1+k");
  expect(kitTables(facts({ gosumdb })).get("kit/kit.tsv")).toContain("gosumdb\tsum.example+1+k\n");
  expect(JSON.parse(kitJson(facts({ gosumdb })))).toMatchObject({ checksumDatabase: { gosumdb } });
});

test("names of private modules are told as GONOSUMDB patterns, and not at all where there are none", () => {
  const privatePatterns = ["git.corp.example/*", "*.bank.example"];
  const withPrivate = facts({ privatePatterns });
  expect(kitTables(withPrivate).get("kit/kit.tsv")).toContain(
    "\nnosumdb\tgit.corp.example/*,*.bank.example\n",
  );
  expect(JSON.parse(kitJson(withPrivate))).toMatchObject({
    checksumDatabase: { notCovered: privatePatterns },
  });
  expect(kitTables(facts()).get("kit/kit.tsv")).not.toContain("nosumdb");
  expect(JSON.parse(kitJson(facts()))).not.toHaveProperty("checksumDatabase.notCovered");
});

test.each(["a\tb/go.mod", "a\nall/go.mod", "a\rb/go.mod"])(
  "a name that would forge a row, such as %j, is never written into a table",
  (name) => {
    expect(() => kitTables(facts({}, name))).toThrow(expect.objectContaining({ code: "AIRGO_BUG" }));
  },
);
