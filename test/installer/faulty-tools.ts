import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { findTool } from "../support/tools.js";
import { pathWith, run, type Finished } from "./harness.js";

/** The system calls by which names appear, move and vanish, as strace selects them. */
const nameCalls = "rename(at2?)?|symlink(at)?|link(at)?|mkdir(at)?|unlink(at)?|rmdir";
const isNameCall = new RegExp(`^(?:${nameCalls})\\(`);

/** What can happen at a call. Of a power loss all processes die at once; a disk that turns read-only stays so. */
export const faults = ["SIGKILL", "ENOSPC", "EROFS", "EXDEV", "EROFS from there on"] as const;
export type Fault = (typeof faults)[number];

/** One system call of an installation: the program started as the `invocation`th, and its `nth` call of that name. */
export interface CallPoint {
  readonly invocation: number;
  readonly program: string;
  readonly call: string;
  readonly nth: number;
  /** The call with its arguments, as strace shows it. */
  readonly text: string;
}

export const traceable =
  findTool("strace") !== undefined &&
  findTool("setsid") !== undefined &&
  run(["strace", "-qq", "-o", "/dev/null", "true"]).code === 0;

/** Runs something with its programs taken from this PATH, and with these words in front of it. */
export type RunWithPath = (path: string, under?: readonly string[]) => Finished;

/**
 * A folder for PATH in which the programs that make such calls are counted. Any one of their calls can be made to
 * fail, or be the moment of a power loss.
 */
export class FaultyTools {
  readonly path: string;
  /** The same programs, uncounted. */
  readonly plainPath: string;
  private readonly folder: string;
  private readonly notes: string;

  private constructor(folder: string, plainPath: string) {
    this.folder = folder;
    this.plainPath = plainPath;
    this.path = join(folder, "path");
    this.notes = join(folder, "notes");
  }

  /**
   * Watches one run to see which programs make such calls, and puts a counting one in the place of each.
   * @param tools all programs that the run may use
   */
  static watching(folder: string, tools: readonly string[], runWithPath: RunWithPath): FaultyTools {
    const made = new FaultyTools(folder, pathWith(join(folder, "plain"), tools));
    mkdirSync(made.notes);
    pathWith(made.path, tools);
    for (const program of made.programsWithCalls(runWithPath)) made.putCounter(program);
    return made;
  }

  /** How many such calls the processes of a run make in all, whoever they are. */
  countOfAll(runWithPath: RunWithPath): number {
    return this.traceWhole(runWithPath).filter((line) => isNameCall.test(line.call)).length;
  }

  /** Every such call of a run without faults, in order, as far as the counted programs make them. */
  record(runWithPath: RunWithPath): CallPoint[] {
    this.arm("record", "");
    runWithPath(this.path);
    return readdirSync(this.notes)
      .map((name) => /^(\d+)\.(.*)$/.exec(name))
      .flatMap((name) =>
        name === null ? [] : [{ invocation: Number(name[1]), program: name[2] ?? "", file: name[0] }],
      )
      .sort((a, b) => a.invocation - b.invocation)
      .flatMap(({ invocation, program, file }) =>
        pointsOf(invocation, program, readFileSync(join(this.notes, file), "utf8")),
      );
  }

  /** Runs something with a fault at one call, and tells whether that call was reached. */
  runWithFault(
    point: CallPoint,
    fault: Fault,
    runWithPath: RunWithPath,
  ): Finished & { readonly reached: boolean } {
    this.arm(String(point.invocation), injection(point, fault), fault);
    const done = runWithPath(this.path);
    const log = join(this.notes, "log");
    return {
      ...done,
      reached: existsSync(log) && /INJECTED|killed by SIGKILL/.test(readFileSync(log, "utf8")),
    };
  }

