import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { isSha256Hex, sha256Hex, sha256OfFile } from "../../../src/support/digest.js";
import { byBytes, sortedBy } from "../../../src/support/order.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("order");

testIf("sort", "byBytes orders as sort in the C locale, also beyond the basic plane", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: "grapheme", minLength: 1 }).map((text) => text.replaceAll(/[\n\0]/g, "")),
        { maxLength: 30 },
      ),
      (words) => {
        const sorted = execFileSync("sort", {
          input: words.map((word) => `${word}\n`).join(""),
          env: { LC_ALL: "C" },
          encoding: "utf8",
        });
        expect(
          [...words]
            .sort(byBytes)
            .map((word) => `${word}\n`)
            .join(""),
        ).toBe(sorted);
      },
    ),
    { numRuns: 20 },
  );
  expect(["\u{10000}", "\u{ffff}"].sort(byBytes)).toEqual(["\u{ffff}", "\u{10000}"]);
});

test("sortedBy gives a copy, and leaves equals in their order", () => {
  const items = [
    { k: "b", n: 1 },
    { k: "a", n: 2 },
    { k: "b", n: 3 },
  ];
  expect(sortedBy(items, ({ k }) => k).map(({ n }) => n)).toEqual([2, 1, 3]);
  expect(items.map(({ n }) => n)).toEqual([1, 2, 3]);
});

testIf("sha256sum", "digests are those of sha256sum, of small files and of those read in parts", async () => {
  for (const size of [0, 1, 3 << 20]) {
    const file = join(root, `${size}`);
    const data = Buffer.alloc(size, 7);
    writeFileSync(file, data);
    const [said] = execFileSync("sha256sum", [file], { encoding: "utf8" }).split(" ");
    expect(await sha256OfFile(file)).toBe(said);
    expect(sha256Hex(data)).toBe(said);
  }
});

test("a file that cannot be read rejects with the file system's error", async () => {
  mkdirSync(join(root, "folder"));
  await expect(sha256OfFile(join(root, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  await expect(sha256OfFile(join(root, "folder"))).rejects.toMatchObject({ code: "EISDIR" });
});

test.each([
  ["a".repeat(64), true],
  ["A".repeat(64), false],
  ["a".repeat(63), false],
  [`${"a".repeat(64)}\n`, false],
  ["g".repeat(64), false],
])("isSha256Hex(%j) is %p", (text, expected) => {
  expect(isSha256Hex(text)).toBe(expected);
});
