import { describe, expect, test } from "@jest/globals";

import { measured, ratePerSecond, type Meter } from "../../../src/cli/reporters/meter.js";

function meterOf(readings: readonly (readonly [at: number, done: number])[]): Meter {
  return readings.reduce<Meter>((meter, [at, done]) => measured(meter, at, done), []);
}

describe("meter", () => {
  test("says nothing too early", () => {
    expect(ratePerSecond([], 0)).toBeUndefined();
    expect(
      ratePerSecond(
        meterOf([
          [0, 0],
          [400, 10],
        ]),
        400,
      ),
    ).toBeUndefined();
  });

  test("tells the rate of the last seconds, not of the whole", () => {
    const slowThenFast = Array.from({ length: 41 }, (_, second): [number, number] => [
      second * 1000,
      second <= 20 ? second : 20 + (second - 20) * 100,
    ]);
    expect(ratePerSecond(meterOf(slowThenFast), 40_000)).toBe(100);
  });

  test("falls while nothing arrives", () => {
    const meter = meterOf([
      [0, 0],
      [1000, 1000],
    ]);
    expect(ratePerSecond(meter, 1000)).toBe(1000);
    expect(ratePerSecond(meter, 4000)).toBe(250);
  });

  test.each([
    [
      "counter",
      [
        [0, 0],
        [1000, 500],
        [1100, 10],
      ],
    ],
    [
      "clock",
      [
        [5000, 0],
        [6000, 500],
        [100, 510],
      ],
    ],
  ] as const)("starts afresh when the %s goes back", (_what, readings) => {
    expect(meterOf(readings)).toHaveLength(1);
  });

  test("stays small when readings come often", () => {
    const often = Array.from({ length: 20_000 }, (_, at): [number, number] => [at, at]);
    expect(meterOf(often).length).toBeLessThan(40);
    expect(ratePerSecond(meterOf(often), 19_999)).toBe(1000);
  });
});
