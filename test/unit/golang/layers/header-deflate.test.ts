import { inflateRawSync } from "node:zlib";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { deflateRuns } from "../../../../src/golang/layers/header-deflate.js";
import { tarHeader } from "../../../../src/golang/layers/tar-header.js";

/** Also holds that the stream ends where its bytes end: anything more would break a gzip member. */
function expectRoundTrip(data: Uint8Array): void {
  const stream = deflateRuns(data);
  const back = inflateRawSync(stream);
  expect(Buffer.compare(back, data)).toBe(0);
  if (stream.length > 1)
    expect(() => inflateRawSync(stream.subarray(0, -1))).toThrow("unexpected end of file");
}

describe("deflateRuns", () => {
  test("of nothing is an empty block", () => expectRoundTrip(new Uint8Array(0)));

  test("every byte, alone and in runs of every length that matters", () => {
    expectRoundTrip(Uint8Array.from({ length: 256 }, (_, byte) => byte));
    for (let length = 1; length < 600; length++) expectRoundTrip(Buffer.alloc(length, length % 256));
  });

  test("any mixture of runs", () => {
    const run = fc.record({ byte: fc.nat(255), length: fc.oneof(fc.nat(6), fc.nat(1200)) });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 40 }), (runs) => {
        expectRoundTrip(Buffer.concat(runs.map(({ byte, length }) => Buffer.alloc(length, byte))));
      }),
    );
  });

  test("any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), (data) => expectRoundTrip(data)));
  });

  test("makes a tar header small", () => {
    const header = tarHeader({
      path: "src/cmd/compile/internal/ssa/rewrite.go",
      mode: 0o644,
      size: 9,
      mtime: 1_800_000_000,
    });
    expect(deflateRuns(header).length).toBeLessThan(130);
  });

  test("gives these bytes and no others: they are part of locked digests", () => {
    expect(
      Buffer.from(deflateRuns(Buffer.from("abc\0\0\0\0\0\0\0\0\xff\xff", "latin1"))).toString("hex"),
    ).toBe("4b4c4a668082ffff01");
  });
});
