import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";

import { afterEach, describe, expect, test } from "@jest/globals";

import { defaultAuthorities, readAuthorities } from "../../../src/transfer/credentials/authorities.js";
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
} from "../../../src/transfer/client/http.js";
import { makeAuthority, type Authority } from "../../support/certificates.js";
import { textOfBody } from "../../support/read-body.js";
import { serve, type Loopback } from "../../support/loopback.js";
import { built, startNode } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const folder = scratchFolder("private-proxy");
const made = new Map<string, Authority>();
function authority(name: string): Authority {
  const one = made.get(name) ?? makeAuthority(folder, name);
  made.set(name, one);
  return one;
}

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  open.push({
    close: () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      return closed;
    },
  });
  return (server.address() as AddressInfo).port;
}

/** An https server whose certificate is from that authority; its address. */
async function secure(by: Authority, answer: RequestListener): Promise<string> {
  return `https://127.0.0.1:${await listening(createSecureServer(by.server, answer))}`;
}

async function plain(answer: RequestListener): Promise<Loopback> {
  const server = await serve(answer);
  open.push(server);
  return server;
}

/** A proxy that opens tunnels, over http or https, and the requests for them. */
async function tunnelProxy(by?: Authority): Promise<{ address: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = by === undefined ? createServer() : createSecureServer(by.server);
  server.on("connect", (request: IncomingMessage, socket, head) => {
    asked.push(request);
    const target = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target]) end.on("error", () => [socket, target].map((one) => one.destroy()));
    open.unshift({ close: () => Promise.resolve([socket, target].map((one) => one.destroy())) });
  });
  const port = await listening(server);
  return { address: `${by === undefined ? "http" : "https"}://127.0.0.1:${port}`, asked };
}

function client(options: HttpClientOptions, env: NodeJS.ProcessEnv = {}): HttpClient {
  const http = createHttpClient("airgo/test", env, options);
  open.unshift(http);
  return http;
}

async function textOf(http: HttpClient, url: string): Promise<string> {
  return textOfBody(await http.request(url));
}

const value = "Bearer hunter2";
const echo: RequestListener = (request, response) => response.end(request.headers.authorization ?? "none");

