import { readFile } from "node:fs/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { AirgoError } from "../../../src/support/errors.js";
import { startFakeUpstream, type FakeUpstream } from "../../support/fake-upstream.js";
import { once, serve, type Loopback } from "../../support/loopback.js";
import { openRig, type Rig, type RigOptions } from "./rig.js";

const below = "example.com/m/@v/v1.0.0.mod";
const zipBelow = "example.com/m/@v/v1.0.0.zip";
const subject = "module example.com/m@v1.0.0";
let first: FakeUpstream;
let second: FakeUpstream;
const rigs: Rig[] = [];
let server: Loopback | undefined;

beforeAll(async () => {
  [first, second] = [await startFakeUpstream(), await startFakeUpstream()];
  second.addModule({ path: "example.com/m", version: "v1.0.0", goMod: "module example.com/m\n", files: {} });
});
afterEach(async () => {
  for (const upstream of [first, second]) {
    upstream.faults.clear();
    upstream.requests.length = 0;
  }
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
  await server?.close();
  server = undefined;
});
afterAll(() => Promise.all([first.close(), second.close()]));

async function over(list: (a: string, b: string) => string, options: RigOptions = {}): Promise<Rig> {
  const rig = await openRig(list(first.proxyUrl, second.proxyUrl), options);
  rigs.push(rig);
  return rig;
}

describe("a list of two proxies", () => {
  test.each([404, 410])("`,` goes on after %d", async (status) => {
    first.faults.add(/./, { kind: "status", status });
    const { upstream } = await over((a, b) => `${a},${b}`);
    expect(String(await upstream.bytes(below, subject, 1000))).toBe("module example.com/m\n");
    expect(first.requests).toHaveLength(1);
  });

  test.each([
    [401, "AIRGO_UPSTREAM_DENIED", 1],
    [403, "AIRGO_UPSTREAM_DENIED", 1],
    [429, "AIRGO_UPSTREAM_STATUS", 4],
    [418, "AIRGO_UPSTREAM_STATUS", 1],
    [500, "AIRGO_UPSTREAM_STATUS", 4],
    [503, "AIRGO_UPSTREAM_STATUS", 4],
  ])("`,` stops at %d, `|` does not", async (status, code, tries) => {
    first.faults.add(/./, { kind: "status", status });
    const strict = await over((a, b) => `${a},${b}`);
    await expect(strict.upstream.bytes(below, subject, 1000)).rejects.toMatchObject({ code });
    expect(first.requests).toHaveLength(tries);
    expect(second.requests).toHaveLength(0);
    const lenient = await over((a, b) => `${a}|${b}`);
    expect(String(await lenient.upstream.bytes(below, subject, 1000))).toBe("module example.com/m\n");
  });

  test("`|` goes on when nobody answers at all", async () => {
    const gone = await startFakeUpstream();
    await gone.close();
    const { upstream } = await over((_, b) => `${gone.proxyUrl}|${b}`);
    expect(await upstream.bytes(below, subject, 1000)).toBeInstanceOf(Uint8Array);
  });

  test("`direct` names the module and leads nowhere", async () => {
    const { upstream } = await over((a) => `${a},direct`);
    await expect(upstream.bytes(below, subject, 1000)).rejects.toMatchObject({
      code: "AIRGO_PROXY_DIRECT",
      message: expect.stringContaining("example.com/m@v1.0.0"),
    });
  });

  test("an interrupted run says so, whatever the list holds", async () => {
    const controller = new AbortController();
    const reason = new AirgoError("AIRGO_INTERRUPTED", { what: "ended by SIGINT" });
    controller.abort(reason);
    const { upstream } = await over((a, b) => `${a}|${b}|direct`, { signal: controller.signal });
    await expect(upstream.bytes(below, subject, 1000)).rejects.toBe(reason);
  });
});

function check(data: Buffer): void {
  if (!data.equals(Buffer.from("module example.com/m\n")))
    throw new AirgoError("AIRGO_CHECKSUM_MISMATCH", { what: "other bytes" });
}

