import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { findTool, testIf } from "../support/tools.js";
import { busyboxPath, pathWith, run, shells, stub, toolsOf } from "./harness.js";
import { TwoKits } from "./two-kits.js";

const two = new TwoKits();
beforeAll(() => two.prepare());
afterAll(() => two.remove());

/** Not to wait for whoever holds the lock. */
const noWait = { AIRGO_WAIT: "0" };

describe("one run at a time", () => {
  testIf("flock", "a lock that was taken away just before it was locked is none", () => {
    const path = pathWith(join(two.workspace, "flock-tools"), [...toolsOf(two.kit.script), "printf"]);
    two.reset("nothing");
    stub(path, "flock", `PATH=/usr/bin:/bin; rm "${two.host.path(".airgo.lock")}"; exec flock "$@"`);
    for (const [name, shell] of Object.entries(shells)) {
      if (findTool(shell[0]) === undefined || shell[0] === "busybox") continue;
      const program = findTool(shell[0]) ?? "";
      const done = two.install(two.kit, {
        shell: [program, ...shell.slice(1)],
        env: { PATH: path, ...noWait },
      });
      expect({ name, ...done }).toMatchObject({
        name,
        code: 32,
        stderr: expect.stringContaining("AIRGO_BUSY"),
      });
    }
  });

  testIf("flock", "a lock that is held ends 32 where nobody waits, and nothing changes", () => {
    two.reset("kit");
    const before = two.host.snapshot();
    const done = two.install(two.next, {
      under: ["flock", two.host.path(".airgo.lock")],
      env: noWait,
    });
    expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining("AIRGO_BUSY") });
    expect(two.host.snapshot()).toBe(before);
  });

  testIf(["flock", "dash"], "who waits goes on when the lock is free", async () => {
    two.reset("kit");
    const holder = spawn("flock", [two.host.path(".airgo.lock"), "sh", "-c", "echo held; read line"]);
    await once(holder.stdout, "data");
    const env = { PATH: process.env["PATH"], HOME: two.host.home, TMPDIR: two.host.tmp };
    const args = [two.next.script, "--prefix", two.host.prefix, "--insecure-no-signature"];
    const waiter = spawn("dash", [...args, "--checks=quick", "--wait=300"], { env });
    let said = "";
    waiter.stdout.on("data", (data: Buffer) => {
      said += data.toString();
      if (said.includes("waiting up to 300 seconds")) holder.stdin.end("go on\n");
    });
    const [code] = (await once(waiter, "close")) as [number];
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining("as generation 2") });
  });

  testIf(
    "busybox",
    "without flock: held by a process that lives, taken over from one that is gone or from before a reboot",
    () => {
      const path = busyboxPath(join(two.workspace, "lock-applets"));
      rmSync(join(path, "flock"), { force: true });
      const options = { shell: [join(path, "busybox"), "ash"] as [string, string], env: { PATH: path } };
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      const gone = run(["sh", "-c", "echo $$"]).stdout.trim();
      two.reset("kit");
      mkdirSync(two.host.path(".airgo.lock.d"));
      writeFileSync(two.host.path(".airgo.lock.d", "owner"), `${process.pid} ${boot}\n`);
      expect(two.install(two.next, { ...options, env: { ...options.env, ...noWait } })).toMatchObject({
        code: 32,
        stderr: expect.stringContaining(`process ${process.pid}`),
      });
      for (const owner of [`${gone} ${boot}`, `${process.pid} 00000000-0000-0000-0000-000000000000`]) {
        two.reset("kit");
        mkdirSync(two.host.path(".airgo.lock.d"));
        writeFileSync(two.host.path(".airgo.lock.d", "owner"), `${owner}\n`);
        expect({ owner, code: two.install(two.next, options).code }).toEqual({ owner, code: 0 });
        expect(two.host.leavings()).toEqual([]);
      }
    },
  );
});
