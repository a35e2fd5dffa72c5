import { spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, openSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * For `through`: runs airgo in mounts of its own, and something after it, while they are still there.
 * @param before shell commands that mount
 * @param options `after`: shell commands, the exit code stays airgo's; `network` false: there is none
 */
export function inMounts(
  before: string,
  { after = ":", network = true }: { readonly after?: string; readonly network?: boolean } = {},
): { readonly through: readonly string[] } {
  const script = `${before} || exit 99; "$@"; code=$?; ${after}; exit $code`;
  return { through: ["unshare", network ? "-rm" : "-rnm", "sh", "-c", script, "sh"] };
}

/** Mounts a folder read-only, as it is. */
export function readOnlyMount(folder: string): string {
  return `mount --bind '${folder}' '${folder}' && mount -o remount,bind,ro '${folder}'`;
}

/** Mounts a small file system there. */
export function smallMount(folder: string, options: string): string {
  return `mount -t tmpfs -o '${options}' none '${folder}'`;
}

/** Takes all the room that is left in a folder as a process in mounts of its own sees it. */
export function fillUp({ pid }: ChildProcess, folder: string): void {
  const inside = join(`/proc/${pid}/root`, folder);
  const { bavail, bsize } = statfsSync(inside);
  // At once, because the process goes on meanwhile; where that program is missing the rest is slower.
  spawnSync("fallocate", ["-l", String(bavail * bsize), join(inside, "eaten")]);
  const file = openSync(join(inside, "eaten"), "a");
  try {
    for (let size = 1 << 20; size >= 1; size = Math.floor(size / 2)) writeWhilePossible(file, size);
  } finally {
    closeSync(file);
  }
}

function writeWhilePossible(file: number, size: number): void {
  const part = Buffer.alloc(size, 1);
  try {
    while (writeSync(file, part) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}
