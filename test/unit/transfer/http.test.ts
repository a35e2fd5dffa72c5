import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "@jest/globals";

import { createHttpClient, type HttpClient } from "../../../src/transfer/client/http.js";
import { isAirgoError } from "../../../src/support/errors.js";
import { once, serve, type Loopback } from "../../support/loopback.js";
import { textOfBody } from "../../support/read-body.js";
import { built, startNode } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("http");
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function serving(...args: Parameters<typeof serve>): Promise<Loopback> {
  const server = await serve(...args);
  open.push(server);
  return server;
}

function client(env: NodeJS.ProcessEnv = {}): HttpClient {
  const http = createHttpClient("airgo/test", env);
  open.unshift(http);
  return http;
}

async function textOf(http: HttpClient, url: string): Promise<string> {
  return textOfBody(await http.request(url));
}

const network = { code: "AIRGO_NETWORK" };

describe("a request", () => {
  test("says who asks, and asks for the bytes as they are", async () => {
    let seen: IncomingMessage | undefined;
    const server = await serving((request, response) => {
      seen = request;
      response.setHeader("X-Two", ["a", "b"]).end("body");
    });
    const answer = await client().request(`${server.url}/a%2Fb?c=d`);
    expect(await textOfBody(answer)).toBe("body");
    expect(answer).toMatchObject({ status: 200, headers: { "x-two": "a, b" } });
    expect(seen).toMatchObject({ method: "GET", url: "/a%2Fb?c=d" });
    expect(seen?.headers).toMatchObject({ "user-agent": "airgo/test", "accept-encoding": "identity" });
    expect(seen?.headers).not.toHaveProperty("authorization");
  });

  test.each([
    ["user:pw", "user:pw"],
    ["user%40corp:p%3Aw%2F%40", "user@corp:p:w/@"],
    ["token@", "token:"],
    ["us%er:100%", "us%er:100%"],
    ["ü:ß", "ü:ß"],
  ])("sends the credentials %s of an address as a header", async (userInfo, pair) => {
    let authorization: string | undefined;
    const server = await serving((request, response) => {
      authorization = request.headers.authorization;
      response.end();
    });
    await textOf(client(), `http://${userInfo.replace(/@$/, "")}@127.0.0.1:${server.port}/`);
    expect(authorization).toBe(`Basic ${Buffer.from(pair).toString("base64")}`);
  });

  test.each([
    "ftp://h/x",
    "file:/etc/passwd",
    "file://host/etc/passwd",
    "file://u:pw@host/etc/passwd",
    "file:///etc/passwd?x",
    "file:///etc/%00",
    "h/x",
    "",
    "https:user:pw@h/",
    "https:/h/",
    "http://",
    "http://h:99999/",
  ])("to %j is refused before anything is sent, without credentials in the words", async (address) => {
    const error: unknown = await client()
      .request(address)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "AIRGO_PROXY_INVALID" });
    expect(isAirgoError(error) && `${error.message} ${error.where}`).not.toContain("pw");
  });

  test.each([301, 302, 303, 307, 308])("follows a redirect %i, also to a relative place", async (status) => {
    const server = await serving((request, response) => {
      if (request.url === "/x/a") response.writeHead(status, { location: "../y?z=1" }).end("moved");
      else response.end(request.url);
    });
    expect(await textOf(client(), `${server.url}/x/a`)).toBe("/y?z=1");
  });

  test.each([
    [300, { location: "/y" }],
    [304, {}],
    [302, {}],
  ])("gives status %i without a place to go to as the answer", async (status, headers) => {
    const server = await serving((_request, response) => response.writeHead(status, headers).end());
    const answer = await client().request(server.url);
    expect(answer.status).toBe(status);
    answer.drop();
  });

  test("gives up on redirects without end", async () => {
    let asked = 0;
    const server = await serving((_request, response) =>
      response.writeHead(302, { location: `/${++asked}` }).end(),
    );
    await expect(client().request(server.url)).rejects.toMatchObject({ ...network, again: "never" });
    expect(asked).toBe(6);
  });

  test.each(["ftp://h/x", "file:///etc/passwd", "http://[broken"])(
    "does not follow a redirect to %s",
    async (location) => {
      const server = await serving((_request, response) => response.writeHead(302, { location }).end());
      await expect(client().request(server.url)).rejects.toMatchObject({
        ...network,
        expected: "https",
        again: "never",
      });
    },
  );
});

async function redirected(
  location: (server: Loopback, other: Loopback) => string,
): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  const note = (request: IncomingMessage): void => void seen.push(request.headers.authorization);
  const other = await serving((request, response) => {
    note(request);
    response.end();
  });
  const server: Loopback = await serving((request, response) => {
    note(request);
    if (request.url === "/start") response.writeHead(302, { location: location(server, other) }).end();
    else response.end();
  });
  await textOf(client(), `http://user:pw@127.0.0.1:${server.port}/start`);
  return seen;
}

