import { createServer, type AddressInfo, type Socket } from "node:net";

import { afterEach, describe, expect, test } from "@jest/globals";

import { createHttpClient, type HttpClient } from "../../../src/transfer/client/http.js";
import { ordinaryLimits, type TransferLimits } from "../../../src/transfer/client/transfer-limits.js";
import { once, serve } from "../../support/loopback.js";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function serving(...args: Parameters<typeof serve>): Promise<string> {
  const server = await serve(...args);
  open.push(server);
  return server.url;
}

/** A server that sends the same again and again, as fast as it is taken, until the client leaves. */
async function repeating(text: string): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    const more = (): void => {
      if (!socket.destroyed) socket.write(text, () => setImmediate(more));
    };
    socket.once("data", more);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => void server.close(() => resolve()));
  };
  open.push({ close });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(limits: Partial<TransferLimits>): HttpClient {
  const http = createHttpClient("airgo/test", {}, { limits: { ...ordinaryLimits, ...limits } });
  open.unshift(http);
  return http;
}

const noPart = (): undefined => undefined;

describe("a server that", () => {
  test("takes the request and says nothing", async () => {
    const url = await serving(() => undefined);
    await expect(client({ headMs: 10 }).request(url)).rejects.toMatchObject({
      code: "AIRGO_NETWORK",
      message: "the server took the request and gave no answer",
      where: `${url}/`,
      expected: "the beginning of an answer within 0.01 seconds",
      found: "0 bytes",
      hint: expect.stringContaining("run the same command again"),
    });
  });

  test.each(["102 Processing", "103 Early Hints"])(
    "says %s for ever has given no answer either",
    async (status) => {
      const url = await repeating(`HTTP/1.1 ${status}\r\n\r\n`);
      await expect(client({ headMs: 50 }).request(url)).rejects.toMatchObject({
        code: "AIRGO_NETWORK",
        message: "the server took the request and gave no answer",
        where: `${url}/`,
        expected: "the beginning of an answer within 0.05 seconds",
      });
    },
  );

  test("says so through a proxy is no other", async () => {
    const proxy = await repeating("HTTP/1.1 102 Processing\r\n\r\n");
    const limits = { ...ordinaryLimits, headMs: 50 };
    const http = createHttpClient("airgo/test", { HTTP_PROXY: proxy }, { limits });
    open.unshift(http);
    await expect(http.request("http://mirror.example/x")).rejects.toMatchObject({
      message: "the server took the request and gave no answer",
    });
  });

  test.each([0, 500])(
    "falls silent after %i bytes: the error says how many had come, and it is left",
    async (sent) => {
      const closed = once();
      const url = await serving((request, response) => {
        request.socket.once("close", closed.tell);
        response.writeHead(200, { "content-length": 1000 }).flushHeaders();
        if (sent > 0) response.write("x".repeat(sent));
      });
      const answer = await client({ stallMs: 50 }).request(url);
      await expect(answer.read(noPart)).rejects.toMatchObject({
        code: "AIRGO_NETWORK",
        message: "the transfer stalled",
        where: `${url}/`,
        expected: "a byte at least every 0.05 seconds",
        found: `${sent} bytes, then nothing`,
        hint: expect.stringContaining("run the same command again"),
      });
      await closed.happened;
    },
  );

  test("trickles, after a fast start, is too slow", async () => {
    const url = await serving((_request, response) => {
      response.writeHead(200).write("x".repeat(10_000));
      const trickle = setInterval(() => response.write("x"), 5);
      response.once("close", () => clearInterval(trickle));
    });
    const answer = await client({ windowMs: 60, windowBytes: 1000 }).request(url);
    await expect(answer.read(noPart)).rejects.toMatchObject({
      code: "AIRGO_NETWORK",
      message: "the transfer is too slow",
      expected: "at least 1000 bytes every 0.06 seconds",
      found: expect.stringMatching(/^\d{1,2} bytes in the last 0\.06 seconds, 10\d\d\d bytes in all$/),
    });
  });
});

test("the time that the reader takes is not the server's", async () => {
  const url = await serving((_request, response) => {
    response.writeHead(200).write("x".repeat(100));
    response.end();
  });
  const limits = { stallMs: 20, windowMs: 20, windowBytes: 1000 };
  const answer = await client(limits).request(url);
  let ticks = 0;
  const slowly = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setInterval(() => {
        if (++ticks < 10) return;
        clearInterval(timer);
        resolve();
      }, 10);
    });
  await expect(answer.read(slowly)).resolves.toBeUndefined();
});

test("500 MB may come over a slow line, and no transfer lasts for ever", () => {
  const { windowMs, windowBytes } = ordinaryLimits;
  const days = ((500 << 20) / windowBytes) * (windowMs / 86_400_000);
  expect(days).toBeGreaterThan(1);
  expect(days).toBeLessThan(3);
});
