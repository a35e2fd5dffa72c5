import { existsSync, readFileSync } from "node:fs";

import { expect, test } from "@jest/globals";

/** The rows of the table below a heading, without its head. */
function rowsBelow(page: string, heading: string): string[] {
  const text = readFileSync(page, "utf8");
  const [, , ...rows] = text
    .slice(text.indexOf(`\n## ${heading}\n`))
    .split("\n")
    .filter((line) => line.startsWith("|"));
  return rows;
}

/** Rows whose last column does not name a test that is there, by its file and its title. */
function withoutTest(rows: readonly string[]): string[] {
  return rows.filter((row) => {
    const [, file = "", title = ""] = /\| `(test\/[\w./-]+)`: \*([^*]+)\* \|$/.exec(row) ?? [];
    return !existsSync(file) || title === "" || !readFileSync(file, "utf8").includes(title);
  });
}

test("every threat of docs/trust.md names a test that is there, by its file and its title", () => {
  const rows = rowsBelow("docs/trust.md", "Threats");
  expect(rows.length).toBeGreaterThan(20);
  expect(withoutTest(rows)).toEqual([]);
});

test("so does each of the twelve complaints in docs/reliability.md", () => {
  const rows = rowsBelow("docs/reliability.md", "What users of other installers ran into");
  expect(rows).toHaveLength(12);
  expect(withoutTest(rows)).toEqual([]);
});
