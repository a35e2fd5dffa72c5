import { readFileSync } from "node:fs";

import { expect, test } from "@jest/globals";

import { errorCatalogue } from "../../src/support/error-codes.js";
import { exitCodes } from "../../src/support/exit-codes.js";

test("docs/errors.md lists every code with its exit code and meaning, and no other", () => {
  const documented = [
    ...readFileSync("docs/errors.md", "utf8").matchAll(/^\| `(AIRGO_\w+)` \| (\d+) \| (.+) \|$/gm),
  ]
    .map(([, code, exit, meaning]) => ({ code, exit: Number(exit), meaning }))
    .filter(({ code }) => code !== undefined && code in errorCatalogue);
  const catalogue = Object.entries(errorCatalogue).map(([code, { exit, meaning }]) => ({
    code,
    exit: exitCodes[exit],
    meaning,
  }));
  expect(documented).toEqual(catalogue);
});
