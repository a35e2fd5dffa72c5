import { existsSync, readFileSync, statSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";

import { afterAll, afterEach, describe, expect, test } from "@jest/globals";

import { fetchToFile } from "../../../src/transfer/download/download-file.js";
import { exists, fetchBytes, type TransferOptions } from "../../../src/transfer/download/download.js";
import { createHttpClient } from "../../../src/transfer/client/http.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { AirgoError } from "../../../src/support/errors.js";
import { once, serve, type Loopback } from "../../support/loopback.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("download");
const http = createHttpClient("airgo/test", {});
const servers: Loopback[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => http.close());

async function at(answer: RequestListener): Promise<string> {
  const server = await serve(answer);
  servers.push(server);
  return `${server.url}/x`;
}

/** Both ways to GET: they promise the same. */
const ways: [
  string,
  (url: string, options: TransferOptions) => Promise<{ sha256: string; size: number } | undefined>,
][] = [
  [
    "fetchBytes",
    async (url, options) => {
      const bytes = await fetchBytes(http, url, options);
      return bytes === undefined ? undefined : { sha256: sha256Hex(bytes), size: bytes.length };
    },
  ],
  ["fetchToFile", (url, options) => fetchToFile(http, url, join(root, "file"), options)],
];
const limit = { maxBytes: 1 << 20 };
const tooLarge = (expected: string, found: string): AirgoError =>
  new AirgoError("AIRGO_ZIP_TOO_LARGE", { what: "too large", expected, found });
const body = Buffer.alloc(200_000, "airgo ");

describe.each(ways)("%s", (_name, get) => {
  test.each([
    "gzip",
    "GZIP",
    "x-gzip",
    "deflate",
    "br",
    "zstd",
    "gzip, gzip",
    "gzip,identity",
    "identity , Br",
    "aws-chunked, gzip",
  ])(
    "refuses a body that was packed with %s unasked: its bytes are not those of the file",
    async (encoding) => {
      const url = await at((request, response) => {
        expect(request.headers["accept-encoding"]).toBe("identity");
        response.writeHead(200, { "content-encoding": encoding }).end(body);
      });
      await expect(get(url, limit)).rejects.toMatchObject({
        code: "AIRGO_UPSTREAM_MALFORMED",
        where: url,
        found: `Content-Encoding: ${encoding.toLowerCase()}`,
      });
    },
  );

  test.each(["identity", "aws-chunked", "identity, aws-chunked", ""])(
    "takes one under the coding %j: it says nothing of the bytes",
    async (encoding) => {
      const url = await at((_request, response) =>
        response.writeHead(200, { "content-encoding": encoding }).end(body),
      );
      expect(await get(url, limit)).toEqual({ sha256: sha256Hex(body), size: body.length });
    },
  );

  test.each(["gzip", "x-gzip"])(
    "takes a tar.gz that is called %s, which it is by itself",
    async (encoding) => {
      const url = await at((_request, response) =>
        response.writeHead(200, { "content-encoding": encoding }).end(body),
      );
      expect(await get(`${url}/go1.27.3.linux-amd64.tar.gz`, limit)).toMatchObject({ size: body.length });
    },
  );

  test.each(["gzip, gzip", "gzip, x-gzip", "br"])(
    "refuses a tar.gz that is called %j: it was packed once more",
    async (encoding) => {
      const url = await at((_request, response) =>
        response.writeHead(200, { "content-encoding": encoding }).end(body),
      );
      await expect(get(`${url}/go1.27.3.linux-amd64.tar.gz`, limit)).rejects.toMatchObject({
        code: "AIRGO_UPSTREAM_MALFORMED",
        found: `Content-Encoding: ${encoding}`,
      });
    },
  );

  test.each([
    ["a stated length", { "content-length": body.length }],
    ["none", {}],
  ])("gives a body of %s whole, and counts its bytes", async (_what, headers) => {
    const url = await at((_request, response) => response.writeHead(200, headers).end(body));
    let counted = 0;
    const got = await get(url, { maxBytes: body.length, onBytes: (bytes) => (counted += bytes) });
    expect(got).toEqual({ sha256: sha256Hex(body), size: body.length });
    expect(counted).toBe(body.length);
  });

  test("gives an empty body as such", async () => {
    const url = await at((_request, response) => response.end());
    expect(await get(url, limit)).toEqual({ sha256: sha256Hex(""), size: 0 });
  });

  test.each([
    [404, undefined],
    [410, undefined],
    [401, "AIRGO_UPSTREAM_DENIED"],
    [403, "AIRGO_UPSTREAM_DENIED"],
    [429, "AIRGO_UPSTREAM_STATUS"],
    [500, "AIRGO_UPSTREAM_STATUS"],
    [503, "AIRGO_UPSTREAM_STATUS"],
    [204, "AIRGO_UPSTREAM_STATUS"],
    [206, "AIRGO_UPSTREAM_STATUS"],
    [304, "AIRGO_UPSTREAM_STATUS"],
  ])("status %i is %p", async (status, code) => {
    const url = await at((_request, response) =>
      response.writeHead(status).end(status === 204 || status === 304 ? undefined : "body"),
    );
    if (code === undefined) expect(await get(url, limit)).toBeUndefined();
    else
      await expect(get(url, limit)).rejects.toMatchObject({
        code,
        where: url,
        found: `HTTP status ${status}`,
      });
  });

  test("410 alone is told as gone", async () => {
    const told: number[] = [];
    for (const status of [404, 410, 200]) {
      const url = await at((_request, response) => response.writeHead(status).end());
      await get(url, { ...limit, onGone: () => told.push(status) });
    }
    expect(told).toEqual([410]);
  });

  test.each([
    ["declared", { "content-length": 11 }, "11 bytes"],
    ["seen", {}, "more than 10 bytes"],
  ])("the caller may have an error of its own for too much, %s", async (_what, headers, found) => {
    const url = await at((_request, response) => response.writeHead(200, headers).end("x".repeat(11)));
    await expect(get(url, { maxBytes: 10, tooLarge })).rejects.toMatchObject({
      code: "AIRGO_ZIP_TOO_LARGE",
      expected: "at most 10 bytes",
      found,
    });
  });

  test.each<[string, RequestListener]>([
    [
      "ends early in good order",
      (request, response) =>
        response.writeHead(200, { "content-length": 1000 }).write("x", () => request.socket.end()),
    ],
    [
      "is reset",
      (request, response) =>
        response
          .writeHead(200, { "content-length": 1000 })
          .write("x", () => request.socket.resetAndDestroy()),
    ],
    [
      "of parts lacks its end",
      (request, response) => response.writeHead(200).write("x", () => request.socket.end()),
    ],
  ])("a body that %s is a broken transfer", async (_what, answer) => {
    await expect(get(await at(answer), limit)).rejects.toMatchObject({ code: "AIRGO_NETWORK" });
  });

  test("a length that lies low gives no more than it says, and breaks nothing after it", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () =>
        socket.end(
          "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother",
        ),
      );
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      for (let turn = 0; turn < 3; turn++)
        expect(await get(url, limit)).toMatchObject({ sha256: sha256Hex("body"), size: 4 });
    } finally {
      await new Promise((resolve) => void server.close(resolve));
    }
  });

  test("a body without end is left once it is too large", async () => {
    const closed = once();
    const url = await at((request, response) => {
      request.socket.once("close", closed.tell);
      const more = (): void => {
        while (!response.destroyed && response.write(body));
      };
      response.writeHead(200).on("drain", more);
      more();
    });
    await expect(get(url, limit)).rejects.toMatchObject({
      code: "AIRGO_UPSTREAM_MALFORMED",
      expected: `at most ${limit.maxBytes} bytes`,
      found: `more than ${limit.maxBytes} bytes`,
    });
    await closed.happened;
  });

  test("one that says that it is too large is not even begun", async () => {
    const url = await at((_request, response) => {
      response.writeHead(200, { "content-length": limit.maxBytes + 1 }).flushHeaders();
    });
    let counted = 0;
    const getting = get(url, { ...limit, onBytes: (bytes) => (counted += bytes) });
    await expect(getting).rejects.toMatchObject({
      code: "AIRGO_UPSTREAM_MALFORMED",
      found: `${limit.maxBytes + 1} bytes`,
    });
    expect(counted).toBe(0);
  });

  test("an abort in the middle ends it with its reason", async () => {
    const url = await at(
      (_request, response) => void response.writeHead(200, { "content-length": 1000 }).write("x"),
    );
    const controller = new AbortController();
    const options = {
      ...limit,
      signal: controller.signal,
      onBytes: () => controller.abort(new Error("stop")),
    };
    await expect(get(url, options)).rejects.toThrow("stop");
  });
});

