import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";

import { goModHash } from "../../../src/modules/dirhash.js";
import { startFakeUpstream, type FakeUpstream } from "../../support/fake-upstream.js";
import { openRig, type Rig } from "./rig.js";

const module = { path: "git.corp.example/t", version: "v1.0.0" };
const goMod = "module git.corp.example/t\n\ngo 1.21\n";
const name = "modules/git.corp.example/t/@v/v1.0.0";

let upstream: FakeUpstream;
let rig: Rig;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  upstream.addModule({ ...module, goMod, files: { "t.go": "package t\n" } });
});
beforeEach(async () => {
  rig = await openRig("off", {
    privateModules: { isOne: (path) => path.startsWith("git.corp.example/"), goproxy: upstream.proxyUrl },
  });
});
afterEach(async () => {
  upstream.requests.length = 0;
  await rig.close();
});
afterAll(() => upstream.close());

test("what the store holds by a private version's name is not taken for it: that may have come from anywhere", async () => {
  await rig.store.setNote(
    `${name}.mod`,
    Buffer.from("module git.corp.example/t\n\nrequire evil.example/x v1.0.0\n"),
  );
  await rig.store.setNote(`${name}.info`, Buffer.from(`{"Version":"v1.0.0","Time":"1999-01-01T00:00:00Z"}`));
  expect(String(await rig.files.readMod(module))).toBe(goMod);
  expect((await rig.files.info(module)).time).not.toBe("1999-01-01T00:00:00Z");
});

test("the go.mod that the lock pins is taken from the store, and nobody is asked", async () => {
  await rig.store.setNote(`${name}.mod`, Buffer.from(goMod));
  await rig.files.keepMod(module, goModHash(Buffer.from(goMod)));
  expect(String(await rig.files.readMod(module))).toBe(goMod);
  expect(upstream.requests).toEqual([]);
});

test("one that is pinned otherwise is asked for, and stored", async () => {
  await rig.store.setNote(`${name}.mod`, Buffer.from("module git.corp.example/t\n"));
  await rig.files.keepMod(module, goModHash(Buffer.from(goMod)));
  expect(String(await rig.store.note(`${name}.mod`))).toBe(goMod);
});
