import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { findTool } from "../support/tools.js";
import { run, type Finished } from "./harness.js";

/** Whether this machine lets a test enter the root folder of an image. */
export const chroots =
  findTool("busybox") !== undefined &&
  findTool("unshare") !== undefined &&
  run(["unshare", "-rmn", "sh", "-c", "mount -t tmpfs none /mnt && exec chroot / true"]).code === 0;
export const chrootNeeds = "busybox, unshare -rmn and chroot";

/** Makes the root folder of a tiny image: a static busybox with its applets, and what every Linux has. */
export function makeImage(root: string): string {
  for (const name of ["bin", "dev", "etc", "root", "tmp", "proc", "usr/bin"])
    mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
  const busybox = findTool("busybox") ?? "";
  copyFileSync(busybox, join(root, "bin/busybox"));
  for (const applet of run([busybox, "--list"]).stdout.trim().split("\n"))
    if (applet !== "busybox") symlinkSync("busybox", join(root, "bin", applet));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  return root;
}

/**
 * Runs a line of sh in an image, without a network.
 * @param mounts folders of this machine to be seen in it, by their path there, read-only; or `tmpfs`
 */
export function inImage(
  root: string,
  line: string,
  { env = {}, mounts = {} }: { env?: Record<string, string>; mounts?: Record<string, string> } = {},
): Finished {
  const binds = Object.entries(mounts).flatMap(([to, from]) => [join(root, to), from]);
  const script = `
    set -e
    root=$1; line=$2; shift 2
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc" 2>/dev/null || :
    while [ $# -gt 0 ]; do
      mkdir -p "$1"
      case $2 in
      tmpfs) mount -t tmpfs tmpfs "$1" ;;
      *) mount --bind "$2" "$1" && mount -o remount,bind,ro "$1" ;;
      esac
      shift 2
    done
    exec chroot "$root" /bin/sh -c "$line"
  `;
  return run(["unshare", "-rmn", "sh", "-c", script, "sh", root, line, ...binds], {
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", ...env },
  });
}