describe("fetchToFile", () => {
  test("writes a private file, over what an earlier try has left", async () => {
    const file = join(root, "again");
    const texts = ["a long first answer", "short"];
    const url = await at((_request, response) => response.end(texts.shift()));
    await fetchToFile(http, url, file, limit);
    await fetchToFile(http, url, file, limit);
    expect(readFileSync(file, "utf8")).toBe("short");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("makes no file for what is not there", async () => {
    const url = await at((_request, response) => response.writeHead(404).end());
    expect(await fetchToFile(http, url, join(root, "none"), limit)).toBeUndefined();
    expect(existsSync(join(root, "none"))).toBe(false);
  });

  test("a place that cannot be written is the machine's fault, and the transfer is left", async () => {
    const closed = once();
    const url = await at((request, response) => {
      request.socket.once("close", closed.tell);
      response.writeHead(200, { "content-length": 1000 }).flushHeaders();
    });
    await expect(fetchToFile(http, url, root, limit)).rejects.toMatchObject({
      code: "AIRGO_DISK",
      where: root,
    });
    await closed.happened;
  });
});

describe("exists", () => {
  test.each([
    [200, true],
    [404, false],
    [410, false],
  ])("status %i is %p, without a body", async (status, expected) => {
    const methods: (string | undefined)[] = [];
    const url = await at((request, response) => {
      methods.push(request.method);
      response.writeHead(status, { "content-length": 1 << 30 }).end();
    });
    expect(await exists(http, url, undefined)).toBe(expected);
    expect(methods).toEqual(["HEAD"]);
  });

  test.each([405, 501])("a server that answers HEAD with %i is asked with GET, and left", async (status) => {
    const url = await at((request, response) => {
      if (request.method === "HEAD") response.writeHead(status).end();
      else response.writeHead(200).write("x");
    });
    expect(await exists(http, url, undefined)).toBe(true);
  });

  test.each([
    [403, "AIRGO_UPSTREAM_DENIED"],
    [500, "AIRGO_UPSTREAM_STATUS"],
  ])("status %i is no answer", async (status, code) => {
    const url = await at((_request, response) => response.writeHead(status).end());
    await expect(exists(http, url, undefined)).rejects.toMatchObject({ code });
  });
});
