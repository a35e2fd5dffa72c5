import { readFileSync } from "node:fs";

import { isRunning } from "./processes.js";

/**
 * Names a process for as long as this machine is up: its id and when it started. The id alone is used again soon, in
 * containers at once.
 */
export function processIdentity(): string {
  return `${process.pid}.${statOf(process.pid)?.started ?? 0}`;
}

/**
 * True while the process of that identity runs; undefined when the text names no process. A bare process id counts as
 * one whose start is unknown.
 */
export function isIdentityRunning(identity: string): boolean | undefined {
  const match = /^(\d{1,10})(?:\.(\d+))?$/.exec(identity);
  if (match === null) return undefined;
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
