import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "@jest/globals";

import { folderReadme, kitReadme } from "../../src/kit/readme.js";
import { parseManifest } from "../../src/manifest/load.js";
import { fencedBlocks } from "../support/docs.js";

const facts = { name: "k", goVersions: ["1.27.3"], arches: ["amd64"], modules: 1 };
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

test.each(["README.md", "docs/mirrors.md", "docs/private-modules.md", "docs/trust.md"])(
  "every manifest in %s is one that airgo accepts",
  (page) => {
    const manifests = fencedBlocks(page, "yaml");
    expect(manifests.length).toBeGreaterThan(0);
    for (const text of manifests) expect(() => parseManifest(text, page)).not.toThrow();
  },
);

test("no command for operators takes whatever a pattern finds: the medium may hold more than the kit", () => {
  const blocks = [
    ...fencedBlocks("README.md", "sh"),
    kitReadme(facts),
    folderReadme({ ...facts, top: "k-1", signers: [{ name: "s", kind: "ecdsa-p256" }] }),
  ];
  for (const text of blocks) expect(text).not.toMatch(/^\s*(?:tar|sh|openssl|sha256sum) .*[*?[]/m);
});

test("every option of the README is one that airgo has, and the other way round", () => {
  const commands = [
    ["bundle"],
    ["verify"],
    ["keygen"],
    ["sign"],
    ["schema"],
    ["store", "ls"],
    ["store", "verify"],
    ["store", "prune"],
  ];
  const help = commands
    .map((words) =>
      execFileSync(process.execPath, ["dist/cli/main.js", ...words, "--help"], { encoding: "utf8" }),
    )
    .join("\n");
  const table = readFileSync("README.md", "utf8").match(/^\| `airgo .*$/gm) ?? [];
  expect(optionsIn(table.join("\n"))).toEqual(optionsIn(help).filter((option) => option !== "--help"));
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
    [...readFileSync(page, "utf8").matchAll(/npm (?:run )?([\w:-]*\w)/g)].map((match) => match[1] ?? ""),
  );
  const missing = named.filter((name) => !["ci", "install", "run"].includes(name) && !(name in scripts));
  expect(missing).toEqual([]);
});

function optionsIn(text: string): string[] {
  return [...new Set(text.match(/--[a-z][a-z-]+/g) ?? [])].sort();
}
