import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("signing");
let names = 0;

/** A path of its own, where nothing is yet. */
export const scratchFile = (): string => join(root, `${++names}`);

/** A folder of its own. */
export function freshFolder(): string {
  const folder = scratchFile();
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

/** A file with these bytes. */
export function fileWith(data: string | Buffer, mode = 0o644): string {
  const file = scratchFile();
  writeFileSync(file, data, { mode });
  return file;
}

export const openssl = (...args: string[]): Buffer =>
  execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });

/** A key file made by openssl, private to its owner. */
export function opensslKey(...args: string[]): string {
  const file = scratchFile();
  openssl(...args, "-out", file);
  chmodSync(file, 0o600);
  return file;
}

export const p256 = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/** Runs gpg with a home of its own; whatever asks for a passphrase is given this one. */
export function gpgIn(home: string, passphrase = ""): (...args: string[]) => ReturnType<typeof runTool> {
  const quiet = ["--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", passphrase];
  return (...args) => runTool(["gpg", "--homedir", home, ...quiet, ...args]);
}

/** Ends the agent that gpg has started. */
export function endGpg(home: string): void {
  runTool(["gpgconf", "--homedir", home, "--kill", "all"]);
}

/** Runs a program to its end; what it says is taken together. */
export function runTool(
  argv: readonly [string, ...string[]],
  options: { input?: string | Buffer; env?: Record<string, string>; cwd?: string } = {},
): { code: number | null; output: string } {
  const [program, ...args] = argv;
  const done = spawnSync(program, args, {
    ...options,
    env: { PATH: process.env["PATH"] ?? "", ...options.env },
  });
  if (done.error) throw done.error;
  return { code: done.status, output: `${done.stdout.toString()}${done.stderr.toString()}` };
}
