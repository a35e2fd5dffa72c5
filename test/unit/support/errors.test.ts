import { runInNewContext } from "node:vm";

import { describe, expect, test } from "@jest/globals";

import { errorCatalogue, type ErrorCode } from "../../../src/support/error-codes.js";
import {
  AirgoError,
  hasSystemCode,
  invariant,
  isAirgoError,
  messageOf,
} from "../../../src/support/errors.js";
import { exitCodes } from "../../../src/support/exit-codes.js";

test("each class of failure is one bit, so that the codes of several kits can be joined", () => {
  const { done, interrupted, terminated, ...failures } = exitCodes;
  expect(done).toBe(0);
  expect([interrupted, terminated]).toEqual([130, 143]);
  const bits = Object.values(failures);
  expect(bits.every((bit) => bit > 0 && bit < 64 && (bit & (bit - 1)) === 0)).toBe(true);
  expect(new Set(bits).size).toBe(bits.length);
});

test.each(Object.keys(errorCatalogue) as ErrorCode[])("%s ends a run with the code of its class", (code) => {
  const error = new AirgoError(code, { what: "x" });
  expect(error.exitCode).toBe(exitCodes[errorCatalogue[code].exit]);
  expect(error.exitCode).toBeGreaterThan(0);
});

test("every text of an error is redacted, and its cause is kept", () => {
  const secret = "https://u:pw@h?k=v";
  const cause = new Error("x");
  const details = { what: secret, where: secret, expected: secret, found: secret, hint: secret, cause };
  const error = new AirgoError("AIRGO_NETWORK", details);
  for (const text of [error.message, error.where, error.expected, error.found, error.hint])
    expect(text).toBe("https://***@h?***");
  expect(error.cause).toBe(cause);
  expect(new AirgoError("AIRGO_BUG", { what: "x" })).not.toHaveProperty("cause");
});

describe("isAirgoError", () => {
  test("knows one of another realm by its brand", () => {
    const foreign: unknown = runInNewContext(`({ [Symbol.for("airgo.error")]: true, code: "AIRGO_BUG" })`);
    expect(isAirgoError(foreign)).toBe(true);
  });

  test.each([[null], [undefined], ["AIRGO_BUG"], [{ code: "AIRGO_BUG" }], [new Error("x")]])(
    "is not fooled by %p",
    (value) => {
      expect(isAirgoError(value)).toBe(false);
    },
  );
});

test("hasSystemCode wants an Error, of any realm, with one of the codes", () => {
  const error: unknown = runInNewContext(`Object.assign(new Error("x"), { code: "ENOENT" })`);
  expect(hasSystemCode(error, "EXDEV", "ENOENT")).toBe(true);
  expect(hasSystemCode(error, "EXDEV")).toBe(false);
  expect(hasSystemCode({ code: "ENOENT" }, "ENOENT")).toBe(false);
});

test.each<[string, unknown, string]>([
  ["an Error", new Error("at https://u:p@h"), "at https://***@h"],
  ["a text", "plain", "plain"],
  ["nothing", undefined, "undefined"],
  ["a symbol", Symbol("s"), "Symbol(s)"],
  ["an object that cannot be a text", Object.create(null), "object"],
  ["an Error with a code alone", Object.assign(new Error(""), { code: "ECONNRESET" }), "ECONNRESET"],
  ["an Error with nothing", new RangeError(""), "RangeError"],
  [
    "several refused connections",
    new AggregateError([new Error("refused by ::1"), new Error("refused by 127.0.0.1")], ""),
    "refused by ::1; refused by 127.0.0.1",
  ],
])("messageOf %s says something, without secrets", (_what, thrown, expected) => {
  expect(messageOf(thrown)).toBe(expected);
});

test("an invariant that does not hold is a bug of ours", () => {
  expect(() => invariant("something", "x")).not.toThrow();
  expect(() => invariant("", "no name")).toThrow(
    expect.objectContaining({ code: "AIRGO_BUG", message: "no name" }),
  );
});
