import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { sha256Hex } from "../../../src/support/digest.js";
import { AirgoError } from "../../../src/support/errors.js";
import { startFakeUpstream, type FakeUpstream } from "../../support/fake-upstream.js";
import { serve, type Loopback } from "../../support/loopback.js";
import { filesBelow, openRig, type Rig, type RigOptions } from "./rig.js";

const below = "example.com/m/@v/v1.0.0.zip";
const subject = "module example.com/m@v1.0.0";
let upstream: FakeUpstream;
const rigs: Rig[] = [];
const servers: Loopback[] = [];
/** The zip's size in bytes. */
let size: number;
let sha256: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  const files = { "data.bin": randomBytes(100_000) };
  upstream.addModule({ path: "example.com/m", version: "v1.0.0", goMod: "module example.com/m\n", files });
  const zip = Buffer.from(await (await fetch(`${upstream.proxyUrl}/${below}`)).arrayBuffer());
  [size, sha256] = [zip.length, sha256Hex(zip)];
});
beforeEach(() => {
  upstream.faults.clear();
  upstream.requests.length = 0;
});
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(() => upstream.close());

async function over(list: string, options: RigOptions = {}): Promise<Rig> {
  const rig = await openRig(list, options);
  rigs.push(rig);
  return rig;
}

/** Fetches the zip as a run does, and holds it against the digest that it should have. */
async function get(
  rig: Rig,
  expected = sha256,
  onBytes: (bytes: number) => void = () => {},
): Promise<string> {
  return rig.upstream.file({
    below,
    subject,
    maxBytes: 1 << 20,
    onBytes,
    async check(got) {
      expect(sha256Hex(readFileSync(got.file))).toBe(got.sha256);
      if (got.sha256 !== expected) throw new AirgoError("AIRGO_CHECKSUM_MISMATCH", { what: "other bytes" });
      return got.sha256;
    },
  });
}

const ranges = (): string[] => upstream.requests.map(({ range }) => range ?? "whole");
const truncate = (after: number, times = 1): void =>
  void upstream.faults.add(/\.zip$/, { kind: "truncate", after }, times);

async function expectNothingLeft({ store }: Rig): Promise<void> {
  expect(await filesBelow(join(store.root, "partial"))).toEqual([]);
  expect(readdirSync(join(store.root, "tmp"))).toEqual([]);
}

