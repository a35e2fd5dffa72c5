import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "@jest/globals";

import { isRunning, runProcess } from "../../../src/support/processes.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const cwd = scratchFolder("processes");
const env = { PATH: "/usr/bin:/bin" };
const options = { cwd, env };

test("gives code, output and errors apart, and takes arguments as they are, without a shell", async () => {
  const argv = [
    "sh",
    "-c",
    'printf "%s|" "$@"; echo no >&2; exit 3',
    "sh",
    "a b",
    "$HOME",
    ";",
    "é",
  ] as const;
  expect(await runProcess(argv, options)).toEqual({
    code: 3,
    stdout: "a b|$HOME|;|é|",
    stderr: "no\n",
    stdoutBytes: Buffer.from("a b|$HOME|;|é|"),
  });
});

test("passes on the environment and folder given, and nothing else; standard input is empty", async () => {
  const { stdout } = await runProcess(["sh", "-c", "env; pwd -P; cat"], {
    cwd,
    env: { ...env, ONLY: "this" },
  });
  const lines = stdout.split("\n").filter((line) => line !== "" && !/^(PWD|SHLVL|_|OLDPWD)=/.test(line));
  expect(lines.sort()).toEqual([cwd, "ONLY=this", "PATH=/usr/bin:/bin"].sort());
});

test("gives a program what it is to read, byte for byte, and takes its answer so; one that reads nothing is no failure", async () => {
  const input = Buffer.from(Array.from({ length: 1 << 17 }, (_, i) => i & 0xff));
  expect((await runProcess(["cat"], { ...options, input })).stdoutBytes.equals(input)).toBe(true);
  expect(await runProcess(["true"], { ...options, input })).toMatchObject({ code: 0, stdout: "" });
});

test("text beyond one part of a pipe comes whole, also a letter on the seam", async () => {
  const { stdout } = await runProcess(
    [process.execPath, "-e", "process.stdout.write('x' + 'é'.repeat(300000))"],
    options,
  );
  expect(stdout).toBe(`x${"é".repeat(300_000)}`);
});

test("a signal counts as shells count it", async () => {
  expect((await runProcess(["sh", "-c", "kill -TERM $$"], options)).code).toBe(143);
});

test.each<[string, [string, ...string[]], string]>([
  ["a program that is not there", ["airgo-no-such-program"], cwd],
  ["a folder that is not there", ["true"], join(cwd, "none")],
  ["a file that is no program", [join(cwd, "text")], cwd],
])("%s is the machine's matter", async (_what, argv, folder) => {
  writeFileSync(join(cwd, "text"), "");
  await expect(runProcess(argv, { cwd: folder, env })).rejects.toMatchObject({
    code: "AIRGO_PLATFORM",
    where: folder,
  });
});

test("nothing is started for a run that is aborted already", async () => {
  const mark = join(cwd, "started");
  const signal = AbortSignal.abort(new Error("stop"));
  await expect(runProcess(["touch", mark], { ...options, signal })).rejects.toThrow("stop");
  expect(() => readFileSync(mark)).toThrow("ENOENT");
});

/** Starts a script, waits for what it writes, aborts it. */
async function abortOnceWritten(
  script: string,
  file: string,
): Promise<{ outcome: unknown; written: string }> {
  const controller = new AbortController();
  const running = runProcess(["sh", "-c", script], { ...options, signal: controller.signal }).catch(
    (error: unknown) => error,
  );
  let written = "";
  while (!written.endsWith("\n")) {
    await new Promise(setImmediate);
    try {
      written = readFileSync(join(cwd, file), "utf8");
    } catch {
      continue;
    }
  }
  controller.abort(new Error("stop"));
  return { outcome: await running, written };
}

/** Resolves once the process is gone or only waits to be collected. */
async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) {
    try {
      if (/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"))) return;
    } catch {
      return;
    }
    await new Promise(setImmediate);
  }
}

test("an abort ends the whole group, also those who ignore signals, and rejects with its reason", async () => {
  const script = `trap "" TERM INT HUP; (trap "" TERM; sleep 1000) & echo $! $$ > pids.new; mv pids.new pids; wait`;
  const { outcome, written } = await abortOnceWritten(script, "pids");
  expect(outcome).toMatchObject({ message: "stop" });
  await Promise.all(
    written
      .trim()
      .split(" ")
      .map((pid) => gone(Number(pid))),
  );
});

testIf("setsid", "an abort does not wait for one who left the group and holds the output open", async () => {
  const script = `setsid sh -c 'echo $$ > escaped.new; mv escaped.new escaped; exec sleep 1000' & wait`;
  const { outcome, written } = await abortOnceWritten(script, "escaped");
  try {
    expect(outcome).toMatchObject({ message: "stop" });
  } finally {
    process.kill(Number(written), "SIGKILL");
  }
});

test("isRunning knows itself, others' processes and nobody", () => {
  expect([process.pid, 1].map(isRunning)).toEqual([true, true]);
  expect(isRunning(2 ** 31 - 1)).toBe(false);
});
