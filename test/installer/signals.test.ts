import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit } from "../support/tiny-kit.js";
import { findTool, testIf } from "../support/tools.js";
import { Host, pathWith, shells, stub, toolsOf } from "./harness.js";
import { TwoKits } from "./two-kits.js";

const two = new TwoKits();
beforeAll(() => two.prepare());
afterAll(() => two.remove());

const interrupted = "interrupted: nothing is half installed; run the same command again";

describe("signals end it with their own code, and leave nothing behind", () => {
  test("HUP, INT, TERM just before the link moves", () => {
    const path = pathWith(join(two.workspace, "signal-tools"), [...toolsOf(two.kit.script), "printf"]);
    rmSync(join(path, "sync"));
    for (const [signal, code] of [
      ["HUP", 129],
      ["INT", 130],
      ["TERM", 143],
    ] as const) {
      stub(path, "sync", `kill -${signal} $PPID`);
      two.reset("kit");
      const done = two.install(two.next, { shell: [findTool("dash") ?? "/bin/sh"], env: { PATH: path } });
      expect({ signal, code: done.code }).toEqual({ signal, code });
      // The first line is the warning that no signature is checked.
      expect(done.stderr.split("\n").slice(1)).toEqual([interrupted, ""]);
      expect(two.host.leavings()).toEqual([]);
      expect(readlinkSync(two.host.path("current"))).toBe("generations/1");
    }
    two.expectConverges("after signals", two.next);
    expect(two.host.snapshot()).toBe(two.stateOfNext);
  });

  // Ctrl-C reaches every process of the terminal's group, so the program that works at the moment ends with the script.
  const asFromTerminal = { under: [findTool("setsid") ?? "setsid", "--wait"] };
  for (const [name, [program, ...args]] of Object.entries(shells)) {
    // busybox runs a tar of its own.
    if (program === "busybox") continue;
    testIf([program, "setsid"], `Ctrl-C in a first installation leaves nothing at all: ${name}`, () => {
      const path = pathWith(join(two.workspace, `ctrl-c ${name}`), [...toolsOf(two.kit.script), "printf"]);
      rmSync(join(path, "tar"));
      stub(path, "tar", "kill -INT 0");
      const made = new Host(two.workspace, "made/by/it");
      const done = made.script(two.kit, ["--prefix", made.prefix, "--insecure-no-signature"], {
        ...asFromTerminal,
        shell: [findTool(program) ?? "", ...args],
        env: { PATH: path },
      });
      expect(done.code).toBe(130);
      expect(done.stderr.split("\n").slice(1)).toEqual([interrupted, ""]);
      expect(existsSync(join(two.workspace, "made"))).toBe(false);
      expect(made.leavings()).toEqual([]);
    });
  }

  for (const [name, shell] of Object.entries(shells)) {
    testIf([shell[0], "setsid"], `Ctrl-C while hello world is built: ${name}`, async () => {
      const endless = await writeTinyKit(join(two.workspace, "kits"), { build: "interrupts" });
      two.reset("nothing");
      const done = two.install(endless, { ...asFromTerminal, shell, env: { AIRGO_CHECKS: "full" } });
      expect(done.code).toBe(130);
      expect(done.stderr.split("\n").slice(1)).toEqual([interrupted, ""]);
      // The Go that was put down already is whole; nothing leads to it.
      expect(readdirSync(two.host.prefix).sort()).toEqual([".airgo.lock", "versions"]);
      expect(readdirSync(two.host.tmp)).toEqual([]);
    });
  }

  test("a prefix that was there before stays, and so does what somebody else put there", () => {
    const path = pathWith(join(two.workspace, "stay-tools"), [...toolsOf(two.kit.script), "printf"]);
    rmSync(join(path, "tar"));
    const shell = [findTool("dash") ?? "/bin/sh"] as [string];
    two.reset("nothing");
    mkdirSync(two.host.prefix);
    stub(path, "tar", "kill -TERM $PPID");
    expect(two.install(two.kit, { shell, env: { PATH: path } }).code).toBe(143);
    expect(readdirSync(two.host.prefix)).toEqual([".airgo.lock"]);
    two.reset("nothing");
    stub(path, "tar", `: >"${two.host.path("kits", "stranger")}"; kill -TERM $PPID`);
    expect(two.install(two.kit, { shell, env: { PATH: path } }).code).toBe(143);
    expect(readdirSync(two.host.prefix).sort()).toEqual([".airgo.lock", "kits"]);
    expect(readdirSync(two.host.path("kits"))).toEqual(["stranger"]);
  });
});