describe("wrong bytes of one proxy", () => {
  const wrong = { kind: "serve", path: "sumdb/sum.example.com/latest" } as const;
  const told: string[] = [];
  const onWrongBytes = (base: string, error: AirgoError): void => void told.push(`${base} ${error.message}`);
  beforeEach(() => void told.splice(0));

  test("lead on to the next one behind `|`, which is told once", async () => {
    first.faults.add(/./, wrong);
    const { upstream } = await over((a, b) => `${a}|${b}`, { onWrongBytes });
    for (let file = 0; file < 2; file++)
      expect(String(await upstream.bytes(below, subject, 1000, check))).toBe("module example.com/m\n");
    expect(told).toEqual([`${first.proxyUrl} other bytes`]);
  });

  test.each([",", undefined])("end the search before %j", async (mark) => {
    first.faults.add(/./, wrong);
    const { upstream } = await over((a, b) => (mark === undefined ? a : `${a}${mark}${b}`), { onWrongBytes });
    await expect(upstream.bytes(below, subject, 1000, check)).rejects.toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
      exitCode: 8,
    });
    expect(second.requests).toEqual([]);
    expect(told).toEqual([]);
  });
});

describe("a proxy that stumbles", () => {
  test.each([
    ["an error status", { kind: "status", status: 503 }],
    ["a reset", { kind: "reset", after: 3 }],
    ["a short body", { kind: "truncate", after: 3 }],
  ] as const)("is asked again after %s", async (_, effect) => {
    second.faults.add(/./, effect, 2);
    const { upstream } = await over((_, b) => b);
    expect(String(await upstream.bytes(below, subject, 1000))).toBe("module example.com/m\n");
    expect(second.requests).toHaveLength(3);
  });

  test("and says when, is asked again then", async () => {
    const waits: number[] = [];
    const delay = async (ms: number): Promise<void> => void waits.push(ms);
    const { upstream } = await over((_, b) => b, { delay });
    second.faults.add(/./, { kind: "status", status: 429, retryAfter: "7" }, 1);
    second.faults.add(/./, { kind: "status", status: 503, retryAfter: "Thu, 01 Jan 1970 00:01:00 GMT" }, 2);
    expect(String(await upstream.bytes(below, subject, 1000))).toBe("module example.com/m\n");
    expect(waits).toEqual([7000, 60_000]);
    second.faults.add(/./, { kind: "status", status: 503, retryAfter: "3600" });
    await expect(upstream.bytes(below, subject, 1000)).rejects.toMatchObject({
      code: "AIRGO_UPSTREAM_STATUS",
      message: "the server asks to wait 3600 seconds",
    });
    expect(waits).toHaveLength(2);
  });

  test("an answer without end is cut off, and not asked for again", async () => {
    const { upstream } = await over((_, b) => b);
    await expect(upstream.bytes(below, subject, 5)).rejects.toMatchObject({
      code: "AIRGO_UPSTREAM_MALFORMED",
      where: expect.stringContaining(below),
    });
    expect(second.requests).toHaveLength(1);
  });
});

