import { expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { createTraffic } from "../../../src/modules/traffic.js";

test("a run that asked for nothing has nothing to tell", () => {
  const traffic = createTraffic();
  expect(traffic.rows()).toEqual([]);
  expect(traffic.total()).toEqual({ hits: 0, misses: 0, bytes: 0, ms: 0 });
});

test("adds up by subject, the longest transfers first, and where they are equal by name", () => {
  const traffic = createTraffic();
  traffic.hit("b@v1");
  traffic.miss("b@v1", 10, 1.6);
  traffic.miss("b@v1", 5, 1.8);
  traffic.hit("c@v1");
  traffic.hit("a@v1");
  traffic.miss("d@v1", 7, 90);
  expect(traffic.rows()).toEqual([
    { subject: "d@v1", hits: 0, misses: 1, bytes: 7, ms: 90 },
    { subject: "b@v1", hits: 1, misses: 2, bytes: 15, ms: 3 },
    { subject: "a@v1", hits: 1, misses: 0, bytes: 0, ms: 0 },
    { subject: "c@v1", hits: 1, misses: 0, bytes: 0, ms: 0 },
  ]);
  expect(traffic.total()).toEqual({ hits: 3, misses: 3, bytes: 22, ms: 93 });
});

test("the total is the sum of the rows, whatever was asked for in whatever order", () => {
  const step = fc.record({
    subject: fc.constantFrom("a", "b", "constructor", "__proto__"),
    bytes: fc.nat(1000),
    ms: fc.nat(1000),
    isHit: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const traffic = createTraffic();
      for (const { subject, bytes, ms, isHit } of steps)
        if (isHit) traffic.hit(subject);
        else traffic.miss(subject, bytes, ms);
      const sum = { hits: 0, misses: 0, bytes: 0, ms: 0 };
      for (const row of traffic.rows()) {
        sum.hits += row.hits;
        sum.misses += row.misses;
        sum.bytes += row.bytes;
        sum.ms += row.ms;
      }
      expect(traffic.total()).toEqual(sum);
      expect(sum.hits + sum.misses).toBe(steps.length);
      expect(traffic.rows()).toHaveLength(new Set(steps.map(({ subject }) => subject)).size);
    }),
  );
});