describe("a transfer that breaks", () => {
  test.each([10, 20, 30, 40, 50, 60, 70, 80, 90])(
    "at %i %% goes on there: each byte is fetched once",
    async (percent) => {
      const rig = await over(upstream.proxyUrl);
      const cut = Math.floor((size * percent) / 100);
      truncate(cut);
      let counted = 0;
      expect(await get(rig, sha256, (bytes) => (counted += bytes))).toBe(sha256);
      expect(ranges()).toEqual(["whole", `bytes=${cut}-`]);
      expect(upstream.requests[1]?.headers["if-range"]).toMatch(/^"[0-9a-f]{32}"$/);
      expect(upstream.requests[1]?.status).toBe(206);
      expect(rig.traffic.rows()).toMatchObject([{ misses: 2, bytes: size }]);
      expect(counted).toBe(size);
      await expectNothingLeft(rig);
    },
  );

  test("by a reset, again and again, goes on each time", async () => {
    const rig = await over(upstream.proxyUrl);
    upstream.faults.add(/\.zip$/, { kind: "reset", after: 20_000 }, 3);
    expect(await get(rig)).toBe(sha256);
    expect(upstream.requests.length).toBe(4);
    const { bytes = 0 } = rig.traffic.rows()[0] ?? {};
    expect(bytes).toBe(size);
  });

  test("more often than is tried goes on in the next run, and lies in no other place till then", async () => {
    const rig = await over(upstream.proxyUrl);
    truncate(10_000, 4);
    await expect(get(rig)).rejects.toMatchObject({ code: "AIRGO_NETWORK" });
    const digest = sha256Hex(`${upstream.proxyUrl}/${below}`);
    expect(await filesBelow(join(rig.store.root, "partial"))).toEqual([`${digest}/bytes`, `${digest}/note`]);
    expect(readdirSync(join(rig.store.root, "tmp"))).toEqual([]);
    expect(await rig.stored("objects")).toEqual([]);
    expect(await get(rig)).toBe(sha256);
    expect(ranges()).toEqual(["whole", ...[1, 2, 3, 4].map((part) => `bytes=${part * 10_000}-`)]);
    await expectNothingLeft(rig);
  });

  test("because the run is interrupted is kept", async () => {
    const controller = new AbortController();
    const rig = await over(upstream.proxyUrl, { signal: controller.signal });
    upstream.faults.add(/\.zip$/, { kind: "stall", after: 30_000 }, 1);
    let counted = 0;
    const stop = (bytes: number): void => {
      counted += bytes;
      if (counted === 30_000) controller.abort(new AirgoError("AIRGO_INTERRUPTED", { what: "ended" }));
    };
    await expect(get(rig, sha256, stop)).rejects.toMatchObject({ code: "AIRGO_INTERRUPTED" });
    const [bytes = "", note = ""] = await filesBelow(join(rig.store.root, "partial"));
    expect(readFileSync(join(rig.store.root, "partial", bytes))).toHaveLength(30_000);
    expect(JSON.parse(readFileSync(join(rig.store.root, "partial", note), "utf8"))).toEqual({
      validator: expect.stringMatching(/^"/),
      bytes: size,
    });
    expect(readdirSync(join(rig.store.root, "tmp"))).toEqual([]);
  });

  test("leaves no word of credentials: the name is a digest of the address without them", async () => {
    const rig = await over(upstream.proxyUrl.replace("//", "//user:hunter2@"));
    truncate(10_000, 4);
    await expect(get(rig)).rejects.toMatchObject({ code: "AIRGO_NETWORK" });
    const names = await filesBelow(join(rig.store.root, "partial"));
    expect(names[0]).toBe(`${sha256Hex(`${upstream.proxyUrl}/${below}`)}/bytes`);
    expect(readFileSync(join(rig.store.root, "partial", names[1] ?? ""), "utf8")).not.toMatch(
      /hunter|user|http/,
    );
  });
});

describe("bytes that are wrong", () => {
  test("in what was kept: the whole is refused, thrown away and fetched from its start", async () => {
    const rig = await over(upstream.proxyUrl);
    truncate(1000, 4);
    await expect(get(rig)).rejects.toMatchObject({ code: "AIRGO_NETWORK" });
    const [bytes = ""] = await filesBelow(join(rig.store.root, "partial"));
    writeFileSync(join(rig.store.root, "partial", bytes), Buffer.alloc(70_000, 1));
    upstream.faults.clear();
    upstream.requests.length = 0;
    expect(await get(rig)).toBe(sha256);
    expect(ranges()).toEqual(["bytes=70000-", "whole"]);
    await expectNothingLeft(rig);
  });

  test("all of which were kept, between the last byte and the check: nothing is asked, then all", async () => {
    const rig = await over(upstream.proxyUrl);
    truncate(1000, 4);
    await expect(get(rig)).rejects.toMatchObject({ code: "AIRGO_NETWORK" });
    const [bytes = ""] = await filesBelow(join(rig.store.root, "partial"));
    writeFileSync(join(rig.store.root, "partial", bytes), Buffer.alloc(size, 1));
    upstream.faults.clear();
    upstream.requests.length = 0;
    expect(await get(rig)).toBe(sha256);
    expect(ranges()).toEqual(["whole"]);
  });
});

const body = randomBytes(60_000);
const cut = 25_000;

/** A server that breaks the first transfer, and answers a range as told. */
async function breaking(
  onRange: (response: ServerResponse, request: IncomingMessage) => void,
  headers: Record<string, string> = { etag: '"one"' },
) {
  const asked: string[] = [];
  const server = await serve((request, response) => {
    asked.push(request.headers.range ?? "whole");
    if (request.headers.range !== undefined) return onRange(response, request);
    response.writeHead(200, { "content-length": body.length, ...headers });
    if (asked.length === 1) return void response.write(body.subarray(0, cut), () => response.socket?.end());
    response.end(body);
  });
  servers.push(server);
  return { rig: await over(server.url), asked };
}

const partOf =
  (range: string, bytes: Buffer, headers = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(206, { "content-range": range, ...headers }).end(bytes);
const rest = body.subarray(cut);
const last = body.length - 1;

describe("a server that answers a range with", () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ["206 from another byte", partOf(`bytes ${cut - 1}-${last}/${body.length}`, body.subarray(cut - 1))],
    ["206 of another whole", partOf(`bytes ${cut}-${last}/${body.length + 1}`, rest)],
    ["206 of a part only", partOf(`bytes ${cut}-${last - 1}/${body.length}`, rest.subarray(0, -1))],
    ["206 without a range", (response) => void response.writeHead(206).end(rest)],
    ["206 of another version", partOf(`bytes ${cut}-${last}/${body.length}`, rest, { etag: '"two"' })],
    ["416", (response) => void response.writeHead(416).end()],
    ["412", (response) => void response.writeHead(412).end()],
    ["500", (response) => void response.writeHead(500).end()],
  ])("%s is asked for the whole at once", async (_what, onRange) => {
    const { rig, asked } = await breaking(onRange);
    expect(await get(rig, sha256Hex(body))).toBe(sha256Hex(body));
    expect(asked).toEqual(["whole", `bytes=${cut}-`, "whole"]);
    // Within the same try: nothing that it sent came as far as the check.
    expect(rig.traffic.rows()).toMatchObject([{ misses: 2 }]);
    await expectNothingLeft(rig);
  });

  test.each([
    ["the same", body],
    ["another version, shorter", body.subarray(1000, 20_000)],
    ["another version, longer", Buffer.concat([body, body])],
  ])("200 and the whole, %s: that is taken", async (_what, whole) => {
    const { rig, asked } = await breaking((response) =>
      response.writeHead(200, { etag: '"two"' }).end(whole),
    );
    expect(await get(rig, sha256Hex(whole))).toBe(sha256Hex(whole));
    expect(asked).toEqual(["whole", `bytes=${cut}-`]);
  });

  test("206 and too much of it breaks the transfer, and what it sent is not used", async () => {
    const { rig, asked } = await breaking(
      partOf(`bytes ${cut}-${last}/${body.length}`, Buffer.concat([rest, rest])),
    );
    expect(await get(rig, sha256Hex(body))).toBe(sha256Hex(body));
    expect(asked).toEqual(["whole", `bytes=${cut}-`, "whole"]);
  });

  test("503 is asked for the rest again", async () => {
    let asks = 0;
    const { rig, asked } = await breaking((response) => {
      if (++asks === 1) response.writeHead(503).end();
      else partOf(`bytes ${cut}-${last}/${body.length}`, rest)(response);
    });
    expect(await get(rig, sha256Hex(body))).toBe(sha256Hex(body));
    expect(asked).toEqual(["whole", `bytes=${cut}-`, `bytes=${cut}-`]);
  });

  test("nothing but a broken connection is asked for the whole in the end", async () => {
    const { rig, asked } = await breaking((response) => response.destroy());
    await expect(get(rig, sha256Hex(body))).rejects.toMatchObject({ code: "AIRGO_NETWORK" });
    expect(await get(rig, sha256Hex(body))).toBe(sha256Hex(body));
    expect(asked).toEqual(["whole", ...Array<string>(6).fill(`bytes=${cut}-`), "whole"]);
  });
});

