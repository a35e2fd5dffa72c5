import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "@jest/globals";

import type { PrivateSourceSpec } from "../../../src/manifest/schema.js";
import { openPrivateSource } from "../../../src/pipeline/private-source.js";
import type { RunContext } from "../../../src/pipeline/context.js";
import { createHttpClient, type HttpClientOptions } from "../../../src/transfer/client/http.js";
import { serve } from "../../support/loopback.js";
import { scratchFolder } from "../../support/scratch.js";

const folder = scratchFolder("private-source");
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A source of a run that has this environment; `made` holds the options of every client that it made. */
function source(spec: Omit<PrivateSourceSpec, "match">, env: NodeJS.ProcessEnv = {}) {
  const made: (HttpClientOptions | undefined)[] = [];
  const context = {
    env,
    paths: { folder },
    async createHttp(options?: HttpClientOptions) {
      made.push(options);
      return createHttpClient("airgo/test", {}, options);
    },
  } as unknown as RunContext;
  const opened = openPrivateSource(context, { match: ["corp.example"], ...spec });
  open.unshift(opened.client);
  return { opened, made };
}

/** A proxy that notes what each request was allowed by. */
async function corpProxy() {
  const authorizations: (string | undefined)[] = [];
  const server = await serve((request, response) => {
    authorizations.push(request.headers.authorization);
    response.end("body");
  });
  open.push(server);
  return { url: server.url, authorizations };
}

test("is asked at its one address", async () => {
  const { opened } = source({ proxy: "https://goproxy.corp.example/base" });
  expect(opened.match).toEqual(["corp.example"]);
  expect(await opened.proxies()).toEqual([
    { base: "https://goproxy.corp.example/base", kind: "proxy", next: "end" },
  ]);
});

describe("credentials", () => {
  test.each([{ auth: "env:TOKEN" }, {}])(
    "are not read, and no client is made, before something is asked: a full store needs none (%j)",
    async (how) => {
      const { opened, made } = source({ proxy: "https://goproxy.corp.example", ...how }, { TOKEN: "s3cret" });
      await opened.proxies();
      await opened.client.close();
      expect(made).toEqual([]);
    },
  );

  test("that are missing are told when something is asked, by name and to each who asks", async () => {
    const { url, authorizations } = await corpProxy();
    const { opened, made } = source({ proxy: url, auth: "env:NOT_SET" });
    for (const _ of [1, 2]) {
      await expect(opened.client.request(`${url}/x`)).rejects.toMatchObject({
        code: "AIRGO_CREDENTIALS",
        message: expect.anything(),
      });
    }
    expect(made).toEqual([]);
    expect(authorizations).toEqual([]);
    // What was never made need not be closed, and does not fail a second time.
    await opened.client.close();
  });

  test("are read once and sent to the proxy's own origin only", async () => {
    const [proxy, other] = [await corpProxy(), await corpProxy()];
    const { opened, made } = source({ proxy: `${proxy.url}/base`, auth: "env:TOKEN" }, { TOKEN: "s3cret" });
    for (const url of [`${proxy.url}/base/a`, `${proxy.url}/b`, `${other.url}/base/a`])
      (await opened.client.request(url)).drop();
    expect(proxy.authorizations).toEqual(["Bearer s3cret", "Bearer s3cret"]);
    expect(other.authorizations).toEqual([undefined]);
    expect(made).toEqual([
      { ca: undefined, authorization: { origin: new URL(proxy.url).origin, value: "Bearer s3cret" } },
    ]);
  });

  test("of a file lie relative to the manifest", async () => {
    writeFileSync(join(folder, "token"), "user:pw\n", { mode: 0o600 });
    const { url, authorizations } = await corpProxy();
    const { opened } = source({ proxy: url, auth: "file:token" });
    (await opened.client.request(`${url}/x`)).drop();
    expect(authorizations).toEqual([`Basic ${Buffer.from("user:pw").toString("base64")}`]);
  });

  test("are none where none are named", async () => {
    const { url, authorizations } = await corpProxy();
    const { opened, made } = source({ proxy: url }, { TOKEN: "s3cret" });
    (await opened.client.request(`${url}/x`)).drop();
    expect(authorizations).toEqual([undefined]);
    expect(made).toEqual([{ ca: undefined, authorization: undefined }]);
  });
});

test("certificates that cannot be read are told before anything is sent", async () => {
  const { url, authorizations } = await corpProxy();
  const { opened } = source({ proxy: url, ca: "file:none.pem" });
  await expect(opened.client.request(`${url}/x`)).rejects.toMatchObject({
    code: expect.stringMatching(/^AIRGO_/),
    where: join(folder, "none.pem"),
  });
  expect(authorizations).toEqual([]);
});
