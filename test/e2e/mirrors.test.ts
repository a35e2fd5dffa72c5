import { rm } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import { makeProject, standardKit, type AirgoResult, type TestProject } from "../support/airgo.js";
import { startFakeUpstream, standardWorld, type FakeUpstream } from "../support/fake-upstream.js";

/** Two mirrors of one world. Only the second one mirrors the checksum database that is trusted. */
let project: TestProject;
let bad: FakeUpstream;

beforeAll(async () => {
  bad = await startFakeUpstream({ sumdb: "sum.other.example" });
  standardWorld(bad);
  project = await makeProject();
});
afterEach(async () => {
  bad.faults.clear();
  for (const place of [".cache", "kits", "bundles.lock"])
    await rm(join(project.folder, place), { recursive: true, force: true });
});
afterAll(async () => {
  await bad.close();
  await project.close();
});

async function bundleFrom(proxy: string, policy = "order"): Promise<AirgoResult> {
  const { verifierKey, proxyUrl, sumdb } = project.upstream;
  const database = `${verifierKey} ${proxyUrl}/sumdb/${sumdb}`;
  await project.manifest(standardKit, `{ proxy: "${proxy}", policy: ${policy}, sumdb: "${database}" }`);
  return project.airgo(["bundle", "--json"]);
}

const textsOf = ({ events }: AirgoResult, type: "note" | "warning"): string[] =>
  events.flatMap((event) => (event.type === type ? event.text : []));

function withMore(goMod: Buffer): Buffer {
  return Buffer.concat([goMod, Buffer.from("// more\n")]);
}

test("a mirror that serves another go.mod is passed over for what go.sum names, before Go reads it", async () => {
  bad.faults.add(/words\/@v\/v1\.1\.0\.mod$/, { kind: "rewrite", change: withMore });
  const result = await bundleFrom(`${bad.proxyUrl}|${project.upstream.proxyUrl}`);
  expect(result.events.filter(({ type }) => type === "failed")).toEqual([]);
  expect(result.code).toBe(0);
  expect(textsOf(result, "warning").filter((text) => text.includes("127.0.0.1"))).toEqual([
    expect.stringMatching(`^${bad.proxyUrl} is passed over, .*go.mod of example.com/words@v1.1.0`),
  ]);
});

describe("a mirror that serves another zip", () => {
  const zip = /greet\/@v\/v1\.2\.0\.zip$/;

  test("is passed over where another one stands behind `|`, and that is said", async () => {
    bad.faults.add(zip, { kind: "tamper" });
    const result = await bundleFrom(`${bad.proxyUrl}|${project.upstream.proxyUrl}`);
    expect(result.events.filter(({ type }) => type === "failed")).toEqual([]);
    expect(result.code).toBe(0);
    expect(textsOf(result, "warning").filter((text) => text.includes("127.0.0.1"))).toEqual([
      expect.stringMatching(
        `^${bad.proxyUrl} is passed over, since it served wrong bytes: the zip of example.com/greet@v1.2.0`,
      ),
    ]);
  });

  test("ends the run with 8 where there is no other", async () => {
    bad.faults.add(zip, { kind: "tamper" });
    const result = await bundleFrom(`${bad.proxyUrl},off`);
    expect(result.code).toBe(8);
    expect(result.events.find(({ type }) => type === "failed")).toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
    });
  });
});

test("`fastest` tells the order that it measured, and a mirror that does not work goes last", async () => {
  bad.faults.add(/./, { kind: "status", status: 502 });
  const result = await bundleFrom(`${bad.proxyUrl}|${project.upstream.proxyUrl}`, "fastest");
  expect(result.code).toBe(0);
  const note = textsOf(result, "note").find((text) => text.startsWith("proxies, the fastest first: "));
  expect(note).toMatch(
    new RegExp(`: ${project.upstream.proxyUrl} \\(\\d+ ms\\), ${bad.proxyUrl} \\(no answer\\)$`),
  );
  expect(bad.requests.at(-1)?.method).toBe("HEAD");
});
