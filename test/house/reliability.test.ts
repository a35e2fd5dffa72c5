import { readFileSync, writeFileSync } from "node:fs";

import { expect, test } from "@jest/globals";

import { faultTable } from "../e2e/faults/table.js";

const page = "docs/reliability.md";
const [begin, end] = ["<!-- the table of faults: written by its test -->\n", "<!-- the end of the table -->"];

/** With AIRGO_WRITE_TABLE=1 the page is written and not compared. */
const isWriting = process.env["AIRGO_WRITE_TABLE"] === "1";

test("docs/reliability.md holds the table of the fault suite (AIRGO_WRITE_TABLE=1 writes it)", () => {
  const text = readFileSync(page, "utf8");
  const [before = "", rest = ""] = text.split(begin);
  const [table = "", after] = rest.split(end);
  expect(after).toBeDefined();
  if (isWriting) writeFileSync(page, `${before}${begin}\n${faultTable()}\n${end}${after}`);
  else expect(table).toBe(`\n${faultTable()}\n`);
});
