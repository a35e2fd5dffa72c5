import { spawn, type ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

/** A script that runs in a process of its own, against the built program. */
export interface NodeScript {
  readonly child: ChildProcess;
  /** Resolves when it has ended. */
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly stdout: string;
    readonly stderr: string;
  }>;
  /** Resolves when it has printed that line. */
  printed(line: string): Promise<void>;
}

export interface NodeScriptOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The command that runs it, such as `unshare -rm sh -c …`; node and its arguments follow. */
  readonly under?: readonly string[];
}

/** The address of a built file, for an import in a script. */
export function built(path: string): string {
  return JSON.stringify(pathToFileURL(resolve("dist", path)).href);
}

/** Starts a script given as text, an ES module. */
export function startNode(source: string, options: NodeScriptOptions = {}): NodeScript {
  const node = [
    process.execPath,
    "--no-warnings",
    "--input-type=module",
    "-e",
    source,
    ...(options.args ?? []),
  ];
  const [program = "", ...args] = [...(options.under ?? []), ...node];
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
  });
  const stdout = text(child.stdout);
  const stderr = text(child.stderr);
  const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done, reject) => {
    child.once("error", reject).once("close", (code, signal) => done({ code, signal }));
  });
  const ended = (async () => ({ ...(await closed), stdout: await stdout, stderr: await stderr }))();
  return {
    child,
    ended,
    printed: (line) =>
      new Promise((done, reject) => {
        let seen = "";
        child.stdout.on("data", (part: Buffer) => {
          seen += part.toString();
          if (seen.split("\n").includes(line)) done();
        });
        ended.then(({ stderr: said }) => reject(new Error(`it ended without "${line}": ${said}`)), reject);
      }),
  };
}

/** Runs a command without root's power over rights; for anybody else there is nothing to take away. */
export const unprivileged: { readonly tools: readonly string[]; readonly command: readonly string[] } =
  process.getuid?.() === 0
    ? { tools: ["setpriv"], command: ["setpriv", "--bounding-set=-all"] }
    : { tools: [], command: [] };
