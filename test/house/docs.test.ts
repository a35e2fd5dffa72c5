import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "@jest/globals";

import { parseManifest } from "../../src/manifest/load.js";
import { fencedBlocks } from "../support/docs.js";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

test("every manifest in the README is one that airgo accepts", () => {
  const manifests = fencedBlocks("README.md", "yaml");
  expect(manifests.length).toBeGreaterThan(0);
  for (const text of manifests) expect(() => parseManifest(text, "README.md")).not.toThrow();
});

test("every link between the docs leads somewhere", () => {
  const broken = pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map((match) => join(dirname(page), match[1] ?? ""))
      .filter((target) => !existsSync(target))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test("every path of src/ and test/ that the docs name is there", () => {
  const missing = pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/`((?:src|test|docs)\/[\w./-]+)`/g)]
      .map((match) => match[1] ?? "")
      .filter((path) => !existsSync(path))
      .map((path) => `${page}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test("every npm script that the docs name is there", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/npm (?:run )?(\w+)/g)].map((match) => match[1] ?? ""),
  );
  const missing = named.filter((name) => !["ci", "install", "run"].includes(name) && !(name in scripts));
  expect(missing).toEqual([]);
});
