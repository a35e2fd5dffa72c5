import { expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { parseGoProxy } from "../../../src/modules/goproxy.js";
import { orderedProxies } from "../../../src/modules/proxy-order.js";

const reversed = async (bases: readonly string[]): Promise<string[]> => bases.toReversed();

/** A list as GOPROXY has it, of the proxies in that order. */
async function ordered(list: string, orderOf = reversed): Promise<string> {
  const entries = await orderedProxies(parseGoProxy(list), orderOf);
  const marks = { "when-missing": ",", "when-failing": "|", end: "" };
  return entries.map(({ base, next }) => `${base.replace("https://", "")}${marks[next]}`).join("");
}

test.each([
  ["a.x|b.x", "b.x|a.x"],
  ["a.x,b.x", "a.x,b.x"],
  ["a.x|b.x,c.x|d.x", "b.x|a.x,d.x|c.x"],
  ["a.x,b.x|c.x", "a.x,c.x|b.x"],
  ["a.x|b.x|direct", "b.x|a.x|direct"],
  ["a.x|off", "a.x|off"],
  ["direct", "direct"],
])("%s, each group the other way round, is %s", async (list, expected) => {
  expect(await ordered(list)).toBe(expected);
});

test("nobody is asked for the order of a proxy that stands alone", async () => {
  expect(await ordered("a.x,b.x,c.x|direct", () => Promise.reject(new Error("asked")))).toBe(
    "a.x,b.x,c.x|direct",
  );
});

const places = fc.array(fc.constantFrom(",", "|"), { maxLength: 12 });
const end = fc.constantFrom("", ",direct", "|direct", ",off", "|off");

test("whatever the order: places keep their meaning, and no proxy crosses `,`, `direct` or `off`", async () => {
  await fc.assert(
    fc.asyncProperty(places, end, fc.infiniteStream(fc.nat()), async (marks, tail, ranks) => {
      const list = [...marks, ""].map((mark, index) => `p${index}.example${mark}`).join("") + tail;
      const entries = parseGoProxy(list);
      const byRank = async (bases: readonly string[]): Promise<string[]> =>
        bases
          .map((base) => ({ base, rank: ranks.next().value ?? 0 }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ base }) => base);
      const after = await orderedProxies(entries, byRank);
      // What leads on from a place, and what is no address, stays where it is.
      expect(after.map(({ next, kind }) => [next, kind])).toEqual(
        entries.map(({ next, kind }) => [next, kind]),
      );
      // Between two commas are the same proxies as before, in whatever order.
      expect(groups(after)).toEqual(groups(entries));
    }),
  );
});

test("the order in which they are written changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(places, end, async (marks, tail) => {
      const list = [...marks, ""].map((mark, index) => `p${index}.example${mark}`).join("") + tail;
      const entries = parseGoProxy(list);
      expect(await orderedProxies(entries, async (bases) => bases)).toEqual(entries);
    }),
  );
});

/** The bases between two commas, each group sorted. */
function groups(entries: Awaited<ReturnType<typeof orderedProxies>>): string[][] {
  const found: string[][] = [[]];
  for (const { base, next } of entries) {
    found.at(-1)?.push(base);
    if (next === "when-missing") found.push([]);
  }
  return found.map((group) => group.sort());
}
