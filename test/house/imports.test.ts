import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

import { expect, test } from "@jest/globals";

const source = resolve("src");

/**
 * Which room may import which. Imports go one way: cli → pipeline → rooms → store → transfer → support; a room never imports
 * pipeline or cli.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  cli: [
    "pipeline",
    "verification",
    "signing",
    "manifest",
    "lock",
    "golang",
    "modules",
    "store",
    "transfer",
    "support",
  ],
  pipeline: [
    "manifest",
    "lock",
    "golang",
    "modules",
    "checksumdb",
    "store",
    "transfer",
    "kit",
    "signing",
    "rehearsal",
    "support",
  ],
  verification: ["lock", "golang", "modules", "checksumdb", "kit", "signing", "store", "support"],
  manifest: ["signing", "support"],
  lock: ["modules", "store", "support"],
  kit: ["lock", "golang", "modules", "checksumdb", "signing", "store", "support"],
  rehearsal: ["modules", "support"],
  golang: ["modules", "signing", "store", "transfer", "support"],
  signing: ["support"],
  checksumdb: ["modules", "support"],
  modules: ["store", "transfer", "support"],
  store: ["transfer", "support"],
  transfer: ["support"],
  support: [],
  installer: [],
};

function sourceFiles(): string[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(source, name));
}

function roomOf(file: string): string {
  return relative(source, file).split("/")[0] ?? "";
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
}

test("every room is in the import table, and the table names no room that is not there", () => {
  const rooms = readdirSync(source, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(rooms.sort()).toEqual(Object.keys(mayImport).sort());
});

test("no file imports from a room that its own may not import from", () => {
  const breaches = sourceFiles().flatMap((file) =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => roomOf(resolve(dirname(file), specifier)))
      .filter((room) => room !== roomOf(file) && mayImport[roomOf(file)]?.includes(room) !== true)
      .map((room) => `${relative(source, file)} imports from ${room}`),
  );
  expect(breaches).toEqual([]);
});

test("the table itself has no cycle", () => {
  const visit = (room: string, path: readonly string[]): void => {
    expect(path).not.toContain(room);
    for (const next of mayImport[room] ?? []) visit(next, [...path, room]);
  };
  for (const room of Object.keys(mayImport)) visit(room, []);
});

test("nothing below cli reads the clock, the environment or the process's arguments", () => {
  const breaches = sourceFiles()
    .filter((file) => roomOf(file) !== "cli")
    .filter((file) =>
      /\bDate\.now\(|\bprocess\.(env|argv|cwd|exit|platform|arch)\b|new Date\(\)/.test(
        readFileSync(file, "utf8"),
      ),
    )
    .map((file) => relative(source, file));
  expect(breaches).toEqual([]);
});
