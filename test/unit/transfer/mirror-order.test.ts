import { afterEach, describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { createHttpClient } from "../../../src/transfer/client/http.js";
import {
  askForAnswer,
  fastestFirst,
  measureMirrors,
  mirrorOrder,
  orderText,
  type Measured,
} from "../../../src/transfer/mirror-order.js";
import { once, serve, type Loopback } from "../../support/loopback.js";

/** Mirrors that answer after so many milliseconds of a clock of their own; the quickest first, as in the world. */
function mirrors(times: Readonly<Record<string, number | undefined>>) {
  let clock = 0;
  const gates = new Map(Object.keys(times).map((base) => [base, once()]));
  const inTurn = Object.entries(times).toSorted(([, a = 1e9], [, b = 1e9]) => a - b);
  const asked: string[] = [];
  async function ask(base: string): Promise<void> {
    asked.push(base);
    // All are asked before the first one answers.
    if (asked.length === inTurn.length) gates.get(inTurn[0]?.[0] ?? "")?.tell();
    await gates.get(base)?.happened;
    const place = inTurn.findIndex(([name]) => name === base);
    clock = times[base] ?? clock;
    // Whoever waits for this one goes on with the clock as it is now, before the next one moves it.
    setImmediate(() => gates.get(inTurn[place + 1]?.[0] ?? "")?.tell());
    if (times[base] === undefined) throw new Error("out of order");
  }
  return { ask, now: () => clock, asked };
}

describe("the order of mirrors", () => {
  test("`fastest` has those that answer soonest first, and those that fail last", async () => {
    const { ask, now } = mirrors({ a: undefined, b: 40, c: 12, d: 90 });
    const told: string[] = [];
    const order = await mirrorOrder(["a", "b", "c", "d"], {
      policy: "fastest",
      ask,
      now,
      onMeasured: (measured) => void told.push(orderText(measured)),
    });
    expect(order).toEqual(["c", "b", "d", "a"]);
    expect(told).toEqual(["c (12 ms), b (40 ms), d (90 ms), a (no answer)"]);
  });

  test.each([
    ["order", ["a", "b"]],
    ["fastest", ["a"]],
    ["fastest", []],
  ] as const)("`%s` of %j asks nobody", async (policy, bases) => {
    const { ask, now, asked } = mirrors({ a: 5, b: 1 });
    const onMeasured = (): void => void asked.push("told");
    expect(await mirrorOrder(bases, { policy, ask, now, onMeasured })).toEqual(bases);
    expect(asked).toEqual([]);
  });

  test("a mirror that does not answer in time goes last, and is let go", async () => {
    let ended = 0;
    const ask = (base: string, signal: AbortSignal): Promise<void> =>
      base === "b"
        ? Promise.resolve()
        : new Promise((_, reject) =>
            signal.addEventListener("abort", () => {
              ended++;
              reject(new Error("too late"));
            }),
          );
    const measured = await measureMirrors(["a", "b"], { ask, now: () => 0, limitMs: 1 });
    expect(measured).toEqual([
      { base: "a", ms: undefined },
      { base: "b", ms: 0 },
    ]);
    expect(ended).toBe(1);
  });

  test("a run that is ended meanwhile says so", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const ask = async (): Promise<void> => controller.abort(reason);
    const measured = measureMirrors(["a", "b"], { ask, now: () => 0, signal: controller.signal });
    await expect(measured).rejects.toBe(reason);
  });
});

test("sorting keeps every mirror, puts answers in front, sooner ones first, and leaves equals as they were", () => {
  const one = fc.record({
    base: fc.string(),
    ms: fc.option(fc.nat(50), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(one), (measured: Measured[]) => {
      const sorted = fastestFirst(measured);
      expect(sorted).toHaveLength(measured.length);
      expect(new Set(sorted)).toEqual(new Set(measured));
      for (const [index, next] of sorted.slice(1).entries()) {
        const before = sorted[index] as Measured;
        const [a, b] = [before.ms ?? Infinity, next.ms ?? Infinity];
        expect(a).toBeLessThanOrEqual(b);
        if (a === b) expect(measured.indexOf(before)).toBeLessThan(measured.indexOf(next));
      }
    }),
  );
});

describe("an answer", () => {
  const http = createHttpClient("airgo-test", {});
  let server: Loopback | undefined;
  afterEach(() => server?.close());

  test.each([200, 301, 401, 404, 405, 429, 501])("is one with status %d", async (status) => {
    const methods: (string | undefined)[] = [];
    server = await serve(({ method }, response) => {
      methods.push(method);
      response.writeHead(status).end();
    });
    await askForAnswer(http, server.url, new AbortController().signal);
    expect(methods).toEqual(["HEAD"]);
  });

  test.each([500, 502, 503])("is none with status %d", async (status) => {
    server = await serve((_, response) => response.writeHead(status).end());
    await expect(askForAnswer(http, server.url, new AbortController().signal)).rejects.toThrow(`${status}`);
  });
});
