import { spawn } from "node:child_process";
import { constants } from "node:os";

import { AirgoError, hasSystemCode } from "./errors.js";

/** What a finished process left. */
export interface ProcessResult {
  /** Exit code; 128 + signal number when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What stdout is the text of. */
  readonly stdoutBytes: Buffer;
}

export interface ProcessOptions {
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** What it reads on its standard input; nothing when left out. */
  readonly input?: Uint8Array;
}

/** Runs a program to its end, without a shell. */
export type RunProcess = (
  argv: readonly [string, ...string[]],
  options: ProcessOptions,
) => Promise<ProcessResult>;

/**
 * The real RunProcess. The child gets a process group of its own, which is killed whole when the run is aborted, so
 * that Ctrl-C leaves no compiler behind.
 * @throws AIRGO_PLATFORM when the program is not there; the abort reason when aborted
 */
export const runProcess: RunProcess = (argv, options) =>
  new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    const [program, ...args] = argv;
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env },
      detached: true,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    // A program need not read it: that it closes its end is no failure.
    child.stdin?.on("error", () => undefined).end(options.input);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on("data", (part: Buffer) => stdout.push(part));
    child.stderr?.on("data", (part: Buffer) => stderr.push(part));
    const kill = (): void => {
      killGroup(child.pid);
      // A process that left the group may hold these open: an aborted run waits for nobody.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    options.signal?.addEventListener("abort", kill, { once: true });
    child.on("error", (cause) => {
      options.signal?.removeEventListener("abort", kill);
      reject(new AirgoError("AIRGO_PLATFORM", { what: `cannot run ${program}`, where: options.cwd, cause }));
    });
    child.on("close", (code, signalName) => {
      options.signal?.removeEventListener("abort", kill);
      if (options.signal?.aborted) {
        reject(options.signal.reason as Error);
        return;
      }
      const stdoutBytes = Buffer.concat(stdout);
      resolve({
        code: code ?? signalExit(signalName),
        stdout: stdoutBytes.toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
        stdoutBytes,
      });
    });
  });

/** As shells count it: 128 and the number of the signal. */
function signalExit(name: NodeJS.Signals | null): number {
  return 128 + (name === null ? 0 : constants.signals[name]);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!hasSystemCode(error, "ESRCH", "EPERM")) throw error;
  }
}

/** True when a process of that id exists on this machine, also one that belongs to somebody else. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasSystemCode(error, "EPERM");
  }
}
