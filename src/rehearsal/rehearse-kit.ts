import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { ModuleInput } from "../modules/inputs.js";
import { privateCopy } from "../modules/private-copy.js";
import { AirgoError } from "../support/errors.js";
import { fileSize } from "../support/files.js";
import type { RunProcess } from "../support/processes.js";
import { redact } from "../support/redact.js";
import { removeTree } from "../support/trees.js";
import type { Sandbox } from "./sandbox.js";
import type { RehearsedCommand } from "./transcript.js";

export interface RehearsalJob {
  /** The staged kit, with its install.sh. */
  readonly kitFolder: string;
  /** Newest first. */
  readonly goVersions: readonly string[];
  readonly inputs: readonly ModuleInput[];
  /** A private folder for everything that is installed, downloaded and built. */
  readonly workFolder: string;
  readonly sandbox: Sandbox;
  readonly run: RunProcess;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Told before each command. */
  readonly onCommand: (shows: string) => void;
}

const helloWorld = `package main

import "fmt"

func main() { fmt.Println("hello from the kit") }
`;

/**
 * Installs a staged kit with its own install.sh and uses it, without a network and with cold caches.
 * @returns every command that ran
 * @throws AIRGO_REHEARSAL_FAILED at the first one that does not do what it should, AIRGO_DISK where the machine has no room for it
 */
export async function rehearseKit(job: RehearsalJob): Promise<RehearsedCommand[]> {
  const commands: RehearsedCommand[] = [];
  const prefix = join(job.workFolder, "prefix");
  const step = async (shows: string, command: Command): Promise<void> => {
    commands.push(await runStep(job, shows, command));
  };

  const install = [
    "sh",
    join(job.kitFolder, "install.sh"),
    "--prefix",
    prefix,
    "--insecure-no-signature",
  ] as const;
  await step("install.sh into an empty prefix", { argv: [...install], cwd: job.workFolder });

  const hello = join(job.workFolder, "hello");
  await mkdir(hello);
  await writeFile(join(hello, "main.go"), helloWorld);
  // Its own go.mod, and no switching: one that lies above must not decide which Go is tried.
  await writeFile(join(hello, "go.mod"), "module airgo.invalid/hello\n");
  const env = { GOTOOLCHAIN: "local", GOWORK: "off" };
  for (const version of job.goVersions) {
    const argv: Argv = [join(prefix, "current", "bin", `go${version}`), "run", "main.go"];
    await step(`go${version} builds and runs hello world`, { argv, cwd: hello, env });
  }
  for (const [number, input] of job.inputs.entries()) await rehearseInput(job, prefix, input, number, step);
  return commands;
}

type Argv = [string, ...string[]];
interface Command {
  readonly argv: Argv;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `go mod download` with the input's own sums, and again with none, each with a module cache of its own. */
async function rehearseInput(
  job: RehearsalJob,
  prefix: string,
  input: ModuleInput,
  number: number,
  step: (shows: string, command: Command) => Promise<void>,
): Promise<void> {
  for (const sums of ["with-sums", "without-sums"] as const) {
    const copy = await privateCopy(input, join(job.workFolder, `input-${number}-${sums}`), sums);
    const hasSums = (await fileSize(copy.sumFile)) !== undefined;
    if (sums === "with-sums" && !hasSums) continue;
    const cache = join(job.workFolder, "modcache");
    await step(`go mod download of ${input.name}${hasSums ? "" : ", without a go.sum"}`, {
      argv: [join(prefix, "current", "bin", "go"), "mod", "download", ...copy.flags],
      cwd: copy.folder,
      env: { ...copy.env, GOMODCACHE: cache },
    });
    await removeTree(cache);
  }
}

async function runStep(job: RehearsalJob, shows: string, command: Command): Promise<RehearsedCommand> {
  job.onCommand(shows);
  const started = job.now();
  const result = await job.run(job.sandbox.wrap(command.argv), {
    cwd: command.cwd,
    env: { ...coldEnvironment(job.workFolder), ...job.sandbox.env, ...command.env },
    signal: job.signal,
  });
  // Carried inside and read there: it names no folder of this machine, and holds nothing that a terminal would obey.
  const output = redact(lastLines(withoutPlaces(job, `${result.stdout}${result.stderr}`), 15));
  const argv = command.argv.map((word) => withoutPlaces(job, word));
  const record = { shows, argv, exitCode: result.code, ms: job.now() - started, output };
  if (result.code === 0) return record;
  if (isDiskFull(output)) throw noRoom(job.workFolder, shows, output);
  throw new AirgoError("AIRGO_REHEARSAL_FAILED", {
    what: `the staged kit does not work without a network: ${shows}`,
    where: argv.join(" "),
    expected: "exit code 0",
    found: `exit code ${result.code}:\n${output}`,
    hint: "no kit was made; the output above names what is missing. If this is airgo's fault, report it with this text",
  });
}

/** What install.sh says of a disk that takes no more, and what the system says to any other program. */
function isDiskFull(output: string): boolean {
  return /^ERROR AIRGO_DISK: (?:not enough|a write failed)|No space left on device|Disk quota exceeded/im.test(
    output,
  );
}

/** The kit may be sound: it is the machine that could not try it. */
function noRoom(workFolder: string, shows: string, output: string): AirgoError {
  return new AirgoError("AIRGO_DISK", {
    what: `there is not enough space to try the kit: ${shows}`,
    where: workFolder,
    found: output,
    hint: "free space there, then run the same command again: what was fetched is kept",
  });
}

function withoutPlaces({ workFolder, kitFolder }: RehearsalJob, text: string): string {
  return text.replaceAll(workFolder, "$WORK").replaceAll(kitFolder, "$KIT");
}

/** Nothing of the engineer's: empty home, cold caches, and of the PATH only the system's tools. */
function coldEnvironment(workFolder: string): Record<string, string> {
  return {
    HOME: join(workFolder, "home"),
    TMPDIR: workFolder,
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    GOENV: "off",
    LC_ALL: "C",
  };
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
