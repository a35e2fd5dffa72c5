import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { findTool } from "../support/tools.js";
import { run, type Finished } from "./harness.js";

/** Folders of this machine, by where the small host sees them; or `tmpfs` and its options. */
export type Mounts = Readonly<Record<string, string>>;

/**
 * A host that consists of one folder: programs see it as the root of the file system, without a network, and of devices
 * nothing but /dev/null. Nobody needs to be root for it.
 */
export class SmallHost {
  private readonly root: string;
  private readonly mounts: Mounts;

  constructor(root: string, mounts: Mounts) {
    this.root = root;
    this.mounts = mounts;
  }

  /** Runs a program there, with nothing in the environment but what every login has. */
  run(...argv: readonly string[]): Finished {
    const mounts = Object.entries(this.mounts).map(([there, here]) => mountLine(there, here));
    const script = [
      "set -e",
      "root=$1",
      "shift",
      'mount --bind /dev/null "$root/dev/null"',
      ...mounts,
      'exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" "$@"',
    ].join("\n");
    return run(["unshare", "-rmn", "/bin/sh", "-c", script, "sh", this.root, ...argv]);
  }
}

function mountLine(there: string, here: string): string {
  const options = /^tmpfs (.*)$/.exec(here)?.[1];
  const what = options === undefined ? `--rbind '${here}'` : `-t tmpfs -o '${options}' tmpfs`;
  return `mkdir -p "$root${there}"; mount ${what} "$root${there}"`;
}

/** The folders that every system has, and those that a test looks at from outside. */
export function makeRoot(root: string): string {
  for (const folder of ["bin", "dev", "home", "opt", "root"])
    mkdirSync(join(root, folder), { recursive: true });
  mkdirSync(join(root, "tmp"));
  chmodSync(join(root, "tmp"), 0o1777);
  writeFileSync(join(root, "dev", "null"), "");
  return root;
}

/** A root folder with one program in it, a busybox that needs no libraries, under the names of all its applets. */
export function makeBusyboxRoot(root: string): string {
  makeRoot(root);
  const busybox = findTool("busybox") ?? "";
  copyFileSync(busybox, join(root, "bin", "busybox"));
  for (const applet of run([busybox, "--list"]).stdout.trim().split("\n"))
    if (applet !== "busybox") symlinkSync("busybox", join(root, "bin", applet));
  return root;
}
