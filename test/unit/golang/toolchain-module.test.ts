import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { nameOf, toolchainModule } from "../../../src/golang/go-source.js";
import { chooseReleases } from "../../../src/golang/release-choice.js";
import { createToolchainModuleSource, parseToolchainList } from "../../../src/golang/toolchain-module.js";
import {
  halfReleasedGoVersion,
  standardGoVersions,
  standardWorld,
  startFakeUpstream,
  type FakeUpstream,
} from "../../support/fake-upstream.js";
import { openRig, type Rig } from "../modules/rig.js";

const arm = { version: "1.27.3", arch: "arm64" } as const;

test("a toolchain is a module of the checksum database", () => {
  expect(toolchainModule(arm)).toEqual({
    path: "golang.org/toolchain",
    version: "v0.0.1-go1.27.3.linux-arm64",
  });
  expect(nameOf(arm)).toBe("go1.27.3 for linux-arm64");
});

test("parseToolchainList keeps linux on the two architectures, whatever the order and the rest", () => {
  const list = [
    "v0.0.1-go1.27.3.linux-arm64",
    "v0.0.1-go1.9.2rc2.linux-amd64",
    "v0.0.1-go1.27.3.linux-amd64\r",
    "v0.0.1-go1.27.3.linux-amd64p32",
    "v0.0.1-go1.27.3.darwin-arm64",
    "v0.0.1-go1.27rc1.linux-amd64",
    "v0.0.2-go1.27.4.linux-amd64",
    "<!doctype html>",
    "",
  ];
  expect(parseToolchainList(list.join("\n"))).toEqual(
    new Map([
      ["1.27.3", new Set(["arm64", "amd64"])],
      ["1.9.2rc2", new Set(["amd64"])],
      ["1.27rc1", new Set(["amd64"])],
    ]),
  );
});

describe("from a module proxy", () => {
  let upstream: FakeUpstream;
  let rig: Rig;
  beforeAll(async () => {
    upstream = await startFakeUpstream();
    standardWorld(upstream);
  });
  beforeEach(async () => {
    rig = await openRig(`${upstream.proxyUrl},direct`);
  });
  afterEach(async () => {
    upstream.faults.clear();
    upstream.requests.length = 0;
    await rig.close();
  });
  afterAll(() => upstream.close());

  const source = () => createToolchainModuleSource(rig.files, rig.upstream);

  test("lists what is there", async () => {
    const versions = await source().versions();
    expect([...versions.keys()].sort()).toEqual([...standardGoVersions, halfReleasedGoVersion].sort());
    expect(versions.get(halfReleasedGoVersion)).toEqual(new Set(["amd64"]));
  });

  test("403 on one architecture is a no, and the range goes on", async () => {
    expect(await source().has({ version: halfReleasedGoVersion, arch: "arm64" })).toBe(false);
    upstream.faults.add(/@v\/list$/, {
      kind: "rewrite",
      change: (body) => Buffer.concat([body, Buffer.from(`v0.0.1-go${halfReleasedGoVersion}.linux-arm64\n`)]),
    });
    const choice = await chooseReleases(["1.90.x"], ["amd64", "arm64"], source(), async () => true);
    expect(choice).toEqual({
      versions: { "1.90.x": "1.90.1" },
      passedOver: [`go${halfReleasedGoVersion} for linux-arm64 is listed but not served yet`],
    });
  });

  test("asking fetches nothing", async () => {
    expect(await source().has({ version: "1.90.1", arch: "amd64" })).toBe(true);
    expect(upstream.requests.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  test("a proxy that breaks down is not taken for one that lacks a version", async () => {
    upstream.faults.add(/1\.90\.2.*\.zip$/, { kind: "status", status: 502 });
    await expect(chooseReleases(["1.90.x"], ["amd64"], source(), async () => true)).rejects.toMatchObject({
      code: "AIRGO_UPSTREAM_STATUS",
    });
  });

  test("keeps the zip once its hash is right", async () => {
    const one = { version: "1.90.1", arch: "arm64" } as const;
    const { path, version } = toolchainModule(one);
    const { h1 } = upstream.hashes(path, version);
    // Another tree than the one with this hash is refused; once that one is there, it is what the hash stands for.
    await expect(source().keep({ ...one, arch: "amd64" }, h1, {})).rejects.toMatchObject({
      code: "AIRGO_CHECKSUM_MISMATCH",
    });
    expect(await rig.stored("objects")).toEqual([]);
    const { file, zip } = await source().keep(one, h1, {});
    expect(await rig.store.has(zip)).toBe(true);
    expect(file).toEqual(zip);
  });
});
