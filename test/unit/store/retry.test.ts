import { describe, expect, test } from "@jest/globals";

import { withRetry } from "../../../src/store/retry.js";
import { errorCatalogue, type ErrorCode } from "../../../src/support/error-codes.js";
import { AirgoError } from "../../../src/support/errors.js";

/** Runs a unit that fails as told, then works; notes the waits. */
async function attempt(failures: unknown[], options: { attempts?: number; random?: () => number } = {}) {
  const waits: number[] = [];
  let tries = 0;
  const outcome = await withRetry(
    () => {
      tries++;
      const failure = failures.shift();
      return failure === undefined ? Promise.resolve("done") : Promise.reject(failure);
    },
    { delay: (ms) => (waits.push(ms), Promise.resolve()), random: () => 0.5, ...options },
  ).catch((error: unknown) => error);
  return { outcome, tries, waits };
}

const error = (code: ErrorCode): AirgoError => new AirgoError(code, { what: "x" });
const mendable: ErrorCode[] = [
  "AIRGO_NETWORK",
  "AIRGO_UPSTREAM_STATUS",
  "AIRGO_CHECKSUM_MISMATCH",
  "AIRGO_ZIP_INVALID",
  "AIRGO_ZIP_UNSAFE",
  "AIRGO_NOT_A_ZIP",
];

test.each(mendable)("%s is tried again, after 0.5, 1 and 2 seconds", async (code) => {
  expect(await attempt([error(code), error(code), error(code)])).toEqual({
    outcome: "done",
    tries: 4,
    waits: [500, 1000, 2000],
  });
});

test.each((Object.keys(errorCatalogue) as ErrorCode[]).filter((code) => !mendable.includes(code)))(
  "%s is not",
  async (code) => {
    const failure = error(code);
    expect(await attempt([failure])).toEqual({ outcome: failure, tries: 1, waits: [] });
  },
);

test("the last of too many failures is thrown as it is", async () => {
  const failures = Array.from({ length: 5 }, () => error("AIRGO_NETWORK"));
  expect(await attempt([...failures])).toMatchObject({ outcome: failures[3], tries: 4 });
  expect(await attempt([...failures], { attempts: 1 })).toMatchObject({
    outcome: failures[0],
    tries: 1,
    waits: [],
  });
});

describe("waits", () => {
  test.each([
    [0, 250],
    [0.999, 749.5],
  ])("are spread by chance: %p gives %p ms", async (random, wait) => {
    expect((await attempt([error("AIRGO_NETWORK")], { random: () => random })).waits).toEqual([wait]);
  });

  test("that are ended by an abort end it all", async () => {
    const stopped = new Error("stop");
    let tries = 0;
    const unit = (): Promise<never> => (tries++, Promise.reject(error("AIRGO_NETWORK")));
    await expect(withRetry(unit, { delay: () => Promise.reject(stopped) })).rejects.toBe(stopped);
    expect(tries).toBe(1);
  });
});

test("what is no AirgoError is not tried again, whatever its code", async () => {
  const failure = Object.assign(new Error("x"), { code: "AIRGO_NETWORK" });
  expect(await attempt([failure])).toMatchObject({ outcome: failure, tries: 1 });
});
