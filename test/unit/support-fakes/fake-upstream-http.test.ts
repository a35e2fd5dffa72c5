import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import { standardWorld, startFakeUpstream, type FakeUpstream } from "../../support/fake-upstream.js";

let upstream: FakeUpstream;
let zipUrl: string;
let zip: Buffer;

beforeAll(async () => {
  upstream = await startFakeUpstream({ basePath: "/some/where" });
  standardWorld(upstream);
  zipUrl = `${upstream.proxyUrl}/example.com/hello/@v/v1.0.0.zip`;
  zip = await bytes(await fetch(zipUrl));
});
afterEach(() => upstream.faults.clear());
afterAll(() => upstream.close());

async function bytes(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

describe("plain HTTP", () => {
  test("serves what the proxy protocol names, with escaped paths and versions", async () => {
    const status = async (path: string) => (await fetch(`${upstream.proxyUrl}/${path}`)).status;
    expect(await status("example.com/!upper/@v/v1.1.0-!r!c1.info")).toBe(200);
    expect(await status("example.com/!upper/@latest")).toBe(200);
    expect(await status("example.com/Upper/@v/list")).toBe(404);
    expect(await status("example.com/nothing/@v/list")).toBe(404);
    expect(await status("sumdb/sum.example.com/supported")).toBe(200);
    expect(await status("sumdb/sum.example.com/latest")).toBe(200);
    expect(await status("%zz")).toBe(404);
    const info = await fetch(`${upstream.proxyUrl}/example.com/hello/@latest`);
    expect(await info.json()).toMatchObject({ Version: "v1.1.0" });
  });

  test("answers HEAD with the size and no body, and refuses other methods", async () => {
    const head = await fetch(zipUrl, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe(String(zip.length));
    expect(await bytes(head)).toHaveLength(0);
    expect((await fetch(zipUrl, { method: "POST" })).status).toBe(405);
  });

  test("answers ranges, and the whole when If-Range is stale", async () => {
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(zipUrl, { headers });
      return {
        status: response.status,
        range: response.headers.get("content-range"),
        body: await bytes(response),
      };
    };
    const size = zip.length;
    const rest = { status: 206, range: `bytes 10-${size - 1}/${size}`, body: zip.subarray(10) };
    expect(await ask({ range: "bytes=10-" })).toEqual(rest);
    expect(await ask({ range: "bytes=0-0" })).toMatchObject({ status: 206, body: zip.subarray(0, 1) });
    expect(await ask({ range: "bytes=-5" })).toMatchObject({ status: 206, body: zip.subarray(-5) });
    expect(await ask({ range: `bytes=${size}-` })).toMatchObject({ status: 416, range: `bytes */${size}` });
    const etag = (await fetch(zipUrl)).headers.get("etag") ?? "";
    expect(await ask({ range: "bytes=10-", "if-range": etag })).toEqual(rest);
    expect(await ask({ range: "bytes=10-", "if-range": '"old"' })).toMatchObject({ status: 200, body: zip });
  });

  test("records what was asked and answered", async () => {
    upstream.requests.length = 0;
    await fetch(zipUrl, { headers: { range: "bytes=1-2" } });
    await fetch(`${upstream.proxyUrl}/missing?x=1`);
    const path = "/some/where/example.com/hello/@v/v1.0.0.zip";
    const headers = expect.objectContaining({ host: new URL(upstream.proxyUrl).host });
    expect(upstream.requests).toEqual([
      { method: "GET", path, url: path, headers, range: "bytes=1-2", status: 206 },
      {
        method: "GET",
        path: "/some/where/missing",
        url: "/some/where/missing?x=1",
        headers,
        range: undefined,
        status: 404,
      },
    ]);
  });

  test("answers nobody who does not send the authorization that it is given", async () => {
    const closed = await startFakeUpstream({ authorization: "Bearer right" });
    standardWorld(closed);
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`${closed.proxyUrl}/example.com/hello/@latest`, { headers })).status;
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: "Bearer wrong" })).toBe(401);
    expect(await ask({ authorization: "Bearer right" })).toBe(200);
    expect(closed.requests.map(({ status }) => status)).toEqual([401, 401, 200]);
    await closed.close();
  });
});

async function latestOf(base: string): Promise<number> {
  return (await fetch(`${base}/example.com/hello/@latest`)).status;
}

