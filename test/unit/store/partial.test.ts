import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "@jest/globals";

import { createHttpClient } from "../../../src/transfer/client/http.js";
import { fetchToFile } from "../../../src/transfer/download/download-file.js";
import { openStore } from "../../../src/store/store.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { serve } from "../../support/loopback.js";
import { built, startNode } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";

const scratch = scratchFolder("partial");
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const mebi = 1 << 20;
const body = randomBytes(4 * mebi);
const sha256 = sha256Hex(body);

/** A server with ranges; the first transfer stalls after so many bytes. */
async function serving(stallAfter = body.length) {
  const starts: number[] = [];
  const server = await serve((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const isRest = from > 0 && request.headers["if-range"] === '"one"';
    starts.push(from);
    response.writeHead(isRest ? 206 : 200, {
      etag: '"one"',
      "content-length": body.length - from,
      ...(isRest ? { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` } : {}),
    });
    if (starts.length === 1 && stallAfter < body.length) response.write(body.subarray(0, stallAfter));
    else response.end(body.subarray(from));
  });
  open.push(server);
  return { url: `${server.url}/m.zip`, starts };
}

/** Fetches one address into an object of the store, as airgo does; tells when a first piece is on the disk. */
const fetcher = `
  import { statSync } from "node:fs";
  import { createHttpClient } from ${built("transfer/client/http.js")};
  import { fetchToFile } from ${built("transfer/download/download-file.js")};
  import { openStore } from ${built("store/store.js")};
  const [root, url] = process.argv.slice(1);
  const store = await openStore(root);
  console.log("ready");
  await new Promise((go) => process.stdin.once("data", go));
  process.stdin.destroy();
  const http = createHttpClient("airgo/test", {});
  const unfinished = await store.unfinished(url);
  const look = setInterval(() => {
    if ((statSync(unfinished.file, { throwIfNoEntry: false })?.size ?? 0) >= ${mebi}) console.log("begun");
  }, 5);
  const got = await fetchToFile(http, url, unfinished.file, { maxBytes: ${8 * mebi}, notes: unfinished });
  clearInterval(look);
  await store.adopt(unfinished.file, got);
  await unfinished.discard();
  await http.close();
  console.log(got.sha256);`;

function start(root: string, url: string) {
  const script = startNode(fetcher, { args: [root, url] });
  const ready = script.printed("ready");
  return { script, ready, go: () => void script.child.stdin?.write("go") };
}

let stores = 0;
const freshRoot = (): string => join(scratch, `${++stores}`);

function expectWhole(root: string): void {
  expect(sha256Hex(readFileSync(join(root, "objects/sha256", sha256.slice(0, 2), sha256)))).toBe(sha256);
  expect(readdirSync(join(root, "partial"))).toEqual([]);
  expect(readdirSync(join(root, "tmp"))).toEqual([]);
}

/** Leaves the first part of the body in a store, as an interrupted run does. */
async function leaveUnfinished(root: string, url: string, size: number): Promise<void> {
  const unfinished = await (await openStore(root)).unfinished(url);
  writeFileSync(unfinished.file, body.subarray(0, size));
  await unfinished.setNote({ validator: '"one"', bytes: body.length });
  await unfinished.giveBack();
}

describe("an unfinished download", () => {
  test("of a process that is killed in the middle is finished by the next one", async () => {
    const root = freshRoot();
    const { url, starts } = await serving(3 * mebi);
    const first = start(root, url);
    await first.ready;
    first.go();
    await first.script.printed("begun");
    first.script.child.kill("SIGKILL");
    expect(await first.script.ended).toMatchObject({ signal: "SIGKILL" });
    expect(readdirSync(join(root, "tmp"))).toHaveLength(1);

    const next = start(root, url);
    await next.ready;
    // The sweep at its start has found what the dead one left.
    expect(readdirSync(join(root, "partial"))).toEqual([sha256Hex(url)]);
    next.go();
    expect(await next.script.ended).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining(sha256),
    });
    expect(starts[0]).toBe(0);
    expect(starts[1]).toBeGreaterThanOrEqual(mebi);
    expectWhole(root);
  });

  test("is finished by one of several processes; the others begin anew, and none disturbs another", async () => {
    const root = freshRoot();
    const { url, starts } = await serving();
    await leaveUnfinished(root, url, 2 * mebi);
    const fetchers = [1, 2, 3].map(() => start(root, url));
    await Promise.all(fetchers.map(({ ready }) => ready));
    for (const { go } of fetchers) go();
    for (const { script } of fetchers)
      expect(await script.ended).toMatchObject({
        code: 0,
        stderr: "",
        stdout: expect.stringContaining(sha256),
      });
    expect(starts.toSorted((a, b) => a - b)).toEqual([0, 0, 2 * mebi]);
    expectWhole(root);
  });

  test("that two give back is that of the first of them", async () => {
    const store = await openStore(freshRoot());
    const both = [await store.unfinished("https://h/x"), await store.unfinished("https://h/x")];
    for (const [index, one] of both.entries()) {
      writeFileSync(one.file, `${index}`);
      await one.setNote({ validator: '"a"', bytes: 9 });
    }
    for (const one of both) await one.giveBack();
    expect(readdirSync(join(store.root, "tmp"))).toEqual([]);
    expect(readFileSync((await store.unfinished("https://user:pw@h/x")).file, "utf8")).toBe("0");
  });

  test.each([
    ["without a note", "bytes", undefined],
    ["with half a note", "bytes", '{"validator":'],
    ["without bytes", undefined, '{"validator":"\\"a\\"","bytes":9}'],
    ["with none of both", undefined, undefined],
  ])("%s is not given back", async (_what, bytes, note) => {
    const store = await openStore(freshRoot());
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const dead = join(store.root, "tmp", `${pid}-0123456789abcdef-${sha256}`);
    mkdirSync(dead);
    if (bytes !== undefined) writeFileSync(join(dead, "bytes"), bytes);
    if (note !== undefined) writeFileSync(join(dead, "note"), note);
    await openStore(store.root);
    expect(readdirSync(store.root)).not.toContain("partial");
    expect(readdirSync(join(store.root, "tmp"))).toEqual([]);
  });

  test("that is larger than it may be is not gone on with", async () => {
    const root = freshRoot();
    const { url, starts } = await serving();
    await leaveUnfinished(root, url, 2 * mebi);
    const http = createHttpClient("airgo/test", {});
    open.unshift(http);
    const unfinished = await (await openStore(root)).unfinished(url);
    const fetching = fetchToFile(http, url, unfinished.file, { maxBytes: mebi, notes: unfinished });
    await expect(fetching).rejects.toMatchObject({ code: "AIRGO_UPSTREAM_MALFORMED" });
    expect(starts).toEqual([0]);
  });
});
