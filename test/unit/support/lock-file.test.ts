import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";

import { expect, test } from "@jest/globals";

import { whileLocked } from "../../../src/support/lock-file.js";
import { isIdentityRunning, processIdentity } from "../../../src/support/process-identity.js";
import { isRunning } from "../../../src/support/processes.js";
import { built, startNode } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";
import { testWhen } from "../../support/tools.js";

const root = scratchFolder("lock");
let folders = 0;
function freshLock(): string {
  return join(root, `${++folders}`, "state", "run.lock");
}
const busy = { code: "AIRGO_BUSY" };

function deadPid(): number {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  expect(isRunning(pid)).toBe(false);
  return pid;
}

test("gives what the work gives, and is gone afterwards, also when the work fails", async () => {
  const file = freshLock();
  expect(await whileLocked(file, () => Promise.resolve(existsSync(file)))).toBe(true);
  await expect(whileLocked(file, () => Promise.reject(new Error("work")))).rejects.toThrow("work");
  expect(readdirSync(join(file, ".."))).toEqual([]);
});

test("a second one in the same process finds it busy, by name", async () => {
  const file = freshLock();
  const error = await whileLocked(file, () =>
    whileLocked(file, () => Promise.resolve()).catch((caught: unknown) => caught),
  );
  expect(error).toMatchObject({ ...busy, where: file, found: `process ${process.pid}` });
});

test.each<[string, () => string]>([
  ["a process that is gone", () => `${deadPid()}\n`],
  ["a process that is gone, with its start", () => `${deadPid()}.123 abc\n`],
])("a lock of %s is taken over", async (_what, text) => {
  const file = freshLock();
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text());
  expect(await whileLocked(file, () => Promise.resolve("done"))).toBe("done");
  expect(readdirSync(join(file, ".."))).toEqual([]);
});

testWhen(
  existsSync("/proc/self/stat"),
  "/proc",
  "a lock of an earlier process with the number of this one is taken over",
  async () => {
    const file = freshLock();
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, `${process.pid}.1 abc\n`);
    expect(await whileLocked(file, () => Promise.resolve("done"))).toBe("done");
  },
);

test.each([
  ["empty, as while it is being written", "", "a lock that names no process"],
  ["something else", "hands off\n", "process hands"],
  ["this process, by its number alone", `${process.pid}\n`, `process ${process.pid}`],
])("a lock that is %s is respected", async (_what, text, found) => {
  const file = freshLock();
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  await expect(whileLocked(file, () => Promise.resolve())).rejects.toMatchObject({ ...busy, found });
  expect(readFileSync(file, "utf8")).toBe(text);
});

test("a lock that was taken away and made anew by another is not removed at the end", async () => {
  const file = freshLock();
  await whileLocked(file, async () => writeFileSync(file, "another\n"));
  expect(readFileSync(file, "utf8")).toBe("another\n");
});

test("a folder that cannot be is the machine's fault", async () => {
  writeFileSync(join(root, "file"), "");
  await expect(whileLocked(join(root, "file", "run.lock"), () => Promise.resolve())).rejects.toMatchObject({
    code: "AIRGO_DISK",
  });
});

test("a lock is there whole or not at all: a reader never finds it without its holder", async () => {
  const file = freshLock();
  mkdirSync(join(file, ".."), { recursive: true });
  const reader = startNode(
    `import { readFileSync } from "node:fs";
     let seen = 0;
     process.stdin.once("end", () => { console.log("looked " + (seen > 0)); process.exit(0); }).resume();
     console.log("ready");
     (function look() {
       for (let i = 0; i < 200; i++) try { seen++; if (!/^\\d+\\.\\d+\\.[0-9a-f]{8} \\w+\\n$/.test(readFileSync(process.argv[1], "utf8"))) { console.log("half"); process.exit(1); } } catch {}
       setImmediate(look);
     })();`,
    { args: [file] },
  );
  await reader.printed("ready");
  for (let round = 0; round < 200; round++) await whileLocked(file, () => Promise.resolve());
  reader.child.stdin?.end();
  expect(await reader.ended).toMatchObject({ code: 0, stdout: "ready\nlooked true\n" });
});

