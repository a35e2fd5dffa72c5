import { expect, describe, test } from "@jest/globals";
import * as fc from "fast-check";

import { inspectZip, type ZipFacts } from "../../../src/modules/zip-inspect.js";
import { isAirgoError } from "../../../src/support/errors.js";
import { makeZip } from "../../support/make-zip.js";

const prefix = "example.com/m@v1.0.0/";
const zip = makeZip([
  { name: `${prefix}\u{e9}/\u{4e2d}.txt`, data: "text\n" },
  { name: `${prefix}empty`, data: "" },
  { name: `${prefix}stored`, data: "stored\n", store: true },
  { name: `${prefix}program.sh`, data: "#!/bin/sh\n".repeat(500), mode: 0o755 },
]);

/** Facts or an AirgoError; anything else fails the test. */
const outcome = async (bytes: Buffer): Promise<ZipFacts | undefined> =>
  inspectZip(bytes, { prefix, keepEntries: true }).catch((error: unknown) => {
    if (isAirgoError(error) && error.code.startsWith("AIRGO_ZIP_")) return undefined;
    throw error;
  });

describe("damage", () => {
  test("of any one byte gives facts or an error, and the same h1 only for the same files", async () => {
    const sound = await inspectZip(zip, { prefix, keepEntries: true });
    for (let at = 0; at < zip.length; at++) {
      for (const mask of [0x01, 0x10, 0x80, 0xff]) {
        const damaged = Buffer.from(zip);
        damaged[at] = (damaged[at] ?? 0) ^ mask;
        const facts = await outcome(damaged);
        const contents = facts?.entries?.map(({ name, sha256 }) => `${name} ${sha256}`);
        if (facts?.h1 === sound.h1)
          expect(contents).toEqual(sound.entries?.map(({ name, sha256 }) => `${name} ${sha256}`));
      }
    }
  });

  test("by cutting it anywhere is refused", async () => {
    for (let length = 0; length < zip.length; length++)
      expect(await outcome(zip.subarray(0, length))).toBeUndefined();
  });

  test("of several bytes at once gives facts or an error", async () => {
    const change = fc.record({ at: fc.nat(zip.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 6 }), async (changes) => {
        const damaged = Buffer.from(zip);
        for (const { at, byte } of changes) damaged[at] = byte;
        await outcome(damaged);
      }),
      { numRuns: 500 },
    );
  });
});
