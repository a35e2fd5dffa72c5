import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import type { Lock } from "../../../src/lock/schema.js";
import { kitNeed, requireSpace, storeNeed } from "../../../src/pipeline/space-needs.js";

const object = (size: number) => ({ sha256: "0".repeat(64), size });

/** The part of a lock that matters: zips of modules, and of toolchains by version. */
function lockWith(zips: readonly number[], toolchains: readonly (readonly [string, number])[]): Lock {
  return {
    modules: zips.map((size) => ({ zip: object(size) })),
    toolchains: toolchains.map(([version, size]) => ({ version, file: object(size) })),
  } as unknown as Lock;
}

describe("what a kit needs", () => {
  const real = lockWith(
    [10e6, 5e6],
    [
      ["1.27.3", 62e6],
      ["1.27.3", 60e6],
    ],
  );

  test("are its layers, and the installation that is tried, which is larger than its archive", () => {
    const { bytes, files } = kitNeed(real, "k", "/kits", true);
    const layers = 62e6 + 60e6 / 3;
    expect(bytes).toBe(layers + 15e6 + 62e6 * 3.5);
    expect(files).toBeGreaterThan(10_000);
  });

  test("are its zips too where the store is on another file system", () => {
    const [linked, copied] = [true, false].map((links) => kitNeed(real, "k", "/kits", links).bytes);
    expect((copied ?? 0) - (linked ?? 0)).toBe(15e6);
  });

  test("grow with every Go version, and less with an architecture", () => {
    const one = kitNeed(lockWith([], [["1.27.3", 60e6]]), "k", "/kits", true).bytes;
    const arches = kitNeed(
      lockWith(
        [],
        [
          ["1.27.3", 60e6],
          ["1.27.3", 60e6],
        ],
      ),
      "k",
      "/kits",
      true,
    ).bytes;
    const versions = kitNeed(
      lockWith(
        [],
        [
          ["1.27.3", 60e6],
          ["1.26.9", 60e6],
        ],
      ),
      "k",
      "/kits",
      true,
    ).bytes;
    expect(versions).toBe(2 * one);
    expect(arches).toBeLessThan(1.2 * one);
  });
});

describe("space", () => {
  const left = { device: 1, bytes: 1000, files: 10 };

  test("that is too small is told for every place, with what is needed and what is left", () => {
    const needs = [
      { ...storeNeed([object(4000), object(1_000_000)], "/store"), left },
      { what: "kit k", folder: "/kits", bytes: 30e6, files: 11, left: { ...left, files: undefined } },
      { what: "kit fits", folder: "/kits", bytes: 1000, files: 10, left },
    ];
    expect(() => requireSpace(needs)).toThrow(
      expect.objectContaining({
        code: "AIRGO_DISK",
        message: "not enough space for the store and kit k",
        where: "/store\n/kits",
        expected: "the store: 1004 kB and 2 files, at least\nkit k: 30 MB and 11 files, at least",
        found: "1 kB and 10 files left\n1 kB left",
      }),
    );
  });

  test("is enough when bytes and files are, and where files are not counted when bytes are", () => {
    const number = fc.nat({ max: 1000 });
    fc.assert(
      fc.property(
        number,
        number,
        number,
        fc.option(number, { nil: undefined }),
        (bytes, files, free, inodes) => {
          const need = {
            what: "x",
            folder: "/x",
            bytes,
            files,
            left: { device: 1, bytes: free, files: inodes },
          };
          const fits = bytes <= free && (inodes === undefined || files <= inodes);
          if (fits) requireSpace([need]);
          else expect(() => requireSpace([need])).toThrow(expect.objectContaining({ code: "AIRGO_DISK" }));
        },
      ),
    );
  });
});
