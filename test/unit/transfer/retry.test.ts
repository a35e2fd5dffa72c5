import { describe, expect, test } from "@jest/globals";

import { againAfterFailure, againAfterStatus } from "../../../src/transfer/retry-rule.js";
import { withRetry } from "../../../src/transfer/retry.js";
import { errorCatalogue, type ErrorCode } from "../../../src/support/error-codes.js";
import { AirgoError, type Again } from "../../../src/support/errors.js";

const noon = Date.UTC(2026, 10, 21, 12);

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
    { delay: (ms) => (waits.push(ms), Promise.resolve()), random: () => 0.5, now: () => noon, ...options },
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
  "AIRGO_WEB_PAGE",
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
    await expect(withRetry(unit, { delay: () => Promise.reject(stopped), now: () => noon })).rejects.toBe(
      stopped,
    );
    expect(tries).toBe(1);
  });
});

test("what is no AirgoError is not tried again, whatever its code", async () => {
  const failure = Object.assign(new Error("x"), { code: "AIRGO_NETWORK" });
  expect(await attempt([failure])).toMatchObject({ outcome: failure, tries: 1 });
});

const asked = (after: string): AirgoError =>
  new AirgoError("AIRGO_UPSTREAM_STATUS", { what: "x", found: "HTTP status 503", again: { after } });

describe("a server that says when", () => {
  test.each([
    ["7", 7000],
    [" 120 ", 120_000],
    ["Sat, 21 Nov 2026 12:01:00 GMT", 60_000],
    ["Saturday, 21-Nov-26 12:00:30 GMT", 30_000],
    ["Sat Nov 21 12:00:09 2026", 9000],
  ])("%j is waited for", async (after, wait) => {
    expect(await attempt([asked(after)])).toEqual({ outcome: "done", tries: 2, waits: [wait] });
  });

  test.each(["0", "Sat, 21 Nov 2026 11:00:00 GMT", "soon", "", "-5", "1.5", "Sat, 99 Nov 2026 12:00:00 GMT"])(
    "%j is no reason to wait less than usual",
    async (after) => {
      expect((await attempt([asked(after), asked(after)])).waits).toEqual([500, 1000]);
    },
  );

  test.each([
    ["121", 121],
    ["9".repeat(400), Number.POSITIVE_INFINITY],
    ["Sat, 21 Nov 2026 13:00:00 GMT", 3600],
  ])("%j is too long to wait for: the error says how long", async (after, seconds) => {
    const failure = asked(after);
    const { outcome, tries, waits } = await attempt([failure]);
    expect({ tries, waits }).toEqual({ tries: 1, waits: [] });
    expect(outcome).toMatchObject({
      code: "AIRGO_UPSTREAM_STATUS",
      message: `the server asks to wait ${seconds} seconds`,
      found: `HTTP status 503, try again after ${seconds} seconds`,
      cause: failure,
    });
  });
});

test.each(mendable)("%s of which another try is known to be of no use ends it all", async (code) => {
  const failure = new AirgoError(code, { what: "x", again: "never" });
  expect(await attempt([failure])).toEqual({ outcome: failure, tries: 1, waits: [] });
});

describe("what a failure says of another try", () => {
  test.each<[number, string | undefined, Again | undefined]>([
    [400, undefined, "never"],
    [404, "5", "never"],
    [407, undefined, "never"],
    [418, undefined, "never"],
    [451, undefined, "never"],
    [408, undefined, undefined],
    [425, "5", undefined],
    [429, undefined, undefined],
    [429, "5", { after: "5" }],
    [503, "5", { after: "5" }],
    [500, "5", undefined],
    [502, undefined, undefined],
    [204, undefined, undefined],
  ])("status %i with Retry-After %j: %j", (status, header, again) => {
    expect(againAfterStatus(status, header)).toEqual(again);
  });

  test.each([
    ["CERT_HAS_EXPIRED", "never"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "never"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "never"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "never"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "never"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "never"],
    ["INVALID_CA", "never"],
    ["ECONNRESET", undefined],
    ["ECONNREFUSED", undefined],
    ["ENOTFOUND", undefined],
    ["UND_ERR_CONNECT_TIMEOUT", undefined],
    ["EPROTO", undefined],
  ])("a transfer that broke with %s: %j", (code, again) => {
    const cause = Object.assign(new Error("x"), { code });
    expect(againAfterFailure(cause)).toEqual(again);
    expect(againAfterFailure(new Error("the proxy opened no tunnel", { cause }))).toEqual(again);
  });
});
