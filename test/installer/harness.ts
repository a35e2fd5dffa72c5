import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { sha256Hex } from "../../src/support/digest.js";
import type { TinyKit } from "../support/tiny-kit.js";
import { findTool } from "../support/tools.js";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How each shell is started on a script; the first word is the program that must be there. */
export const shells: Readonly<Record<string, readonly [string, ...string[]]>> = {
  dash: ["dash"],
  "busybox ash": ["busybox", "ash"],
  "bash --posix": ["bash", "--posix"],
  mksh: ["mksh"],
  ksh93: ["ksh93"],
  "zsh as sh": ["zsh", "--emulate", "sh"],
  zsh: ["zsh"],
};

/** Whether everything is tried that could be, which takes an hour, and not only what can be run every time. */
export const triesAll = process.env["AIRGO_FAULTS"] === "all";

/** The shell of tests that are not about shells. busybox's runs its own applets, so it is the quickest. */
export const plainShell: readonly [string, ...string[]] = findTool("busybox") ? ["busybox", "ash"] : ["sh"];

/** A file system in memory is quicker; not everywhere may programs run in it. */
const memoryDisk = ["/dev/shm"].find((folder) => {
  if (!existsSync(folder)) return false;
  const probe = join(folder, `airgo-probe-${process.pid}`);
  try {
    writeFileSync(probe, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    return spawnSync(probe).status === 0;
  } catch {
    return false;
  } finally {
    rmSync(probe, { force: true });
  }
});

/** A folder that every user may enter, removed at the end of the test file by `removeWorkspace`. */
export function makeWorkspace(): string {
  const folder = mkdtempSync(join(memoryDisk ?? tmpdir(), "airgo-installer-"));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "home"));
  mkdirSync(join(folder, "tmp"));
  chmodSync(join(folder, "tmp"), 0o1777);
  return folder;
}

export function removeWorkspace(folder: string): void {
  spawnSync("chmod", ["-R", "u+w", folder]);
  spawnSync("rm", ["-rf", folder]);
}

export interface RunOptions {
  readonly shell?: readonly [string, ...string[]];
  /** Words in front of the shell: strace, unshare, setpriv. */
  readonly under?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs a program to its end with an environment of its own. */
export function run(argv: readonly string[], options: Omit<RunOptions, "shell" | "under"> = {}): Finished {
  const [program, ...args] = argv;
  const done = spawnSync(program ?? "", args, {
    cwd: options.cwd ?? "/",
    env: { PATH: process.env["PATH"] ?? "", ...options.env },
    encoding: "utf8",
  });
  if (done.error) throw done.error;
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

/** One place on the disk where kits are installed by tests: HOME, TMPDIR and a prefix of their own. */
export class Host {
  readonly home: string;
  readonly prefix: string;
  readonly tmp: string;

  constructor(workspace: string, name: string) {
    this.home = join(workspace, "home");
    this.tmp = join(workspace, "tmp");
    this.prefix = join(workspace, name);
  }

  /**
   * Runs the kit's install.sh with any arguments. Health checks are quick ones unless the environment says otherwise: with
   * a go that is a shell script, what the full ones do is shown once, where it is their turn.
   */
  script(kit: TinyKit, args: readonly string[], options: RunOptions = {}): Finished {
    const shell = options.shell ?? plainShell;
    return run([...(options.under ?? []), ...shell, kit.script, ...args], {
      ...options,
      env: { HOME: this.home, TMPDIR: this.tmp, AIRGO_CHECKS: "quick", ...options.env },
    });
  }

  /** Installs with the kit's own key. */
  install(kit: TinyKit, options: RunOptions = {}): Finished {
    return this.script(kit, ["--prefix", this.prefix, "--key", kit.key], options);
  }

  path(...parts: readonly string[]): string {
    return join(this.prefix, ...parts);
  }

  read(...parts: readonly string[]): string {
    return readFileSync(this.path(...parts), "utf8");
  }

  /** What an installed wrapper answers, with nothing but its folder on PATH. */
  ask(program: string, ...args: readonly string[]): string {
    const bin = this.path("current", "bin");
    return run([join(bin, program), ...args], { env: { PATH: bin } }).stdout.trim();
  }

  /** What interrupted runs leave behind: staging folders, half-made links and locks, temporary folders. */
  leavings(): string[] {
    const below = existsSync(this.prefix)
      ? readdirSync(this.prefix).filter((name) => name.startsWith(".") && name !== ".airgo.lock")
      : [];
    return [...below, ...readdirSync(this.tmp)];
  }

  snapshot(): string {
    return snapshot(this.prefix);
  }
}

/**
 * Every path below a folder with its type, mode and contents. What holds a clock or a user is left out: receipts, the log,
 * and when and by whom a generation was made.
 */
export function snapshot(folder: string): string {
  return existsSync(folder) ? linesOf(folder, "").join("\n") : "nothing";
}

/** Links are not followed. */
function linesOf(folder: string, below: string): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = join(below, entry.name);
      const line = `${name} ${describeFile(join(folder, name))}`;
      return entry.isDirectory() ? [line, ...linesOf(folder, name)] : [line];
    });
}

function describeFile(file: string): string {
  const found = lstatSync(file);
  if (found.isSymbolicLink()) return `-> ${readlinkSync(file)}`;
  const mode = (found.mode & 0o7777).toString(8);
  if (!found.isFile()) return `folder ${mode}`;
  if (file.endsWith("/receipt.json") || file.endsWith("/audit.jsonl")) return `dated ${mode}`;
  const text = readFileSync(file).toString("latin1");
  return `${mode} ${sha256Hex(file.endsWith("/generation.tsv") ? text.replace(/^(?:date|who)\t.*\n/gm, "") : text)}`;
}

/** A folder for PATH with links to these programs, as far as this machine has them. */
export function pathWith(folder: string, programs: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  for (const program of programs) {
    const file = findTool(program);
    if (file !== undefined && !existsSync(join(folder, program))) symlinkSync(file, join(folder, program));
  }
  return folder;
}

/** A folder for PATH with every applet of busybox and with openssl, and no other program. */
export function busyboxPath(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const busybox = findTool("busybox") ?? "";
  for (const applet of run([busybox, "--list"]).stdout.trim().split("\n"))
    symlinkSync(busybox, join(folder, applet));
  return pathWith(folder, ["openssl"]);
}

/** The programs that the script says it needs. */
export function toolsOf(script: string): string[] {
  const lines = readFileSync(script, "utf8").matchAll(/^TOOLS="(?:\$TOOLS )?([^"]*)"$/gm);
  return [...lines].flatMap((line) => line[1]?.split(" ") ?? []);
}

/** Puts a program in sh into a folder for PATH. */
export function stub(folder: string, name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
}
