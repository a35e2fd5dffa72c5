import { expect, test } from "@jest/globals";

import { once } from "../../../src/modules/once.js";

function counted(): { known: Map<string, Promise<number>>; make: () => Promise<number>; made: () => number } {
  let made = 0;
  return { known: new Map(), make: async () => ++made, made: () => made };
}

test("all who ask while it runs, and after it worked, share one answer", async () => {
  const { known, make, made } = counted();
  expect(await Promise.all([once(known, "a", make), once(known, "a", make)])).toEqual([1, 1]);
  expect(await once(known, "a", make)).toBe(1);
  expect(made()).toBe(1);
});

test("another name is another answer", async () => {
  const { known, make } = counted();
  expect([await once(known, "a", make), await once(known, "b", make)]).toEqual([1, 2]);
});

test("a failure is told to all who wait for it, and forgotten", async () => {
  const { known, make } = counted();
  const waiting = await Promise.allSettled([
    once(known, "a", () => Promise.reject(new Error("not now"))),
    once(known, "a", make),
  ]);
  expect(waiting.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(known.size).toBe(0);
  expect(await once(known, "a", make)).toBe(1);
});