  private arm(at: string, what: string, fault?: Fault): void {
    rmSync(this.notes, { recursive: true });
    mkdirSync(this.notes);
    writeFileSync(join(this.notes, "count"), "0\n");
    writeFileSync(join(this.notes, "plan"), `${at} ${what}\n`);
    if (fault === "SIGKILL") writeFileSync(join(this.notes, "power-loss"), "");
    if (fault === "EROFS from there on") writeFileSync(join(this.notes, "from-there-on"), "");
  }

  private programsWithCalls(runWithPath: RunWithPath): string[] {
    const lines = this.traceWhole(runWithPath);
    const running = new Map<string, string>();
    const programs = new Set<string>();
    for (const { pid, call } of lines) {
      const started = /^execve\("([^"]*)".*(?:= 0|<unfinished \.\.\.>)$/.exec(call);
      if (started) running.set(pid, basename(started[1] ?? ""));
      else if (isNameCall.test(call)) programs.add(running.get(pid) ?? `process ${pid}`);
    }
    return [...programs];
  }

  private traceWhole(runWithPath: RunWithPath): { readonly pid: string; readonly call: string }[] {
    const log = join(this.folder, "whole");
    const strace = [
      findTool("strace") ?? "strace",
      "-f",
      "-qq",
      "-o",
      log,
      "-e",
      `trace=/^(${nameCalls}|execve)$`,
    ];
    const done = runWithPath(this.plainPath, strace);
    if (done.code !== 0) throw new Error(`the run that is watched failed: ${done.stderr}`);
    return readFileSync(log, "utf8")
      .split("\n")
      .map((line) => /^(\d+) +(.*)$/.exec(line))
      .flatMap((line) => (line === null ? [] : [{ pid: line[1] ?? "", call: line[2] ?? "" }]));
  }

  private putCounter(program: string): void {
    rmSync(join(this.path, program));
    const text = counter(this.notes, program, join(this.plainPath, program));
    writeFileSync(join(this.path, program), text, { mode: 0o755 });
  }
}

/**
 * A program that counts all runs of such programs and then runs the real one: as it is, with its calls written down, or
 * with the fault of the plan where its turn has come. Only strace is started in addition, so that it stays quick.
 */
function counter(notes: string, program: string, real: string): string {
  const strace = findTool("strace") ?? "strace";
  return `#!/bin/sh
read -r number <'${notes}/count'
number=$((number + 1))
echo $number >'${notes}/count'
read -r at what <'${notes}/plan'
if [ "$at" = record ]; then
  exec '${strace}' -qq -y -o '${notes}/'$number.'${program}' -e 'trace=/^(${nameCalls})$' '${real}' "$@"
fi
if [ $number -gt "$at" ] && [ -e '${notes}/from-there-on' ]; then
  exec '${strace}' -qq -o /dev/null -e 'inject=/^(${nameCalls})$:error=EROFS' '${real}' "$@"
fi
[ $number = "$at" ] || exec '${real}' "$@"
[ -e '${notes}/power-loss' ] || exec '${strace}' -qq -o '${notes}/log' -e "$what" '${real}' "$@"
'${strace}' -qq -o '${notes}/log' -e "$what" '${real}' "$@"
kill -KILL 0
`;
}

/** What strace does to the program that makes the call. */
function injection({ call, nth }: CallPoint, fault: Fault): string {
  if (fault === "SIGKILL") return `inject=${call}:signal=KILL:when=${nth}`;
  if (fault === "EROFS from there on") return `inject=${call}:error=EROFS:when=${nth}+`;
  return `inject=${call}:error=${fault}:when=${nth}`;
}

/** The calls in what strace wrote of one program. They are counted by name, as strace counts them. */
function pointsOf(invocation: number, program: string, log: string): CallPoint[] {
  const seen = new Map<string, number>();
  return log
    .split("\n")
    .filter((line) => isNameCall.test(line))
    .map((text) => {
      const call = text.slice(0, text.indexOf("("));
      const nth = (seen.get(call) ?? 0) + 1;
      seen.set(call, nth);
      return { invocation, program, call, nth, text };
    });
}
