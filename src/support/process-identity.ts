import { readFileSync, readlinkSync } from "node:fs";

import { sha256Hex } from "./digest.js";
import { isRunning } from "./processes.js";

/**
 * Names a process: its id, when it started, and where that id counts. The id alone is used again soon, and means
 * another process in another container or on another host that shares the folder.
 */
export function processIdentity(): string {
  return `${process.pid}.${statOf(process.pid)?.started ?? 0}.${placeOfIds()}`;
}

/** Eight hex digits for this boot of this machine and the PID namespace of this process. */
function placeOfIds(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    return sha256Hex(`${boot}${readlinkSync("/proc/self/ns/pid")}`).slice(0, 8);
  } catch {
    return "00000000";
  }
}

/**
 * True while the process of that identity runs, and for one of another place, which cannot be looked at from here;
 * undefined when the text names no process. A bare process id counts as one whose start is unknown.
 */
export function isIdentityRunning(identity: string): boolean | undefined {
  const match = /^(\d{1,10})(?:\.(\d+)(?:\.([0-9a-f]{8}))?)?$/.exec(identity);
  if (match === null) return undefined;
  if (match[3] !== undefined && match[3] !== placeOfIds()) return true;
  const pid = Number(match[1]);
  if (pid === 0 || !isRunning(pid)) return false;
  const stat = statOf(pid);
  // Where others' processes are hidden, there is only their id to go by.
  if (stat === undefined) return true;
  const started = match[2] ?? "0";
  return !["Z", "X"].includes(stat.state) && (started === "0" || started === stat.started);
}

/** State and start (clock ticks since the machine came up) of a process, by proc(5). */
function statOf(pid: number): { state: string; started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name comes second, in brackets, and may hold anything, brackets too.
    const [state = "", ...fields] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state, started: fields[18] ?? "0" };
  } catch {
    return undefined;
  }
}
