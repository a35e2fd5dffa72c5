import { readdir, readFile, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "@jest/globals";

import { fetchIndex } from "../../../src/transfer/indexes/fetch-index.js";
import { createHttpClient } from "../../../src/transfer/client/http.js";
import { addressDigest } from "../../../src/transfer/address-digest.js";
import { openStore, type Store } from "../../../src/store/store.js";
import { serve, type Loopback } from "../../support/loopback.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("fetch-index");
const http = createHttpClient("airgo-test", {});
let server: Loopback | undefined;
let number = 0;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server of one answer, and what it was asked with. */
async function serving(answer: (response: ServerResponse) => void) {
  const asked: IncomingHttpHeaders[] = [];
  server = await serve(({ headers }, response) => {
    asked.push(headers);
    answer(response);
  });
  return { url: `${server.url}/x/@v/list`, asked };
}

/** As a server that knows ETags: 304 for the one it has. */
function tagged(body: string, headers: Record<string, string>) {
  return serving((response) => {
    const isKnown = response.req.headers["if-none-match"] === headers["etag"];
    response.writeHead(isKnown ? 304 : 200, headers).end(isKnown ? undefined : body);
  });
}

const newStore = (): Promise<Store> => openStore(join(root, `store-${++number}`));
const maxBytes = 9 << 20;
const start = Date.parse("2026-11-05T12:00:00Z");
const get = async (store: Store, url: string, now = start): Promise<string> =>
  String(await fetchIndex(http, store, url, { maxBytes, now: () => now }));
const days = (count: number): number => count * 24 * 3600 * 1000;

const date = "Thu, 05 Nov 2026 10:00:00 GMT";
const before = "Thu, 05 Nov 2026 09:00:00 GMT";

describe("an index that the store kept", () => {
  test.each(['"strong"', 'W/"weak"', '""', '"with,comma*"'])(
    "is asked about by its ETag %s, and used after 304, in another run too",
    async (etag) => {
      const { url, asked } = await tagged("v1.0.0\n", { etag });
      const store = await newStore();
      expect(await get(store, url)).toBe("v1.0.0\n");
      expect(await get(store, url)).toBe("v1.0.0\n");
      expect(await get(await openStore(store.root), url)).toBe("v1.0.0\n");
      expect(asked.map((headers) => headers["if-none-match"])).toEqual([undefined, etag, etag]);
    },
  );

  test("is asked about by its date where there is no ETag", async () => {
    const { url, asked } = await serving((response) => {
      const isKnown = response.req.headers["if-modified-since"] === before;
      response.writeHead(isKnown ? 304 : 200, { date, "last-modified": before }).end(isKnown ? "" : "a");
    });
    const store = await newStore();
    expect([await get(store, url), await get(store, url)]).toEqual(["a", "a"]);
    expect(asked.map((headers) => headers["if-modified-since"])).toEqual([undefined, before]);
  });

  test("is replaced by what has changed", async () => {
    let version = 1;
    const { url, asked } = await serving((response) => {
      response.writeHead(200, { etag: `"${version}"` }).end(`v1.${version}.0`);
    });
    const store = await newStore();
    const seen: string[] = [];
    for (; version < 4; version++) seen.push(await get(store, url));
    expect(seen).toEqual(["v1.1.0", "v1.2.0", "v1.3.0"]);
    expect(asked.map((headers) => headers["if-none-match"])).toEqual([undefined, '"1"', '"2"']);
  });

  test.each([
    [
      "names another date",
      { date, "last-modified": before },
      { "last-modified": "Thu, 05 Nov 2026 08:00:00 GMT" },
    ],
    ["repeats no date", { date, "last-modified": before }, {}],
    ["names another ETag", { etag: '"a"' }, { etag: '"b"' }],
  ])("is asked for anew when 304 %s", async (_, first: object, then: object) => {
    let headers = { ...first };
    const { url, asked } = await serving((response) => {
      const isAsked = Object.keys(response.req.headers).some((name) => name.startsWith("if-"));
      response.writeHead(isAsked ? 304 : 200, headers).end(isAsked ? undefined : JSON.stringify(headers));
    });
    const store = await newStore();
    await get(store, url);
    headers = { ...then };
    expect(await get(store, url)).toBe(JSON.stringify(then));
    expect(asked).toHaveLength(3);
  });

  test("is confirmed by 304 with its tag weakened on the way", async () => {
    const { url, asked } = await serving((response) => {
      const isKnown = response.req.headers["if-none-match"] === '"a"';
      response.writeHead(isKnown ? 304 : 200, { etag: isKnown ? 'W/"a"' : '"a"' }).end(isKnown ? "" : "x");
    });
    const store = await newStore();
    expect([await get(store, url), await get(store, url)]).toEqual(["x", "x"]);
    expect(asked).toHaveLength(2);
  });

  test("is asked for anew when its copy is damaged", async () => {
    const { url, asked } = await tagged("v1.0.0\n", { etag: '"a"' });
    const store = await newStore();
    await get(store, url);
    const notes = join(store.root, "notes");
    for (const name of await readdir(notes)) {
      const text = await readFile(join(notes, name), "latin1");
      await writeFile(join(notes, name), text.replace("v1.0.0", "v6.6.6"), "latin1");
    }
    expect(await get(await openStore(store.root), url)).toBe("v1.0.0\n");
    expect(asked.map((headers) => headers["if-none-match"])).toEqual([undefined, undefined]);
  });

  test("is asked for anew where less is accepted than it has", async () => {
    const { url, asked } = await tagged("v1.0.0\n", { etag: '"a"' });
    const store = await newStore();
    await get(store, url);
    const less = { maxBytes: 3, now: () => start };
    await expect(fetchIndex(http, store, url, less)).rejects.toMatchObject({
      code: "AIRGO_UPSTREAM_MALFORMED",
    });
    expect(asked[1]).not.toHaveProperty("if-none-match");
  });

  test("is asked for whole once a week, though it was confirmed meanwhile", async () => {
    const { url, asked } = await tagged("v1.0.0\n", { etag: '"a"' });
    const store = await newStore();
    for (const day of [0, 4, 7, 7.1, 8, 15]) await get(store, url, start + days(day));
    const known = '"a"';
    expect(asked.map((headers) => headers["if-none-match"])).toEqual([
      undefined,
      known,
      known,
      undefined,
      known,
      undefined,
    ]);
  });

  test("is asked for whole when it was kept by a clock that was ahead", async () => {
    const { url, asked } = await tagged("v1.0.0\n", { etag: '"a"' });
    const store = await newStore();
    await get(store, url, start + days(1));
    await get(store, url, start);
    await get(store, url, start);
    expect(asked.map((headers) => headers["if-none-match"])).toEqual([undefined, undefined, '"a"']);
  });

  test.each([
    ["without the time that it was fetched at", { etag: '"a"' }],
    ["with a star for a tag", { etag: "*", fetched: start }],
    ["with a list of tags", { etag: '"a", *', fetched: start }],
  ])("counts as none when it was noted %s", async (_, head) => {
    const { url, asked } = await tagged("v1.0.0\n", { etag: '"a"' });
    const store = await newStore();
    await store.setNote(`indexes/${addressDigest(url)}`, Buffer.from(`${JSON.stringify(head)}\nv6.6.6\n`));
    expect(await get(store, url)).toBe("v1.0.0\n");
    expect(asked[0]).not.toHaveProperty("if-none-match");
  });

  test("is not written again for the time alone", async () => {
    const { url } = await serving((response) => response.writeHead(200, { etag: '"a"' }).end("same"));
    const store = await newStore();
    let written = 0;
    const counting = {
      note: (name: string) => store.note(name),
      setNote: (name: string, data: Buffer) => {
        written++;
        return store.setNote(name, data);
      },
    };
    for (const day of [0, 1, 2])
      await fetchIndex(http, counting, url, { maxBytes, now: () => start + days(day) });
    expect(written).toBe(1);
  });

  test("is written once, however often a server sends it", async () => {
    const { url } = await serving((response) => response.writeHead(200, { etag: '"a"' }).end("same"));
    const store = await newStore();
    await get(store, url);
    const size = async (): Promise<number> => {
      const names = await readdir(join(store.root, "notes"));
      const contents = await Promise.all(names.map((name) => readFile(join(store.root, "notes", name))));
      return Buffer.concat(contents).length;
    };
    const first = await size();
    await get(store, url);
    expect(await size()).toBe(first);
  });

  test("is named by no address and no secret", async () => {
    const { url, asked } = await tagged("v1.0.0\n", { etag: '"a"' });
    const store = await newStore();
    await get(store, url.replace("://", "://user:secret-1@"));
    // Other credentials for the same address find it.
    await get(store, url.replace("://", "://user:secret-2@"));
    expect(asked[1]).toHaveProperty("if-none-match", '"a"');
    const [name = ""] = await readdir(join(store.root, "notes"));
    const text = await readFile(join(store.root, "notes", name), "latin1");
    expect(text).not.toMatch(/secret|user|127\.0\.0\.1/);
  });
});

describe("nothing is kept of", () => {
  test.each([
    ["an answer without a validator", {}, "v1.0.0\n"],
    ["a date alone that a second change could share", { date, "last-modified": date }, "v1.0.0\n"],
    ["a date without the answer's own", { "last-modified": before, date: "" }, "v1.0.0\n"],
    ["a web page by its type", { etag: '"a"', "content-type": "text/html; charset=utf-8" }, "sign in"],
    ["a large one", { etag: '"a"' }, "v".repeat((8 << 20) + 1)],
    ["one with an endless ETag", { etag: `"${"a".repeat(2000)}"` }, "v1.0.0\n"],
    ["one whose ETag is a star, which everything meets", { etag: "*" }, "v1.0.0\n"],
    ["one with a star in a list of ETags", { etag: '"x", *' }, "v1.0.0\n"],
    ["one with several ETags", { etag: '"x","y"' }, "v1.0.0\n"],
    ["one whose ETag has no quotes", { etag: "x" }, "v1.0.0\n"],
  ])("%s", async (_, headers: Record<string, string>, body) => {
    const { url, asked } = await serving((response) => response.writeHead(200, headers).end(body));
    const store = await newStore();
    expect([await get(store, url), await get(store, url)]).toEqual([body, body]);
    expect(asked[1]).not.toHaveProperty("if-none-match");
    expect(asked[1]).not.toHaveProperty("if-modified-since");
  });

  test("what ends where the connection does: that may be half-way", async () => {
    const heads: string[] = [];
    const cut = createServer((socket) => {
      socket.once("data", (head) => {
        heads.push(head.toString());
        socket.end('HTTP/1.1 200 OK\r\nETag: "a"\r\nConnection: close\r\n\r\nv1.0.0\n');
      });
    });
    await new Promise<void>((resolve) => void cut.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(cut.address() as AddressInfo).port}/x/@v/list`;
    try {
      const store = await newStore();
      expect([await get(store, url), await get(store, url)]).toEqual(["v1.0.0\n", "v1.0.0\n"]);
    } finally {
      await new Promise((resolve) => void cut.close(resolve));
    }
    expect(heads[1]).not.toMatch(/if-none-match/i);
  });
});

test("a list with a date of the future stays no longer than its server serves it", async () => {
  const future = { date: "Fri, 31 Dec 2100 00:00:09 GMT", "last-modified": "Fri, 31 Dec 2100 00:00:00 GMT" };
  let isPoisoned = true;
  // As most servers compare it: not newer than the date that they were asked with.
  const { url } = await serving((response) => {
    const since = Date.parse(response.req.headers["if-modified-since"] ?? "");
    if (isPoisoned) response.writeHead(200, future).end("v0.9.0");
    else if (Date.parse(before) <= since) response.writeHead(304).end();
    else response.writeHead(200, { "last-modified": before }).end("v1.0.0");
  });
  const store = await newStore();
  expect(await get(store, url)).toBe("v0.9.0");
  isPoisoned = false;
  expect([await get(store, url), await get(store, url)]).toEqual(["v1.0.0", "v1.0.0"]);
});

describe("a status", () => {
  test("304 that nobody asked for is no answer", async () => {
    const { url } = await serving((response) => response.writeHead(304).end());
    await expect(get(await newStore(), url)).rejects.toMatchObject({
      code: "AIRGO_UPSTREAM_STATUS",
      found: "HTTP status 304",
    });
  });

  test.each([404, 410])("%d is told, though the store has a copy", async (status) => {
    let isThere = true;
    const { url } = await serving((response) =>
      response.writeHead(isThere ? 200 : status, { etag: '"a"' }).end("v1.0.0"),
    );
    const store = await newStore();
    await get(store, url);
    isThere = false;
    let gone = 0;
    const options = { maxBytes, now: () => start, onGone: () => void gone++ };
    expect(await fetchIndex(http, store, url, options)).toBeUndefined();
    expect(gone).toBe(status === 410 ? 1 : 0);
  });

  test("of an outage is an error, though the store has a copy", async () => {
    let status = 200;
    const { url } = await serving((response) => response.writeHead(status, { etag: '"a"' }).end("v1.0.0"));
    const store = await newStore();
    await get(store, url);
    status = 503;
    await expect(get(store, url)).rejects.toMatchObject({ code: "AIRGO_UPSTREAM_STATUS" });
  });
});