describe("file", () => {
  test("progress takes back what a transfer that failed had counted", async () => {
    const { upstream } = await over((_, b) => b);
    let tries = 0;
    const steps: number[] = [];
    const size = await upstream.file({
      below,
      subject,
      maxBytes: 1000,
      onBytes: (bytes) => steps.push(bytes),
      async check(got) {
        if (++tries === 1) throw new AirgoError("AIRGO_CHECKSUM_MISMATCH", { what: "damaged on the way" });
        expect(await readFile(got.file, "utf8")).toBe("module example.com/m\n");
        return got.size;
      },
    });
    expect(steps.reduce((sum, bytes) => sum + bytes, 0)).toBe(size);
    expect(steps).toContain(-size);
  });

  test("a check that finds damage has the transfer made again", async () => {
    second.faults.add(/./, { kind: "flip", at: 0 }, 1);
    const { upstream } = await over((_, b) => b);
    const text = await upstream.file({
      below,
      subject,
      maxBytes: 1000,
      async check({ file }) {
        const data = await readFile(file, "utf8");
        if (!data.startsWith("module")) throw new AirgoError("AIRGO_CHECKSUM_MISMATCH", { what: "damaged" });
        return data;
      },
    });
    expect(text).toBe("module example.com/m\n");
  });

  test("what a check has no use for counts as not there", async () => {
    first.addModule({ path: "example.com/m", version: "v1.0.0", goMod: "module other\n", files: {} });
    const { upstream } = await over((a, b) => `${a},${b}`);
    let counted = 0;
    const text = await upstream.file({
      below,
      subject,
      maxBytes: 1000,
      onBytes: (bytes) => (counted += bytes),
      async check({ file }) {
        const data = await readFile(file, "utf8");
        return data.includes("other") ? undefined : data;
      },
    });
    expect(text).toBe("module example.com/m\n");
    expect(counted).toBe(text.length);
  });
});

