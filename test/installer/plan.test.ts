import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { testIf } from "../support/tools.js";
import { Host, makeWorkspace, removeWorkspace, shells, snapshot } from "./harness.js";

const workspace = makeWorkspace();
let first: TinyKit;
let second: TinyKit;

beforeAll(async () => {
  first = await writeTinyKit(join(workspace, "kits"));
  second = await writeTinyKit(join(workspace, "kits"), {
    serial: 2,
    versions: ["1.99.3", "1.98.7"],
    head: 200,
    earlierHeads: [100],
    modules: [
      { path: "example.com/one", version: "v1.0.0" },
      { path: "example.com/one", version: "v1.1.0" },
    ],
  });
});
afterAll(() => removeWorkspace(workspace));

for (const [name, shell] of Object.entries(shells)) {
  testIf([shell[0], "openssl"], `a plan says what would be done, and does none of it: ${name}`, () => {
    const host = new Host(workspace, `planned ${name}`);
    const args = ["plan", "--prefix", host.prefix, "--keep", "1", "--key"];
    const before = snapshot(workspace);
    const fresh = host.script(first, [...args, first.key], { shell });
    expect(fresh).toMatchObject({ code: 0, stderr: "" });
    expect(fresh.stdout).toContain("nothing was changed\n");
    expect(fresh.stdout).toContain("  go 1.99.2: to unpack, 10 files");
    expect(fresh.stdout).toMatch(/ {2}generation: 1, with go 1\.99\.2 as the default, instead of none\n/);
    expect(snapshot(workspace)).toBe(before);

    expect(host.install(first, { shell }).code).toBe(0);
    const installed = snapshot(workspace);
    const upgrade = host.script(second, [...args, second.key], { shell });
    expect(upgrade.stdout).toContain("  go 1.98.7: already here\n");
    expect(upgrade.stdout).toMatch(/ {2}modules: \d+ files to add \(\d+ KiB\), 1 lists to extend\n/);
    expect(upgrade.stdout).toContain("  generation: 2, with go 1.99.3 as the default, instead of 1\n");
    const again = host.script(first, [...args, first.key], { shell });
    expect(again.stdout).toContain("  generation: 1 stays current, the kit is in it already\n");
    expect(snapshot(workspace)).toBe(installed);
  });
}

testIf("openssl", "a plan refuses what an installation refuses, and leaves no receipt of it either", () => {
  const host = new Host(workspace, "refused");
  expect(host.install(second).code).toBe(0);
  const before = snapshot(workspace);
  const older = host.script(first, ["plan", "--prefix", host.prefix, "--key", first.key]);
  expect(older).toMatchObject({ code: 16, stderr: expect.stringContaining("AIRGO_DOWNGRADE") });
  const unsigned = host.script(first, ["plan", "--prefix", host.path("other")]);
  expect(unsigned).toMatchObject({ code: 16, stderr: expect.stringContaining("AIRGO_KEY_MISSING") });
  expect(snapshot(workspace)).toBe(before);
  expect(existsSync(join(host.home, ".local"))).toBe(false);
});

test("what a plan says is what an installation then does", () => {
  const host = new Host(workspace, "kept-promise");
  const args = ["--prefix", host.prefix, "--insecure-no-signature"];
  const planned = host.script(first, ["plan", ...args]).stdout;
  const files = Number(/modules: (\d+) files to add/.exec(planned)?.[1]);
  expect(host.script(first, args).code).toBe(0);
  const found = readdirSync(host.path("proxy"), { recursive: true, withFileTypes: true });
  expect(found.filter((entry) => entry.isFile())).toHaveLength(files);
});