describe("a server", () => {
  test.each<[string, Record<string, string>]>([
    ["a weak ETag", { etag: 'W/"one"' }],
    ["no validator", {}],
    ["a change within the same second", { "last-modified": new Date(2e12).toUTCString() }],
  ])("with %s is asked for the whole again", async (_what, headers) => {
    const { rig, asked } = await breaking((response) => void response.writeHead(500).end(), headers);
    expect(await get(rig, sha256Hex(body))).toBe(sha256Hex(body));
    expect(asked).toEqual(["whole", "whole"]);
  });

  test("with a date of change alone is asked for the rest by that", async () => {
    const changed = "Sat, 01 Nov 2025 12:00:00 GMT";
    let condition: string | undefined;
    const { rig } = await breaking(
      (response, request) => {
        condition = String(request.headers["if-range"]);
        partOf(`bytes ${cut}-${last}/${body.length}`, rest)(response);
      },
      { "last-modified": changed },
    );
    expect(await get(rig, sha256Hex(body))).toBe(sha256Hex(body));
    expect(condition).toBe(changed);
  });

  test("without ranges sends the whole", async () => {
    const rig = await over(upstream.proxyUrl);
    upstream.faults.add(/\.zip$/, { kind: "no-range" });
    truncate(40_000);
    expect(await get(rig)).toBe(sha256);
    expect(upstream.requests.map(({ range, status }) => [range, status])).toEqual([
      [undefined, 200],
      ["bytes=40000-", 200],
    ]);
  });

  test("whose ETag changes half-way sends the whole", async () => {
    const rig = await over(upstream.proxyUrl);
    upstream.faults.add(/\.zip$/, { kind: "etag", value: '"old"' }, 1);
    truncate(40_000);
    expect(await get(rig)).toBe(sha256);
    expect(upstream.requests.map(({ range, status }) => [range, status])).toEqual([
      [undefined, 200],
      ["bytes=40000-", 200],
    ]);
  });
});
