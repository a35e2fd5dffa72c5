import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { parseReleaseIndex } from "../../../../src/golang/archives/release-index.js";
import { isAirgoError } from "../../../../src/support/errors.js";

const sha256 = "a".repeat(64);
const file = (filename: string, change: object = {}) => ({
  filename,
  sha256,
  size: 7,
  kind: "archive",
  ...change,
});
const parse = (releases: unknown) => parseReleaseIndex(JSON.stringify(releases), "https://go.dev/dl/");

describe("the index of releases", () => {
  test("gives linux archives of both architectures by version, betas and old ones too", () => {
    const index = parse([
      {
        version: "go1.27.3",
        stable: true,
        files: [
          file("go1.27.3.src.tar.gz"),
          file("go1.27.3.linux-amd64.tar.gz", { size: 70 }),
          file("go1.27.3.linux-arm64.tar.gz"),
          file("go1.27.3.linux-armv6l.tar.gz"),
          file("go1.27.3.darwin-arm64.tar.gz"),
          file("go1.27.3.windows-amd64.msi", { kind: "installer" }),
        ],
      },
      { version: "go1.28rc1", files: [file("go1.28rc1.linux-amd64.tar.gz")] },
      { version: "go1.4", files: [file("go1.4.linux-amd64.tar.gz", { sha256: "" })] },
      { version: "weekly.2011", files: [file("weekly.linux-amd64.tar.gz")] },
    ]);
    expect([...index].map(([version, archives]) => [version, [...archives.keys()]])).toEqual([
      ["1.27.3", ["amd64", "arm64"]],
      ["1.28rc1", ["amd64"]],
    ]);
    expect(index.get("1.27.3")?.get("amd64")).toEqual({ sha256, size: 70 });
  });

  test.each([
    ["a web page", "<!doctype html>"],
    ["another JSON", '{"message":"not found"}'],
    ["a release without files", '[{"version":"go1.27.3"}]'],
    [
      "a digest that is none",
      JSON.stringify([{ version: "go1.1", files: [file("go1.1.linux-amd64.tar.gz", { sha256: "<html>" })] }]),
    ],
    [
      "a digest in capitals",
      JSON.stringify([
        { version: "go1.1", files: [file("go1.1.linux-amd64.tar.gz", { sha256: "A".repeat(64) })] },
      ]),
    ],
    [
      "a size that is none",
      JSON.stringify([{ version: "go1.1", files: [file("go1.1.linux-amd64.tar.gz", { size: -1 })] }]),
    ],
  ])("%s is refused, and the address named", (_, text) => {
    expect(() => parseReleaseIndex(text, "https://go.dev/dl/")).toThrow(
      expect.objectContaining({ code: "AIRGO_UPSTREAM_MALFORMED", where: "https://go.dev/dl/" }),
    );
  });

  test("any text is read or refused in order", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseReleaseIndex(text, "x");
        } catch (error) {
          expect(isAirgoError(error)).toBe(true);
        }
      }),
    );
  });
});
