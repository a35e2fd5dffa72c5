import { existsSync, readFileSync } from "node:fs";

import { expect, test } from "@jest/globals";

const page = readFileSync("docs/trust.md", "utf8");
const rows = page
  .slice(page.indexOf("\n## Threats\n"))
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| who, where |"));

test("every threat of docs/trust.md names a test that is there, by its file and its title", () => {
  expect(rows.length).toBeGreaterThan(20);
  const broken = rows.filter((row) => {
    const [, file = "", title = ""] = /\| `(test\/[\w./-]+)`: \*([^*]+)\* \|$/.exec(row) ?? [];
    return !existsSync(file) || title === "" || !readFileSync(file, "utf8").includes(title);
  });
  expect(broken).toEqual([]);
});
