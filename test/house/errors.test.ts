import { readdirSync, readFileSync } from "node:fs";

import { expect, test } from "@jest/globals";

import { errorCatalogue } from "../../src/support/error-codes.js";
import { exitCodes } from "../../src/support/exit-codes.js";

const [, ofAirgo = "", ofInstaller = ""] = readFileSync("docs/errors.md", "utf8").split(/^## Codes of .*$/m);

function rowsOf(text: string): { code: string; exit: number; meaning: string }[] {
  return [...text.matchAll(/^\| `(AIRGO_\w+)` \| (\d+) \| (.+) \|$/gm)].map(
    ([, code = "", exit, meaning = ""]) => ({
      code,
      exit: Number(exit),
      meaning,
    }),
  );
}

test("docs/errors.md lists every code of airgo with its exit code and meaning, and no other", () => {
  const catalogue = Object.entries(errorCatalogue).map(([code, { exit, meaning }]) => ({
    code,
    exit: exitCodes[exit],
    meaning,
  }));
  expect(rowsOf(ofAirgo)).toEqual(catalogue);
});

test("docs/errors.md lists every code of install.sh with its exit code, and no other", () => {
  const parts = readdirSync("src/installer", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sh"))
    .map((name) => readFileSync(`src/installer/${name}`, "utf8"));
  const used = new Set(
    parts.flatMap((text) =>
      [...text.matchAll(/\bfail (\d+) (AIRGO_\w+)/g)].map(([, exit, code]) => `${code} ${exit}`),
    ),
  );
  expect(
    rowsOf(ofInstaller)
      .map(({ code, exit }) => `${code} ${exit}`)
      .sort(),
  ).toEqual([...used].sort());
});
