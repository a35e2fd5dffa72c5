import dns from "node:dns";
import { get } from "node:http";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";

import { afterEach, expect, test } from "@jest/globals";
import { request } from "undici";

/** TEST-NET-1 (RFC 5737): should the guard fail, nobody is there to answer. */
const outside = "192.0.2.1";

afterEach(() => {
  delete process.env["AIRGO_LIVE_TESTS"];
});

function errorOf(emitter: {
  once(event: "error", listener: (error: Error) => void): unknown;
}): Promise<Error> {
  return new Promise((resolve) => emitter.once("error", resolve));
}

test.each<[string, () => Promise<unknown>]>([
  ["net.connect", () => errorOf(connect(443, outside))],
  ["net.connect by name", () => errorOf(connect({ host: "host.invalid", port: 443 }))],
  ["tls.connect", () => errorOf(connectTls(443, outside))],
  ["node:http", () => errorOf(get(`http://${outside}/path`))],
  // fetch takes an error of the test's realm for a foreign object and wraps it, so the message is all that is left.
  ["fetch", () => fetch(`http://${outside}/`).catch((error: Error) => error.cause)],
  ["undici", () => request(`http://${outside}/`).catch((error: unknown) => error)],
  ["dns.promises.lookup", () => dns.promises.lookup("host.invalid").catch((error: unknown) => error)],
  ["dns.lookup", () => new Promise((resolve) => dns.lookup("host.invalid", resolve))],
])("%s to another machine fails at once, and says why", async (_name, attempt) => {
  const message = /tests may not use the network.*(192\.0\.2\.1|host\.invalid)/;
  expect(await attempt()).toMatchObject({ message: expect.stringMatching(message) });
});

test("AIRGO_LIVE_TESTS alone opens nothing: the file must lie under test/live", async () => {
  process.env["AIRGO_LIVE_TESTS"] = "1";
  expect(await errorOf(connect(443, outside))).toMatchObject({ code: "ERR_TEST_NETWORK_DENIED" });
});

test("this machine may be reached: by port, by name, by unix socket", async () => {
  const socketPath = join(tmpdir(), `airgo-deny-${process.pid}.sock`);
  for (const where of [0, socketPath]) {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => void server.listen(where, resolve));
    const address = server.address();
    const socket =
      address !== null && typeof address === "object"
        ? connect(address.port, "localhost")
        : connect(socketPath);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    socket.destroy();
    await new Promise((resolve) => void server.close(resolve));
  }
});
