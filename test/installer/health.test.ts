import { existsSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit, type TinyKitOptions } from "../support/tiny-kit.js";
import { findTool, testIf } from "../support/tools.js";
import {
  Host,
  makeWorkspace,
  pathWith,
  removeWorkspace,
  shells,
  toolsOf,
  type Finished,
  type RunOptions,
} from "./harness.js";

const workspace = makeWorkspace();
let kit: TinyKit;
let hosts = 0;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"));
});
afterAll(() => removeWorkspace(workspace));

function newHost(): Host {
  hosts += 1;
  return new Host(workspace, `prefix-${hosts}`);
}

function install(host: Host, what: TinyKit, checks: string, options: RunOptions = {}): Finished {
  const args = ["--prefix", host.prefix, "--insecure-no-signature", "--checks", checks];
  return host.script(what, args, options);
}

const upgradeOf = (options: TinyKitOptions): Promise<TinyKit> =>
  writeTinyKit(join(workspace, "kits"), { serial: 2, versions: ["1.99.3", "1.98.7"], ...options });

const everything =
  "health: version, env, hello world built and run, vet, test, example.com/one@v1.0.0 from the proxy, cross build for ";

describe("full checks", () => {
  for (const [name, shell] of Object.entries(shells)) {
    testIf([shell[0], "gcc"], `try what a developer does on the first day: ${name}`, () => {
      const done = install(newHost(), kit, "full", { shell });
      expect(done).toMatchObject({ code: 0 });
      expect(done.stdout).toMatch(new RegExp(`^${everything}(arm64|amd64), CGO$`, "m"));
    });
  }

  test("say what was skipped and why, and never that it passed: no C compiler, and one that makes no program", () => {
    const without = pathWith(join(workspace, "no-compiler"), [...toolsOf(kit.script), "printf"]);
    const shell = ["/bin/sh"] as const;
    const done = install(newHost(), kit, "full", { shell, env: { PATH: without } });
    expect(done.stdout).toMatch(
      new RegExp(`^${everything}(arm64|amd64); skipped: CGO \\(no C compiler\\)$`, "m"),
    );
    symlinkSync(findTool("false") ?? "", join(without, "cc"));
    const useless = install(newHost(), kit, "full", { shell, env: { PATH: without } });
    expect(useless.stdout).toContain(`skipped: CGO (${without}/cc makes no program here)`);
  });

  test("say what they try before each step that may take long", () => {
    const done = install(newHost(), kit, "full");
    const steps = done.stdout
      .split("\n")
      .filter((line) => /^(go .*unpacking|trying|health|installed):?/.test(line));
    expect(steps.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      "go 1.99.2: unpacking",
      "go 1.98.7: unpacking",
      "trying: hello world,",
      "trying: vet, test",
      "trying: a module",
      "trying: cross build",
      ...((findTool("gcc") ?? findTool("cc") ?? findTool("clang")) ? ["trying: CGO"] : []),
      "health: version, env,",
      "trying: a module",
      "installed: kit tiny,",
    ]);
  });

  test("are in the receipt", () => {
    const host = newHost();
    expect(install(host, kit, "full").code).toBe(0);
    expect(host.read(`kits/tiny-1-${kit.id}/receipt.json`)).toContain('"health: version, env, hello world');
    const quick = newHost();
    expect(install(quick, kit, "quick").stdout).toContain("\nhealth: version\n");
    expect(install(newHost(), kit, "none").stdout).toContain(
      "\nhealth: nothing was checked; skipped: all of it (--checks none)\n",
    );
  });

  test("a kit without a module that needs no other says so", async () => {
    const empty = await writeTinyKit(join(workspace, "kits"), { name: "empty", modules: [] });
    expect(install(newHost(), empty, "full").stdout).toContain(
      "skipped: a module from the proxy (the kit has none that needs no other)",
    );
  });

  for (const [fails, what] of [
    ["vet", "go vet fails on hello world"],
    ["test", "go test fails on hello world"],
    ["list", "go can't get example.com/one@v1.0.0 from the proxy"],
    ["module", "no module from the proxy builds"],
    ["cross", "hello world does not build for linux"],
    ["GOPROXY", "go env does not run"],
    ["GOROOT", "go env does not run"],
  ] as const) {
    test(`${fails} that fails keeps the earlier generation, ends 64, and shows what go said`, async () => {
      const host = newHost();
      expect(install(host, kit, "none").code).toBe(0);
      const before = host.snapshot();
      const done = install(host, await upgradeOf({ fails }), "full");
      expect(done).toMatchObject({ code: 64, stderr: expect.stringContaining(what) });
      expect(done.stderr).toContain(`found:    ${fails} is broken here`);
      expect(host.snapshot()).toBe(before);
    });
  }

  testIf("gcc", "a program with C in it that does not build, where there is a compiler", async () => {
    const done = install(newHost(), await upgradeOf({ fails: "cgo" }), "full");
    expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining("cgo is broken here") });
  });
});

/** A PATH whose mv, right after it has moved the link `current`, breaks a program of the new generation. */
function breakingPath(host: Host, name: string): string {
  const path = pathWith(join(workspace, name), [...toolsOf(kit.script), "printf"]);
  rmSync(join(path, "mv"));
  const program = host.path("current/bin/go1.98.7");
  const script = `#!/bin/sh\n${findTool("mv")} "$@" || exit\ncase $* in */current) rm -f '${program}' ;; esac\n`;
  writeFileSync(join(path, "mv"), script, { mode: 0o755 });
  return path;
}

describe("after the flip", () => {
  test("the earlier generation is back by itself where the new one does not work in its place", async () => {
    const host = newHost();
    expect(install(host, kit, "quick").code).toBe(0);
    const next = await upgradeOf({ head: 200, earlierHeads: [100] });
    const options: RunOptions = { shell: ["/bin/sh"], env: { PATH: breakingPath(host, "breaking") } };
    expect(install(host, next, "quick", options)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("the earlier generation 1 is current again"),
    });
    expect(readlinkSync(host.path("current"))).toBe("generations/1");
    expect(host.ask("go1.99.2", "version")).toContain("go1.99.2");
    // The next run takes away what never worked.
    expect(install(host, next, "quick").code).toBe(0);
    expect(host.ask("go1.98.7", "version")).toContain("go1.98.7");
    expect(host.leavings()).toEqual([]);
  });

  test("of a first installation none is current, and that is an error of this machine", () => {
    const host = newHost();
    const options: RunOptions = { shell: ["/bin/sh"], env: { PATH: breakingPath(host, "breaking-first") } };
    expect(install(host, kit, "quick", options)).toMatchObject({
      code: 32,
      stderr: expect.stringContaining("AIRGO_HEALTH_FAILED"),
    });
    expect(existsSync(host.path("current"))).toBe(false);
    expect(install(host, kit, "quick").code).toBe(0);
  });
});