describe("credentials", () => {
  const ours = `Basic ${Buffer.from("user:pw").toString("base64")}`;

  test("stay with their host over a redirect", async () => {
    expect(await redirected(() => "/next")).toEqual([ours, ours]);
    expect(await redirected(({ url }) => `${url}/next`)).toEqual([ours, ours]);
  });

  test("do not go to another port, another name or another address of the same machine", async () => {
    expect(await redirected((_server, other) => `${other.url}/next`)).toEqual([ours, undefined]);
    expect(await redirected((_server, other) => `//127.0.0.1:${other.port}/next`)).toEqual([ours, undefined]);
    expect(await redirected(({ port }) => `http://localhost:${port}/next`)).toEqual([ours, undefined]);
  });

  test("that a redirect brings are used there, and ours are not", async () => {
    const theirs = `Basic ${Buffer.from("a:b").toString("base64")}`;
    expect(await redirected((_server, other) => `http://a:b@127.0.0.1:${other.port}/`)).toEqual([
      ours,
      theirs,
    ]);
  });

  test("are in no text of an error", async () => {
    const server = await serving((request) => request.socket.destroy());
    const address = `http://user:S3cret@127.0.0.1:${server.port}/x?token=S3cret`;
    const error: unknown = await client()
      .request(address)
      .catch((caught: unknown) => caught);
    expect(
      isAirgoError(error) && JSON.stringify([error.message, error.where, error.found, error.hint]),
    ).not.toMatch(/S3cret/);
    expect(error).toMatchObject({ ...network, where: `http://***@127.0.0.1:${server.port}/x?***` });
  });
});