test("of several processes that race for a stale lock, never two are inside at once, and one gets in", async () => {
  const file = freshLock();
  const inside = join(file, "..", "inside");
  const source = `
    import { whileLocked } from ${built("support/lock-file.js")};
    import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
    import { createInterface } from "node:readline";
    const [file, inside] = process.argv.slice(1);
    console.log("ready");
    for await (const line of createInterface({ input: process.stdin })) {
      const outcome = await whileLocked(file, async () => {
        // Fails when somebody else is inside.
        mkdirSync(inside);
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        rmdirSync(inside);
        return "in";
      }).catch((error) => error.code);
      console.log(line + " " + outcome);
    }`;
  const racers = Array.from({ length: 4 }, () => startNode(source, { args: [file, inside] }));
  await Promise.all(racers.map((racer) => racer.printed("ready")));
  const pid = deadPid();
  mkdirSync(join(file, ".."), { recursive: true });
  for (let round = 0; round < 60; round++) {
    writeFileSync(file, `${pid}.${round} stale\n`);
    const answers = racers.map(
      (racer) =>
        new Promise<string>((resolve) => {
          let text = "";
          const listen = (part: Buffer): void => {
            text += part.toString();
            if (!text.endsWith("\n")) return;
            racer.child.stdout?.off("data", listen);
            resolve(text.trim());
          };
          racer.child.stdout?.on("data", listen);
        }),
    );
    for (const racer of racers) racer.child.stdin?.write(`${round}\n`);
    const outcomes = (await Promise.all(answers)).map((line) => line.split(" ")[1]);
    expect(outcomes).toContain("in");
    expect(outcomes.filter((outcome) => outcome !== "in" && outcome !== "AIRGO_BUSY")).toEqual([]);
  }
  for (const racer of racers) racer.child.stdin?.end();
  await Promise.all(racers.map((racer) => racer.ended));
  expect(readdirSync(join(file, ".."))).toEqual([]);
});

test("a process that was killed while it held a lock does not keep the next one out", async () => {
  const file = freshLock();
  const holder = startNode(
    `import { whileLocked } from ${built("support/lock-file.js")};
     await whileLocked(process.argv[1], async () => { console.log("held"); await new Promise((resolve) => process.stdin.once("end", resolve).resume()); });`,
    { args: [file] },
  );
  await holder.printed("held");
  await expect(whileLocked(file, () => Promise.resolve())).rejects.toMatchObject({
    ...busy,
    found: `process ${holder.child.pid}`,
  });
  holder.child.kill("SIGKILL");
  await holder.ended;
  expect(await whileLocked(file, () => Promise.resolve("done"))).toBe("done");
});

test("a process identity tells running, gone, used again and nobody apart", () => {
  expect(isIdentityRunning(processIdentity())).toBe(true);
  expect(isIdentityRunning(`${process.ppid}`)).toBe(true);
  expect(isIdentityRunning(`${deadPid()}`)).toBe(false);
  expect(isIdentityRunning("0")).toBe(false);
  expect(isIdentityRunning("9999999999")).toBe(false);
  for (const text of ["", "abc", "-1", "1.x", "12345678901"]) expect(isIdentityRunning(text)).toBeUndefined();
});

testWhen(
  existsSync("/proc/self/stat"),
  "/proc",
  "a process that ended and was not waited for does not run",
  async () => {
    // The shell starts a child that reads until its input ends, and becomes a program that never waits for a child.
    const script = "cat <&3 >/dev/null & echo $!; exec cat 3<&-";
    const shell = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "inherit", "pipe"] });
    if (shell.stdin === null || shell.stdout === null) throw new Error("there are no pipes");
    const ended = new Promise((resolve) => shell.once("close", resolve));
    const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
    const pid = (await lines.next()).value ?? "";
    expect(isIdentityRunning(pid)).toBe(true);
    // What comes back has been through that program: the shell is no more.
    shell.stdin.write("back\n");
    expect((await lines.next()).value).toBe("back");
    (shell.stdio[3] as Writable).end();
    while (!readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")) await new Promise(setImmediate);
    expect(isRunning(Number(pid))).toBe(true);
    expect(isIdentityRunning(pid)).toBe(false);
    shell.stdin.end();
    await ended;
  },
);
