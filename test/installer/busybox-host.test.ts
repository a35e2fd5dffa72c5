import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { sha256Hex } from "../../src/support/digest.js";
import type { TinyKit } from "../support/tiny-kit.js";
import { testWhen } from "../support/tools.js";
import { makeWorkspace, removeWorkspace, type Finished } from "./harness.js";
import { makeBusyboxRoot, SmallHost } from "./small-hosts.js";
import { writeTwoKits } from "./two-kits.js";

const workspace = makeWorkspace();
const root = makeBusyboxRoot(join(workspace, "root"));
const kits = join(workspace, "kits");
mkdirSync(kits);
const host = new SmallHost(root, { "/kits": kits });
const isStatic = host.run("/bin/true").code === 0;
let kit: TinyKit;
let next: TinyKit;

beforeAll(async () => {
  [kit, next] = await writeTwoKits(kits);
});
afterAll(() => removeWorkspace(workspace));

/** Runs the kit's script as the host's own shell does, with the digest that was told on paper. */
function script(what: TinyKit, ...words: readonly string[]): Finished {
  const digest = sha256Hex(readFileSync(join(what.outer, "SHA256SUMS")));
  return host.run("/bin/sh", inside(what.script), "--expect-sha256", digest, ...words);
}

/** Where the host finds a file of the kits. */
function inside(file: string): string {
  return `/kits${file.slice(kits.length)}`;
}

describe("a host that has one static busybox and no /proc, no device but /dev/null, no openssl and no network", () => {
  testWhen(isStatic, "a static busybox and unshare -rmn", "verifies, installs, upgrades and runs go", () => {
    expect(host.run("/bin/ls", "/", "/dev").stdout).toBe(
      "/:\nbin\ndev\nhome\nkits\nopt\nroot\ntmp\n\n/dev:\nnull\n",
    );
    const prefix = ["--prefix", "/opt/airgo"];
    expect(script(kit, "verify")).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining("verified"),
    });
    expect(script(kit, ...prefix)).toMatchObject({ code: 0, stderr: "" });
    expect(host.run("/opt/airgo/current/bin/go", "version").stdout).toMatch(/^go version go1\.99\.2 linux\//);
    expect(script(next, ...prefix)).toMatchObject({ code: 0, stderr: "" });
    expect(host.run("/opt/airgo/current/bin/go", "version").stdout).toMatch(/^go version go1\.99\.3 linux\//);
    expect(host.run("/opt/airgo/current/bin/go1.98.7", "version").stdout).toContain("go1.98.7");
    expect(host.run("/opt/airgo/current/bin/go", "env", "GOPROXY").stdout).toBe("file:///opt/airgo/proxy\n");
    expect(script(next, ...prefix)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("already current"),
    });
    expect(script(kit, ...prefix)).toMatchObject({
      code: 16,
      stderr: expect.stringContaining("AIRGO_DOWNGRADE"),
    });
    expect(readdirSync(join(root, "tmp"))).toEqual([]);
    expect(readdirSync(join(root, "opt", "airgo")).filter((name) => name.startsWith("."))).toEqual([
      ".airgo.lock",
    ]);
  });

  testWhen(
    isStatic,
    "a static busybox and unshare -rmn",
    "is told in time that the disk is too small",
    () => {
      const small = new SmallHost(root, { "/kits": kits, "/opt": "tmpfs size=1m,mode=755" });
      const done = small.run("/bin/sh", inside(kit.script), "--prefix", "/opt/a", "--insecure-no-signature");
      expect(done).toMatchObject({
        code: 32,
        stderr: expect.stringMatching(/not enough space[^]* 1024 KiB are free/),
      });
    },
  );

  testWhen(
    isStatic,
    "a static busybox and unshare -rmn",
    "refuses a signature that nothing there can check",
    () => {
      const done = host.run(
        "/bin/sh",
        inside(kit.script),
        "--prefix",
        "/opt/unsure",
        "--key",
        inside(kit.key),
      );
      expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining("AIRGO_VERIFIER_MISSING") });
      expect(readdirSync(join(root, "opt"))).not.toContain("unsure");
    },
  );
});