describe("certificate authorities of one's own", () => {
  testIf("openssl", "are trusted by the client that is given them, and by no other", async () => {
    const url = await secure(authority("ours"), (_request, response) => response.end("here"));
    expect(await textOf(client({ ca: authority("ours").ca }), url)).toBe("here");
    const both = [authority("other").ca, authority("ours").ca].join("\n");
    expect(await textOf(client({ ca: both }), url)).toBe("here");
    for (const options of [{}, { ca: authority("other").ca }]) {
      await expect(client(options).request(url)).rejects.toMatchObject({
        code: "AIRGO_NETWORK",
        message: expect.stringMatching(/certificate/),
        again: "never",
      });
    }
  });

  testIf(
    "openssl",
    "are trusted through the tunnel of a proxy, and for a proxy that speaks https",
    async () => {
      const url = await secure(authority("ours"), echo);
      for (const by of [undefined, authority("ours")]) {
        const proxy = await tunnelProxy(by);
        const env = { https_proxy: proxy.address };
        const options = { ca: authority("ours").ca, authorization: { origin: url, value } };
        expect(await textOf(client(options, env), `${url}/x`)).toBe(value);
        expect(proxy.asked.map(({ url: target, headers }) => [target, headers.authorization])).toEqual([
          [url.slice("https://".length), undefined],
        ]);
        await expect(client({}, env).request(url)).rejects.toMatchObject({
          code: "AIRGO_NETWORK",
          again: "never",
        });
      }
    },
  );

  testIf("openssl", "come beside those of NODE_EXTRA_CA_CERTS", async () => {
    const [ours, extra] = [authority("ours"), authority("extra")];
    const urls = [
      await secure(ours, (_request, response) => response.end("ours")),
      await secure(extra, (_request, response) => response.end("extra")),
    ];
    // In a process of its own, because Node reads the extra authorities at its start.
    const script = startNode(
      `import { createHttpClient } from ${built("transfer/client/http.js")};
       import { readAuthorities } from ${built("transfer/credentials/authorities.js")};
       const [file, ...urls] = process.argv.slice(1);
       const clients = [createHttpClient("airgo/test", process.env, { ca: await readAuthorities(file) }), createHttpClient("airgo/test", process.env)];
       const ask = async (http, url) => {
         try { let text = ""; await (await http.request(url)).read((part) => void (text += Buffer.from(part))); return text; }
         catch (error) { return error.code; }
       };
       for (const http of clients) for (const url of urls) console.log(await ask(http, url));
       for (const http of clients) await http.close();`,
      { args: [ours.file, ...urls], env: { NODE_EXTRA_CA_CERTS: extra.file } },
    );
    const { stdout, stderr } = await script.ended;
    expect({ stderr, lines: stdout.trim().split("\n") }).toEqual({
      stderr: "",
      lines: ["ours", "extra", "AIRGO_NETWORK", "extra"],
    });
  });

  test("come beside Node's own, as far as this Node tells them", () => {
    const extra = "-----BEGIN CERTIFICATE-----\nZXh0cmE=\n-----END CERTIFICATE-----";
    const rootCertificates = ["built in"];
    expect(defaultAuthorities({ rootCertificates }, () => undefined)).toEqual(["built in"]);
    expect(defaultAuthorities({ rootCertificates }, () => `# a comment\n${extra}\n`)).toEqual([
      "built in",
      extra,
    ]);
    expect(
      defaultAuthorities(
        { rootCertificates, getCACertificates: (type) => [`${type} of the system`] },
        () => extra,
      ),
    ).toEqual(["default of the system"]);
  });

  testIf("openssl", "are read from PEM, whatever stands between them", async () => {
    const file = join(folder, "bundle.pem");
    const both = [authority("ours").ca.trim(), authority("other").ca.trim()];
    writeFileSync(file, `# Größe, in Latin-1: \u{fc}\r\n${both.join("\nsubject=CN = other\n")}\n`, "latin1");
    expect(await readAuthorities(file)).toBe(both.join("\n"));
  });

  testIf("openssl", "that cannot be read are told before any connection", async () => {
    const { ca } = authority("ours");
    const contents: [content: string | Uint8Array, found: string][] = [
      ["", "no certificate"],
      [new X509Certificate(ca).raw, "no certificate"],
      [
        `${ca}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
        "certificate 2 of 2 cannot be read",
      ],
      [`${ca.replace("-----END CERTIFICATE-----", "")}${ca}`, "certificate 1 of 2 cannot be read"],
    ];
    const where = join(folder, "bad.pem");
    for (const [content, found] of contents) {
      writeFileSync(where, content);
      await expect(readAuthorities(where)).rejects.toMatchObject({ code: "AIRGO_CREDENTIALS", where, found });
    }
    await expect(readAuthorities(join(folder, "missing.pem"))).rejects.toMatchObject({
      code: "AIRGO_CREDENTIALS",
      found: expect.stringMatching(/ENOENT/),
    });
  });
});

describe("an authorization for one origin", () => {
  test("goes there and nowhere else: not to another port, another name, another scheme", async () => {
    const [server, other] = [await plain(echo), await plain(echo)];
    const http = client({ authorization: { origin: server.url, value } });
    expect(await textOf(http, `${server.url}/x`)).toBe(value);
    expect(await textOf(http, other.url)).toBe("none");
    expect(await textOf(http, `http://localhost:${server.port}/`)).toBe("none");
    const secureOnly = client({ authorization: { origin: server.url.replace("http:", "https:"), value } });
    expect(await textOf(secureOnly, server.url)).toBe("none");
  });

  testIf(
    "openssl",
    "stays on a redirect within its origin, and is not sent again after one elsewhere",
    async () => {
      const seen: (string | undefined)[] = [];
      const places = new Map<string, string>();
      const answer =
        (name: string): RequestListener =>
        (request, response) => {
          seen.push(`${name} ${request.headers.authorization ?? "none"}`);
          const location = places.get(`${name}${request.url}`);
          response
            .writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location })
            .end();
        };
      const ours = await secure(authority("ours"), answer("ours"));
      const other = await secure(authority("ours"), answer("other"));
      const http = client({ ca: authority("ours").ca, authorization: { origin: ours, value } });
      places.set("ours/within", "/end").set("ours/away", `${other}/back`).set("other/back", `${ours}/end`);
      places.set("ours/renamed", `${ours.replace("127.0.0.1", "localhost")}/end`);
      await textOf(http, `${ours}/within`);
      expect(seen.splice(0)).toEqual([`ours ${value}`, `ours ${value}`]);
      await textOf(http, `${ours}/away`);
      expect(seen.splice(0)).toEqual([`ours ${value}`, "other none", "ours none"]);
      await textOf(http, `${ours}/renamed`);
      expect(seen.splice(0)).toEqual([`ours ${value}`, "ours none"]);
    },
  );

  test("that is sent over http goes to this machine itself, past the proxies of the environment", async () => {
    const server = await plain(echo);
    const other = await plain(echo);
    const proxy = await plain((request, response) =>
      response.end(`proxied ${request.headers.authorization}`),
    );
    const authorization = { origin: server.url, value };
    for (const no_proxy of ["", "a.example", "*"]) {
      const http = client({ authorization }, { http_proxy: proxy.url, no_proxy });
      expect(await textOf(http, `${server.url}/x`)).toBe(value);
      expect(await textOf(http, other.url)).toBe(no_proxy === "*" ? "none" : "proxied undefined");
    }
  });

  test("is in no text of an error", async () => {
    const server = await plain((request) => request.socket.destroy());
    const http = client({ authorization: { origin: server.url, value } });
    const error: unknown = await http.request(server.url).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "AIRGO_NETWORK" });
    expect(inspect(error, { depth: 8 })).not.toMatch(/hunter2/);
  });
});
