import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, describe, expect, test } from "@jest/globals";

import { fetchToFile } from "../../../src/transfer/download/download-file.js";
import { exists, fetchBytes } from "../../../src/transfer/download/download.js";
import { fetchIndex } from "../../../src/transfer/indexes/fetch-index.js";
import { requireFolder } from "../../../src/transfer/client/file-source.js";
import { createHttpClient } from "../../../src/transfer/client/http.js";
import { openStore } from "../../../src/store/store.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { AirgoError } from "../../../src/support/errors.js";
import { serve, type Loopback } from "../../support/loopback.js";
import { built, startNode } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("file-source");
const http = createHttpClient("airgo-test", {});
let server: Loopback | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => http.close());

const body = Buffer.alloc(700_000, "airgo ");
mkdirSync(join(root, "tree", "a b%"), { recursive: true });
writeFileSync(join(root, "tree", "a b%", "v1.0.0.zip"), body);
writeFileSync(join(root, "tree", "empty"), "");
symlinkSync("a b%", join(root, "tree", "link"));
symlinkSync("loop", join(root, "tree", "loop"));
execFileSync("mkfifo", [join(root, "tree", "pipe")]);

const base = `file://${root}/tree`;
const limit = { maxBytes: 1 << 20 };
const get = (url: string): Promise<Buffer | undefined> => fetchBytes(http, url, limit);

describe("a file below a folder", () => {
  const places = ["a%20b%25", "link", "a%20b%25/../link", "%61%20b%25"];
  test.each(places)("is read as an answer is: %s", async (place) => {
    const url = `${base}/${place}/v1.0.0.zip`;
    expect((await get(url))?.equals(body)).toBe(true);
    expect((await get(url.replace("file://", "file://localhost")))?.equals(body)).toBe(true);
    expect(await exists(http, url, undefined)).toBe(true);
    const file = join(root, "got");
    let counted = 0;
    const onBytes = (bytes: number): void => void (counted += bytes);
    expect(await fetchToFile(http, url, file, { ...limit, onBytes })).toEqual({
      sha256: sha256Hex(body),
      size: body.length,
    });
    expect(readFileSync(file).equals(body)).toBe(true);
    expect(counted).toBe(body.length);
  });

  test("may be empty", async () => expect(await get(`${base}/empty`)).toEqual(Buffer.alloc(0)));

  test("that is too large is refused", async () => {
    await expect(fetchBytes(http, `${base}/link/v1.0.0.zip`, { maxBytes: 1000 })).rejects.toMatchObject({
      code: "AIRGO_UPSTREAM_MALFORMED",
      found: "700000 bytes",
    });
  });

  test("is asked anew each time: a folder tells nothing that it would be known by", async () => {
    const store = await openStore(join(root, "store"));
    writeFileSync(join(root, "tree", "list"), "v1.0.0\n");
    const options = { ...limit, now: () => 0 };
    const list = async (): Promise<string> => String(await fetchIndex(http, store, `${base}/list`, options));
    expect(await list()).toBe("v1.0.0\n");
    writeFileSync(join(root, "tree", "list"), "v1.1.0\n");
    expect(await list()).toBe("v1.1.0\n");
  });

  test("is sent whole, whatever part of it is asked for", async () => {
    const answer = await http.request(`${base}/link/v1.0.0.zip`, { rest: { from: 3, validator: '"a"' } });
    answer.drop();
    expect(answer.status).toBe(200);
  });

  test("is let go once it was read, dropped, or asked for with HEAD", async () => {
    const url = `${base}/link/v1.0.0.zip`;
    await get(url);
    await exists(http, url, undefined);
    const answer = await http.request(url);
    expect(openZips()).toBe(1);
    await answer.read(() => undefined);
    const failing = await http.request(url);
    await expect(failing.read(() => Promise.reject(new Error("disk full")))).rejects.toThrow("disk full");
    expect(openZips()).toBe(0);
  });
});

/** How often this process has the zip open. */
function openZips(): number {
  const targets = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The one that lists them.
      return "";
    }
  });
  return targets.filter((target) => target.endsWith("v1.0.0.zip")).length;
}

describe("no such thing is", () => {
  test.each(["none", "none/x", "empty/x", "link", "pipe", `x${"y".repeat(300)}`])("%s", async (name) => {
    expect(await get(`${base}/${name}`)).toBeUndefined();
    expect(await exists(http, `${base}/${name}`, undefined)).toBe(false);
    expect(await fetchToFile(http, `${base}/${name}`, join(root, "none"), limit)).toBeUndefined();
  });
  test.each(["zero", "null", "tty"])("the device %s", async (name) => {
    expect(await get(`file:///dev/${name}`)).toBeUndefined();
  });
});

test("a folder that is not there is told from one that lacks something", async () => {
  await expect(requireFolder(base)).resolves.toBeUndefined();
  for (const other of [`${base}/none`, `${base}/empty`])
    await expect(requireFolder(other)).rejects.toMatchObject({ code: "AIRGO_NETWORK", where: other });
});

describe("an error with a name is", () => {
  test("a file that may not be read", async () => {
    const secret = join(root, "tree", "secret");
    writeFileSync(secret, "x");
    chmodSync(secret, 0);
    chmodSync(root, 0o755);
    // Root may read everything, so it is asked as somebody else.
    const script = startNode(
      `import { createHttpClient } from ${built("transfer/client/http.js")};
       if (process.getuid() === 0) process.setuid(12345);
       const http = createHttpClient("airgo-test", {});
       const error = await http.request(process.argv[1]).catch((thrown) => thrown);
       console.log(JSON.stringify([error.code, error.where, error.found]));`,
      { args: [`${base}/secret`] },
    );
    const { stdout, stderr } = await script.ended;
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([
      "AIRGO_UPSTREAM_DENIED",
      `${base}/secret`,
      expect.stringContaining("EACCES"),
    ]);
  });

  test("a link that leads to itself", async () => {
    await expect(get(`${base}/loop`)).rejects.toMatchObject({ code: "AIRGO_UPSTREAM_DENIED" });
  });

  test("an address of another machine, whose name is not looked up", async () => {
    await expect(get("file://files.example/tree/x")).rejects.toMatchObject({ code: "AIRGO_PROXY_INVALID" });
  });
});

test("no server can send anybody to a file of this machine", async () => {
  server = await serve((_, response) => response.writeHead(302, { location: `${base}/empty` }).end());
  await expect(get(server.url)).rejects.toMatchObject({
    code: "AIRGO_NETWORK",
    found: "file:",
  });
});

test("a run that ended reads nothing any more", async () => {
  const reason = new AirgoError("AIRGO_INTERRUPTED", { what: "enough" });
  const url = `${base}/link/v1.0.0.zip`;
  await expect(http.request(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const answer = await http.request(url, { signal: controller.signal });
  const parts: number[] = [];
  const reading = answer.read((part) => {
    parts.push(part.byteLength);
    controller.abort(reason);
    return undefined;
  });
  await expect(reading).rejects.toBe(reason);
  expect(parts).toHaveLength(1);
  const other = createHttpClient("airgo-test", {});
  await other.close();
  await expect(other.request(url)).rejects.toThrow("closed");
});
