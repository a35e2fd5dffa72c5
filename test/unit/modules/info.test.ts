import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { canonicalInfo, parseInfo } from "../../../src/modules/info.js";

const parse = (text: string) => parseInfo(Buffer.from(text), "v1.0.0", "m/@v/v1.0.0.info");

describe("parseInfo", () => {
  test.each([
    [`{"Version":"v1.0.0"}`, { version: "v1.0.0" }],
    [`{"Version":"v1.0.0","Time":null}`, { version: "v1.0.0" }],
    [
      `{"Time":"2024-02-29T03:04:05Z","Version":"v1.0.0","Origin":{"VCS":"git"}}`,
      { version: "v1.0.0", time: "2024-02-29T03:04:05Z" },
    ],
    [
      `{"Version":"v1.0.0","Time":"2024-01-02T03:04:05.123456789+05:30"}`,
      { version: "v1.0.0", time: "2024-01-02T03:04:05.123456789+05:30" },
    ],
    [
      `{"Version":"v1.0.0","Time":"0001-01-01T00:00:00Z"}`,
      { version: "v1.0.0", time: "0001-01-01T00:00:00Z" },
    ],
  ])("reads %s", (text, expected) => expect(parse(text)).toEqual(expected));

  test.each([
    "",
    "null",
    "[]",
    `"v1.0.0"`,
    "<!doctype html><title>Sign in</title>",
    "{}",
    `{"Version":"v1.0.1"}`,
    `{"Version":["v1.0.0"]}`,
    `{"version":"v1.0.0"}`,
    `{"Version":"v1.0.0","Time":5}`,
    // Go's own reading of a time is strict, and an .info that it cannot read breaks an isolated host.
    ...["yesterday", "2024-01-02", "2024-01-02T03:04:05", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z"].map(
      (time) => `{"Version":"v1.0.0","Time":"${time}"}`,
    ),
    ...["2024-01-02T24:00:00Z", "2024-01-02T3:04:05Z", "2024-01-02T03:04:60Z", "2024-01-02T:::Z"].map(
      (time) => `{"Version":"v1.0.0","Time":"${time}"}`,
    ),
    ...["2024-01-02T03:04:05.Z", "2024-01-02T03:04:05,1Z", "2024-01-02T03:04:05+24:00"].map(
      (time) => `{"Version":"v1.0.0","Time":"${time}"}`,
    ),
  ])("refuses %s", (text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: "AIRGO_UPSTREAM_MALFORMED", where: "m/@v/v1.0.0.info" }),
    );
  });

  test("never trips over what a server sends", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          expect(parse(text).version).toBe("v1.0.0");
        } catch (error) {
          expect(error).toMatchObject({ code: "AIRGO_UPSTREAM_MALFORMED" });
        }
      }),
    );
  });
});

test("canonicalInfo always writes the same bytes, and reads back", () => {
  expect(canonicalInfo({ version: "v1.0.0" })).toBe(`{"Version":"v1.0.0"}`);
  const full = { time: "2024-01-02T03:04:05Z", version: "v1.0.0" };
  expect(canonicalInfo(full)).toBe(`{"Version":"v1.0.0","Time":"2024-01-02T03:04:05Z"}`);
  expect(parse(canonicalInfo(full))).toEqual(full);
});
