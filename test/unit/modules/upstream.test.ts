import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import { AirgoError } from "../../../src/support/errors.js";
import { startFakeUpstream, type FakeUpstream } from "../../support/fake-upstream.js";
import { openRig, type Rig } from "./rig.js";

const below = "example.com/m/@v/v1.0.0.mod";
const subject = "module example.com/m@v1.0.0";
let first: FakeUpstream;
let second: FakeUpstream;
const rigs: Rig[] = [];

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
});
afterAll(() => Promise.all([first.close(), second.close()]));

async function over(list: (a: string, b: string) => string, signal?: AbortSignal): Promise<Rig> {
  const rig = await openRig(list(first.proxyUrl, second.proxyUrl), signal === undefined ? {} : { signal });
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
    const { upstream } = await over((a, b) => `${a}|${b}|direct`, controller.signal);
    await expect(upstream.bytes(below, subject, 1000)).rejects.toBe(reason);
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
    const { upstream, folder } = await over((_, b) => b);
    const file = join(folder, "got");
    let tries = 0;
    const steps: number[] = [];
    const size = await upstream.file({
      below,
      subject,
      file,
      maxBytes: 1000,
      onBytes: (bytes) => steps.push(bytes),
      async check(got) {
        if (++tries === 1) throw new AirgoError("AIRGO_CHECKSUM_MISMATCH", { what: "damaged on the way" });
        return got.size;
      },
    });
    expect(steps.reduce((sum, bytes) => sum + bytes, 0)).toBe(size);
    expect(steps).toContain(-size);
    expect(await readFile(file, "utf8")).toBe("module example.com/m\n");
  });

  test("a check that finds damage has the transfer made again", async () => {
    second.faults.add(/./, { kind: "flip", at: 0 }, 1);
    const { upstream, folder } = await over((_, b) => b);
    const file = join(folder, "got");
    const text = await upstream.file({
      below,
      subject,
      file,
      maxBytes: 1000,
      async check() {
        const data = await readFile(file, "utf8");
        if (!data.startsWith("module")) throw new AirgoError("AIRGO_CHECKSUM_MISMATCH", { what: "damaged" });
        return data;
      },
    });
    expect(text).toBe("module example.com/m\n");
  });

  test("what a check has no use for counts as not there", async () => {
    first.addModule({ path: "example.com/m", version: "v1.0.0", goMod: "module other\n", files: {} });
    const { upstream, folder } = await over((a, b) => `${a},${b}`);
    const file = join(folder, "got");
    let counted = 0;
    const text = await upstream.file({
      below,
      subject,
      file,
      maxBytes: 1000,
      onBytes: (bytes) => (counted += bytes),
      async check() {
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
