import type { lookup, LookupAddress, LookupOptions } from "node:dns";

import { expect, test } from "@jest/globals";

import { sharedLookup } from "../../../src/transfer/client/shared-lookup.js";

const four: LookupAddress = { address: "192.0.2.1", family: 4 };
const six: LookupAddress = { address: "2001:db8::1", family: 6 };

type Callback = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
type Told = { error: NodeJS.ErrnoException | null; address: unknown; family: unknown };

/** A system's resolver whose questions wait until they are answered. */
function resolver() {
  const asked: { host: string; options: LookupOptions; answer: Callback }[] = [];
  const resolve = (host: string, options: LookupOptions, answer: Callback): void =>
    void asked.push({ host, options, answer });
  const shared = sharedLookup(resolve as unknown as typeof lookup);
  const ask = (host: string, options: LookupOptions = {}): Promise<Told> =>
    new Promise((told) =>
      shared(host, options, (error, address, family) => told({ error, address, family })),
    );
  return { asked, shared, ask };
}

test("many who ask for one name at the same moment are told by one question", async () => {
  const { asked, ask } = resolver();
  const waiting = Array.from({ length: 50 }, () => ask("proxy.example"));
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ host: "proxy.example", options: { all: true } });
  asked[0]?.answer(null, [four, six]);
  for (const told of await Promise.all(waiting))
    expect(told).toEqual({ error: null, address: four.address, family: 4 });
});

test("who asks for all addresses gets all, who asks for one the first, by the same question", async () => {
  const { asked, ask } = resolver();
  const [all, one] = [ask("proxy.example", { all: true }), ask("proxy.example", { all: false })];
  asked[0]?.answer(null, [six, four]);
  expect((await all).address).toEqual([six, four]);
  expect(await one).toEqual({ error: null, address: six.address, family: 6 });
  expect(asked).toHaveLength(1);
});

test("what is known already is told later all the same, never before the call returns", async () => {
  const { asked, shared } = resolver();
  const told: string[] = [];
  const ask = (who: string): void => shared("proxy.example", {}, () => void told.push(who));
  ask("first");
  asked[0]?.answer(null, [four]);
  expect(told).toEqual(["first"]);
  ask("second");
  expect(told).toEqual(["first"]);
  await new Promise((done) => setImmediate(done));
  expect(told).toEqual(["first", "second"]);
});

test("what was found is kept for those who ask later", async () => {
  const { asked, ask } = resolver();
  const first = ask("proxy.example");
  asked[0]?.answer(null, [four]);
  await first;
  expect(await ask("proxy.example")).toEqual({ error: null, address: four.address, family: 4 });
  expect(asked).toHaveLength(1);
});

test.each<[string, string, LookupOptions]>([
  ["another name", "other.example", {}],
  ["another family", "proxy.example", { family: 6 }],
  ["other hints", "proxy.example", { hints: 32 }],
])("%s is another question", async (_, host, options) => {
  const { asked, ask } = resolver();
  const [one, two] = [ask("proxy.example"), ask(host, options)];
  expect(asked).toHaveLength(2);
  expect(asked[1]).toMatchObject({ host, options: { ...options, all: true } });
  asked[0]?.answer(null, [four]);
  asked[1]?.answer(null, [six]);
  expect([(await one).address, (await two).address]).toEqual([four.address, six.address]);
});

test("a failure is told to all who wait, and the next one asks anew", async () => {
  const { asked, ask } = resolver();
  const waiting = [ask("proxy.example"), ask("proxy.example", { all: true })];
  const failure = Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN" });
  asked[0]?.answer(failure, []);
  for (const { error } of await Promise.all(waiting)) expect(error).toBe(failure);
  const again = ask("proxy.example");
  expect(asked).toHaveLength(2);
  asked[1]?.answer(null, [four]);
  expect((await again).address).toBe(four.address);
});
