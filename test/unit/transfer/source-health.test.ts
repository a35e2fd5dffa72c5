import { expect, test } from "@jest/globals";

import { createSourceHealth } from "../../../src/transfer/source-health.js";
import { AirgoError } from "../../../src/support/errors.js";
import type { ErrorCode } from "../../../src/support/error-codes.js";

const failing = (code: ErrorCode) => () => Promise.reject(new AirgoError(code, { what: "it does not work" }));
const base = "https://mirror.example";

function watched() {
  const told: string[] = [];
  const health = createSourceHealth((...words) => void told.push(words.join(": ")));
  const fail = (code: ErrorCode): Promise<unknown> =>
    health.through(base, failing(code)).catch((error: unknown) => error);
  return { told, health, fail };
}

test.each(["AIRGO_NETWORK", "AIRGO_UPSTREAM_STATUS"] as const)(
  "a source that ends in %s three times in a row is not asked any more, which is told once with the reason",
  async (code) => {
    const { told, health, fail } = watched();
    for (let i = 0; i < 5; i++) await fail(code);
    expect(told).toEqual([`${base}: it does not work`]);
    let isAsked = false;
    const next = health.through(base, async () => void (isAsked = true));
    await expect(next).rejects.toMatchObject({
      code: "AIRGO_NETWORK",
      message: "a source is not asked any more, since it failed 3 times in a row: it does not work",
      where: base,
    });
    expect(isAsked).toBe(false);
    expect(await health.through("https://other.example", async () => "fine")).toBe("fine");
  },
);

test("an answer in between starts the count anew; what it refuses and wrong bytes do not count", async () => {
  const { told, health, fail } = watched();
  for (let i = 0; i < 3; i++) {
    await fail("AIRGO_NETWORK");
    await fail("AIRGO_NETWORK");
    await fail("AIRGO_UPSTREAM_DENIED");
    await fail("AIRGO_CHECKSUM_MISMATCH");
    await health.through(base, async () => undefined);
  }
  expect(told).toEqual([]);
});