describe("has", () => {
  test("asks without fetching", async () => {
    const { upstream } = await over((_, b) => b);
    expect(await upstream.has(below, subject)).toBe(true);
    expect(second.requests.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  test("copes with a server that knows no HEAD", async () => {
    second.faults.add(/./, { kind: "no-head" });
    const { upstream } = await over((_, b) => b);
    expect(await upstream.has(below, subject)).toBe(true);
  });

  test.each([404, 410, 401, 403])("takes %d for no", async (status) => {
    second.faults.add(/./, { kind: "status", status });
    const { upstream } = await over((_, b) => b);
    expect(await upstream.has(below, subject)).toBe(false);
  });

  test("takes the end of the list for no", async () => {
    const { upstream } = await over((_, b) => `${b},direct`);
    expect(await upstream.has("example.com/none/@v/v1.0.0.zip", "module none")).toBe(false);
  });

  test.each(["", "|direct"])("a broken proxy is no answer (list ending in %j)", async (tail) => {
    second.faults.add(/./, { kind: "status", status: 500 });
    const { upstream } = await over((_, b) => `${b}${tail}`);
    await expect(upstream.has(below, subject)).rejects.toMatchObject({
      code: expect.stringMatching(/^AIRGO_(UPSTREAM_STATUS|PROXY_DIRECT)$/),
    });
  });
});

/** A transfer that has arrived and is now looked at, until it is let go. */
function checked(upstream: Rig["upstream"]) {
  const [arrived, release] = [once(), once()];
  const done = upstream.file({
    below,
    subject,
    maxBytes: 1000,
    async check(got) {
      arrived.tell();
      await release.happened;
      return got.size;
    },
  });
  return { arrived: arrived.happened, release: release.tell, done };
}

describe("places", () => {
  test("what is done with a file afterwards keeps none from others", async () => {
    const { upstream } = await over((_, b) => b, { atOnce: { small: 1, zips: 1 } });
    const checks = [1, 2, 3].map(() => checked(upstream));
    // All three arrive through the one place, though none is finished.
    await Promise.all(checks.map(({ arrived }) => arrived));
    for (const { release } of checks) release();
    await Promise.all(checks.map(({ done }) => done));
  });

  test("of small files and of files are apart: go does not wait for zips", async () => {
    second.faults.add(/\.zip$/, { kind: "stall" });
    const controller = new AbortController();
    const { upstream } = await over((_, b) => b, {
      atOnce: { small: 1, zips: 1 },
      signal: controller.signal,
    });
    const file = { subject, maxBytes: 1000, check: async () => true };
    const stalled = upstream.file({ ...file, below: zipBelow });
    expect(await upstream.bytes(below, subject, 1000)).toBeInstanceOf(Uint8Array);
    controller.abort(new AirgoError("AIRGO_INTERRUPTED", { what: "enough" }));
    await expect(stalled).rejects.toMatchObject({ code: "AIRGO_INTERRUPTED" });
  });

  test("are as many as said, for each of the two", async () => {
    const atOnce = { small: 2, zips: 1 };
    let [running, most] = [0, 0];
    server = await serve((request, response) => {
      if (request.url === "/probe") {
        response.end();
        return;
      }
      most = Math.max(most, ++running);
      // Another round trip before the answer: without a limit, the others would have come by then.
      void fetch(`${server?.url}/probe`).then(() => {
        running--;
        response.end("x");
      });
    });
    const rig = await openRig(server.url, { atOnce });
    rigs.push(rig);
    await Promise.all(Array.from({ length: 9 }, () => rig.upstream.bytes(below, subject, 9)));
    expect(most).toBe(2);
    most = 0;
    await Promise.all(
      Array.from({ length: 5 }, () =>
        rig.upstream.file({
          below,
          subject,
          maxBytes: 9,
          check: async () => true,
        }),
      ),
    );
    expect(most).toBe(1);
  });
});

describe("traffic", () => {
  test("counts each transfer with its bytes and its time, retries too", async () => {
    second.faults.add(/./, { kind: "status", status: 503 }, 1);
    let clock = 0;
    const { upstream, traffic } = await over((_, b) => b, { now: () => (clock += 5) });
    await upstream.bytes(below, subject, 1000);
    expect(traffic.rows()).toEqual([
      { subject, hits: 0, misses: 2, bytes: "module example.com/m\n".length, ms: 10 },
    ]);
  });

  test("counts what was fetched for nothing as well", async () => {
    const { upstream, traffic } = await over((_, b) => b);
    let tries = 0;
    const size = await upstream.file({
      below,
      subject,
      maxBytes: 1000,
      async check(got) {
        if (++tries < 3) throw new AirgoError("AIRGO_CHECKSUM_MISMATCH", { what: "damaged on the way" });
        return got.size;
      },
    });
    expect(traffic.rows()).toMatchObject([{ subject, misses: 3, bytes: 3 * size }]);
  });
});

const mod = (name: string): string => `example.com/${name}/@v/v1.0.0.mod`;

describe("a proxy that does not work", () => {
  const out = { kind: "status", status: 503 } as const;

  test("is asked for three files, and said once to be out; the next of the list is asked for the rest at once", async () => {
    first.faults.add(/./, out);
    const told: string[] = [];
    const { upstream } = await over((a, b) => `${a}|${b}`, {
      onSetAside: (base, reason) => told.push(`${base} ${reason}`),
    });
    for (let file = 0; file < 10; file++)
      expect(String(await upstream.bytes(below, subject, 1000))).toBe("module example.com/m\n");
    expect(first.requests).toHaveLength(3 * 4);
    expect(told).toEqual([expect.stringContaining(first.proxyUrl)]);
  });

  test("fails at once from then on where nobody else may be asked, and says why", async () => {
    first.faults.add(/./, out);
    const { upstream } = await over((a, b) => `${a},${b}`);
    const failing = () => upstream.bytes(below, subject, 1000).catch((error: unknown) => error);
    for (let file = 0; file < 3; file++)
      expect(await failing()).toMatchObject({ code: "AIRGO_UPSTREAM_STATUS" });
    first.requests.length = 0;
    expect(await failing()).toMatchObject({
      code: "AIRGO_NETWORK",
      message: expect.stringContaining("failed 3 times in a row"),
      where: first.proxyUrl,
    });
    expect([first.requests, second.requests]).toEqual([[], []]);
  });

  test("is one that fails three times in a row: an answer in between counts, and so does 404", async () => {
    second.faults.add(/\/b\//, out);
    const { upstream } = await over((_, b) => b);
    for (let round = 0; round < 3; round++) {
      for (let file = 0; file < 2; file++)
        await expect(upstream.bytes(mod("b"), "b", 1000)).rejects.toMatchObject({
          code: "AIRGO_UPSTREAM_STATUS",
        });
      await expect(upstream.bytes(mod("c"), "c", 1000)).rejects.toMatchObject({
        code: "AIRGO_MODULE_NOT_FOUND",
      });
    }
  });
});