test("another door serves the same, with requests and faults of its own", async () => {
  const door = await upstream.door();
  door.faults.add(/@latest$/, { kind: "status", status: 500 });
  const before = upstream.requests.length;
  expect(await latestOf(door.proxyUrl)).toBe(500);
  expect(upstream.requests).toHaveLength(before);
  expect(await latestOf(upstream.proxyUrl)).toBe(200);
  expect(door.requests).toHaveLength(1);
  await door.close();
});

describe("faults", () => {
  const path = /hello\/@v\/v1\.0\.0\.zip$/;

  test("what only changes a body leaves HEAD alone, and those that nothing met are told", async () => {
    const cut = upstream.faults.add(path, { kind: "truncate", after: "50%", honest: true }, 1);
    expect((await fetch(zipUrl, { method: "HEAD" })).status).toBe(200);
    expect(upstream.faults.unmet()).toEqual([cut]);
    expect(await bytes(await fetch(zipUrl))).toEqual(zip.subarray(0, Math.floor(zip.length / 2)));
    expect(upstream.faults.unmet()).toEqual([]);
  });

  test("a word of each request, and an answer of one's own", async () => {
    let told = 0;
    upstream.faults.add(path, { kind: "tell", tell: () => void told++ });
    expect(await bytes(await fetch(zipUrl))).toEqual(zip);
    upstream.faults.add(path, {
      kind: "handle",
      handle: (_request, response, body) => void response.writeHead(203).end(body.subarray(0, 3)),
    });
    const own = await fetch(zipUrl);
    expect([own.status, await bytes(own), told]).toEqual([203, zip.subarray(0, 3), 2]);
  });

  test("an error status so many times, with Retry-After, then all is well", async () => {
    const fault = upstream.faults.add(path, { kind: "status", status: 429, retryAfter: "1" }, 2);
    const first = await fetch(zipUrl);
    expect([first.status, first.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await fetch(zipUrl)).status).toBe(429);
    expect((await fetch(zipUrl)).status).toBe(200);
    expect(fault.hits).toBe(2);
  });

  test("a body that ends early: as a broken one, or as if it were whole", async () => {
    const broken = upstream.faults.add(path, { kind: "truncate", after: 20 });
    await expect(fetch(zipUrl).then(bytes)).rejects.toThrow("terminated");
    upstream.faults.remove(broken);
    upstream.faults.add(path, { kind: "truncate", after: 20, honest: true });
    expect(await bytes(await fetch(zipUrl))).toEqual(zip.subarray(0, 20));
  });

  test("a reset in the middle of the body", async () => {
    upstream.faults.add(path, { kind: "reset", after: 20 }, 1);
    await expect(fetch(zipUrl).then(bytes)).rejects.toThrow("terminated");
    expect(await bytes(await fetch(zipUrl))).toEqual(zip);
  });

  test.each([undefined, 0, 20])(
    "a response that stalls after %s bytes, until it is aborted",
    async (after) => {
      upstream.faults.add(path, after === undefined ? { kind: "stall" } : { kind: "stall", after });
      const asked = fetch(zipUrl, { signal: AbortSignal.timeout(200) }).then(bytes);
      await expect(asked).rejects.toThrow("aborted");
    },
  );

  test("wrong bytes, a web page, a redirect", async () => {
    const flip = upstream.faults.add(path, { kind: "flip", at: -1 });
    const flipped = await bytes(await fetch(zipUrl));
    expect(flipped).toHaveLength(zip.length);
    expect(flipped).not.toEqual(zip);
    upstream.faults.remove(flip);
    const html = upstream.faults.add(path, { kind: "html" });
    expect((await fetch(zipUrl)).headers.get("content-type")).toContain("text/html");
    upstream.faults.remove(html);
    upstream.faults.add(path, { kind: "redirect" });
    const redirected = await fetch(zipUrl);
    expect(redirected.redirected).toBe(true);
    expect(await bytes(redirected)).toEqual(zip);
  });

  test("a server without Range, without HEAD, without an ETag", async () => {
    upstream.faults.add(path, { kind: "no-range" });
    upstream.faults.add(path, { kind: "no-head" });
    upstream.faults.add(path, { kind: "etag", value: undefined });
    const response = await fetch(zipUrl, { headers: { range: "bytes=10-" } });
    expect([response.status, response.headers.get("accept-ranges"), response.headers.get("etag")]).toEqual([
      200,
      null,
      null,
    ]);
    expect((await fetch(zipUrl, { method: "HEAD" })).status).toBe(405);
  });
});
