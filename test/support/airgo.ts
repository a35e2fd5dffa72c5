import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, realpath, rm, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { RunEvent } from "../../src/pipeline/events.js";
import { startFakeUpstream, standardWorld, writeProject, type FakeUpstream } from "./fake-upstream.js";
import { makeGoHome } from "./go-home.js";

/** The built program, as a user runs it. */
const program = resolve("dist/cli/main.js");

/** What a run of airgo left. */
export interface AirgoResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The events of a run with --json. */
  readonly events: readonly RunEvent[];
}

export interface AirgoOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs it by way of another program, such as `faketime`. */
  readonly through?: readonly string[];
  /** Told of each event while it runs. */
  readonly onEvent?: (event: RunEvent, child: ChildProcess) => void;
  /** Told once it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs airgo with nothing of this process's environment but PATH; a project's cache and home are its own. */
export async function airgo(args: readonly string[], options: AirgoOptions): Promise<AirgoResult> {
  const [command = "", ...rest] = [...(options.through ?? []), process.execPath, program, ...args];
  const child = spawn(command, rest, {
    cwd: options.cwd,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: join(options.cwd, ".home"),
      XDG_CACHE_HOME: join(options.cwd, ".cache"),
      // Whatever is not on this machine is not there, wherever the tests run.
      HTTP_PROXY: "http://127.0.0.1:9",
      HTTPS_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1,localhost,::1,.invalid",
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  options.onStart?.(child);
  let [stdout, stderr, pending] = ["", "", ""];
  const events: RunEvent[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    const lines = (pending + text).split("\n");
    pending = lines.pop() ?? "";
    for (const line of args.includes("--json") ? lines : []) {
      const event = JSON.parse(line) as RunEvent;
      events.push(event);
      options.onEvent?.(event, child);
    }
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number>((done, failed) => {
    child.on("error", failed).on("close", (status) => done(status ?? -1));
  });
  return { code, stdout, stderr, events };
}

/** A project of its own, with a fake upstream that has the standard world. */
export interface TestProject {
  readonly folder: string;
  readonly upstream: FakeUpstream;
  /** Writes bundles.yaml; the text after `kits:` is the caller's, indented by two. */
  manifest(kits: string, sources?: string): Promise<void>;
  airgo(args: readonly string[], options?: Omit<AirgoOptions, "cwd">): Promise<AirgoResult>;
  /** The folder of the newest kit `k`. */
  kit(): Promise<string>;
  close(): Promise<void>;
}

export const standardKit = `  k:
    go: ["1.90.x"]
    modules: [app/go.mod]
`;

/** Makes a project with one kit `k` of the standard world, and starts its upstream. */
export async function makeProject(upstream?: FakeUpstream): Promise<TestProject> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "airgo-e2e-")));
  const source = upstream ?? (await startFakeUpstream());
  if (upstream === undefined) standardWorld(source);
  const project: TestProject = {
    folder,
    upstream: source,
    manifest: (kits, sources = `{ proxy: "${source.proxyUrl}", sumdb: "${source.verifierKey}" }`) =>
      writeFile(join(folder, "bundles.yaml"), `version: 1\nsources: ${fromModule(sources)}\nkits:\n${kits}`),
    airgo: (args, options = {}) => airgo(args, { ...options, cwd: folder }),
    kit: () => realpath(join(folder, "kits", "k", "latest")),
    async close() {
      if (upstream === undefined) await source.close();
      await removeTree(folder);
    },
  };
  makeGoHome(join(folder, ".home"));
  await writeProject(join(folder, "app"), source);
  await project.manifest(standardKit);
  return project;
}

/** Where a test does not say where Go comes from, it is the fake upstream's module: go.dev/dl is nobody's business here. */
function fromModule(sources: string): string {
  return /\bgo"?:/.test(sources) ? sources : sources.replace(/^\{/, '{ "go": ["module"],');
}

/** Removes a folder, read-only ones below it too. */
export async function removeTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755).catch(() => undefined);
  }
  await rm(folder, { recursive: true, force: true });
}