describe("failures", () => {
  test("nobody listening, no such name: the error says so", async () => {
    const server = await serve(() => undefined);
    await server.close();
    await expect(client().request(server.url)).rejects.toMatchObject({
      ...network,
      message: expect.stringMatching(/ECONNREFUSED/),
    });
    await expect(client().request(`http://localhost:${server.port}/`)).rejects.toMatchObject({
      message: expect.stringMatching(/ECONNREFUSED/),
    });
  });

  test("something that speaks no HTTP", async () => {
    const server = createTcpServer((socket) =>
      socket
        .on("error", () => undefined)
        .resume()
        .end("SSH-2.0-x\r\n"),
    );
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    open.push({ close: () => new Promise((resolve) => void server.close(() => resolve())) });
    await expect(
      client().request(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    ).rejects.toMatchObject(network);
  });

  test("a reset in the middle of a body breaks the body, not the answer", async () => {
    const server = await serving((request, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write("x".repeat(500), () => request.socket.resetAndDestroy());
    });
    const answer = await client().request(server.url);
    await expect(textOfBody(answer)).rejects.toMatchObject({ ...network, where: `${server.url}/` });
  });
});

/** Answers with a head and never with the rest. */
const stalling: Parameters<typeof serve>[0] = (request, response) => {
  if (request.url === "/head") response.writeHead(200, { "content-length": 9 }).flushHeaders();
};

describe("ending", () => {
  test.each(["/nothing", "/head"])("an abort ends a wait for %s with its reason", async (path) => {
    const server = await serving(stalling);
    const controller = new AbortController();
    const waiting = client()
      .request(server.url + path, { signal: controller.signal })
      .then((answer) => {
        controller.abort(new Error("stop"));
        return textOfBody(answer);
      });
    if (path === "/nothing") controller.abort(new Error("stop"));
    await expect(waiting).rejects.toThrow("stop");
  });

  test("an abort before the request sends nothing", async () => {
    let asked = 0;
    const server = await serving(() => void asked++);
    await expect(
      client().request(server.url, { signal: AbortSignal.abort(new Error("stop")) }),
    ).rejects.toThrow("stop");
    expect(asked).toBe(0);
  });

  test("closing ends what is under way at once, in a way that nobody tries again", async () => {
    const server = await serving(stalling);
    const http = createHttpClient("airgo/test", {});
    const answer = await http.request(`${server.url}/head`);
    const [body, nothing] = [textOfBody(answer), http.request(`${server.url}/nothing`)].map((one) =>
      (one as Promise<unknown>).catch((error: unknown) => error),
    );
    await http.close();
    for (const error of [
      await body,
      await nothing,
      await http.request(server.url).catch((caught: unknown) => caught),
    ]) {
      expect(isAirgoError(error)).toBe(false);
      expect(error).toMatchObject({ message: "the HTTP client was closed" });
    }
  });

  test("a dropped body ends the transfer", async () => {
    const closed = once();
    const server = await serving((request, response) => {
      request.socket.once("close", closed.tell);
      response.writeHead(200).write("x");
    });
    (await client().request(server.url)).drop();
    await closed.happened;
  });
});

describe("the proxy of the environment", () => {
  test.each(["http_proxy", "HTTP_PROXY"])(
    "%s is asked, with or without a scheme, except for what NO_PROXY names",
    async (name) => {
      const asked: string[] = [];
      const proxy = await serving((request, response) => {
        asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
        response.end("by proxy");
      });
      const target = await serving((_request, response) => response.end("direct"));
      const signedIn = `Basic ${Buffer.from("user:p@w").toString("base64")}`;
      for (const scheme of ["http://", ""]) {
        const address = `${scheme}user:p%40w@127.0.0.1:${proxy.port}`;
        expect(await textOf(client({ [name]: address }), `${target.url}/x`)).toBe("by proxy");
        expect(asked.splice(0)).toEqual([`${target.url}/x ${signedIn}`]);
        expect(await textOf(client({ [name]: address, no_proxy: "127.0.0.1" }), target.url)).toBe("direct");
      }
      expect(asked).toEqual([]);
    },
  );

  test.each([
    ["refuses", "HTTP/1.1 403 Forbidden\r\n\r\n", /403/],
    ["hangs up on", "", /opened no tunnel/],
  ])("a proxy that %s a tunnel is a network failure, after one attempt", async (_what, said, words) => {
    let asked = 0;
    const proxy = createTcpServer((socket) => {
      socket.on("error", () => undefined).once("data", () => (asked++, socket.end(said)));
    });
    await new Promise<void>((resolve) => void proxy.listen(0, "127.0.0.1", resolve));
    open.push({ close: () => new Promise((resolve) => void proxy.close(() => resolve())) });
    const http = client({ https_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` });
    await expect(http.request("https://127.0.0.1:9/")).rejects.toMatchObject({
      ...network,
      message: expect.stringMatching(words),
    });
    expect(asked).toBe(1);
  });

  test("only the environment that was given counts, not that of the process", async () => {
    const target = await serving((_request, response) => response.end("direct"));
    const before = process.env["http_proxy"];
    process.env["http_proxy"] = "http://127.0.0.1:9";
    try {
      expect(await textOf(client(), target.url)).toBe("direct");
    } finally {
      if (before === undefined) delete process.env["http_proxy"];
      else process.env["http_proxy"] = before;
    }
  });

  test.each(["http://[broken", "socks5://u:S3cret@h:1", "http://u:S3cret@h:99999", "http://u:S3cret%@h"])(
    "%s is refused by name, without its password",
    (address) => {
      let error: unknown;
      try {
        createHttpClient("airgo/test", { HTTPS_PROXY: address });
      } catch (caught) {
        error = caught;
      }
      expect(error).toMatchObject({
        code: "AIRGO_PROXY_INVALID",
        message: expect.stringContaining("HTTPS_PROXY"),
      });
      expect(isAirgoError(error) && `${error.message} ${error.where}`).not.toContain("S3cret");
    },
  );
});

testIf("openssl", "a redirect from https to http is refused, from http to https followed", async () => {
  const [key, certificate] = [join(root, "key.pem"), join(root, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      key,
      "-out",
      certificate,
      "-days",
      "2",
      ...subject,
    ],
    { stdio: "ignore" },
  );
  // In a process of its own, because Node reads the extra authorities at its start.
  const script = startNode(
    `import { createHttpClient } from ${built("transfer/client/http.js")};
     import { createServer as plain } from "node:http";
     import { createServer as secure } from "node:https";
     import { readFileSync } from "node:fs";
     const [key, cert] = process.argv.slice(1).map((file) => readFileSync(file));
     const places = {};
     const answer = (name) => (request, response) => {
       const [, hop, ...rest] = request.url.split("/");
       if (hop in places) response.writeHead(302, { location: places[hop] + rest.join("/") }).end();
       else response.end(name + " " + (request.headers.authorization ?? "-"));
     };
     const servers = [plain(answer("http")), secure({ key, cert }, answer("https"))];
     for (const server of servers) await new Promise((done) => server.listen(0, "localhost", done));
     places.http = "http://localhost:" + servers[0].address().port + "/";
     places.https = "https://localhost:" + servers[1].address().port + "/";
     const http = createHttpClient("airgo/test", {});
     const ask = async (url) => {
       try { let text = ""; await (await http.request(url)).read((part) => void (text += Buffer.from(part))); return text; }
       catch (error) { return error.code + " " + error.found; }
     };
     console.log(await ask(places.http + "https/end"));
     console.log(await ask(places.https + "http/end"));
     console.log(await ask(places.http + "https/http/end"));
     console.log(await ask(places.https + "https/end"));
     console.log(await ask(places.http.replace("//", "//u:p@") + "https/end"));
     await http.close();
     for (const server of servers) { server.closeAllConnections(); server.close(); }`,
    { args: [key, certificate], env: { NODE_EXTRA_CA_CERTS: certificate } },
  );
  const { stdout, stderr } = await script.ended;
  expect(readFileSync(certificate, "utf8")).toContain("BEGIN");
  expect({ stderr, lines: stdout.trim().split("\n") }).toEqual({
    stderr: "",
    lines: ["https -", "AIRGO_NETWORK http:", "AIRGO_NETWORK http:", "https -", "https -"],
  });
});
