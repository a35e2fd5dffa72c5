import { readdirSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, jest } from "@jest/globals";

import type { TinyKit } from "../support/tiny-kit.js";
import { findTool, testWhen } from "../support/tools.js";
import { faults, FaultyTools, traceable, type CallPoint, type Fault } from "./faulty-tools.js";
import {
  Host,
  makeWorkspace,
  plainShell,
  removeWorkspace,
  run,
  toolsOf,
  triesAll,
  type Finished,
} from "./harness.js";
import { writeTwoKits } from "./two-kits.js";

export interface Scenario {
  readonly name: string;
  /** Whether an earlier kit is installed already. */
  readonly upgrade: boolean;
  /** Programs that the script does not need but takes where they are. */
  readonly extraTools: readonly string[];
}

/** One fault at one call. */
interface Trial {
  readonly point: CallPoint;
  readonly fault: Fault;
}

/** Tests that a scenario keeps its promises whatever happens at any of its system calls. */
export function describeEveryCall(scenario: Scenario): void {
  jest.setTimeout(triesAll ? 7_200_000 : 240_000);
  const workspace = makeWorkspace();
  const stage = new Stage(workspace, scenario);
  beforeAll(() => stage.prepare());
  afterAll(() => removeWorkspace(workspace));

  describe(`${scenario.name}, with a fault at any call that makes, moves or removes a name`, () => {
    testWhen(traceable, "strace and setsid", "no program makes such a call that would meet no fault", () => {
      stage.reset();
      const count = stage.tools.countOfAll(stage.installTarget);
      expect(count).toBeGreaterThan(100);
      expect(stage.points()).toHaveLength(count);
    });

    for (const fault of faults) {
      testWhen(
        traceable,
        "strace and setsid",
        `${fault}: the old or the new Go works, the end is told by name, and the next run ends as without the fault`,
        () => {
          const trials = stage.trials().filter((trial) => trial.fault === fault);
          expect(trials.length).toBeGreaterThan(5);
          const problems = trials.flatMap((trial) => stage.problemsOf(trial));
          if (triesAll)
            console.log(`${scenario.name}: ${fault}: ${trials.length} faults, ends: ${stage.tellEnds()}`);
          expect(problems).toEqual([]);
        },
      );
    }
  });
}

/**
 * Which faults are tried: of a program's run with many calls the first, the middle and the last. Where something appears or
 * vanishes that others see, a power loss and one more fault in turn; of the rest every third call, with one fault in turn.
 */
function trialsOf(points: readonly CallPoint[], prefix: string): Trial[] {
  if (triesAll) return points.flatMap((point) => faults.map((fault) => ({ point, fault })));
  return chosenOf(points).flatMap((point, index) => {
    const seen = publishes(point, prefix);
    if (!seen && index % 3 !== 0) return [];
    const fault = faults[index % faults.length] ?? "SIGKILL";
    const trial: Trial = { point, fault };
    return seen && fault !== "SIGKILL" ? [trial, { point, fault: "SIGKILL" }] : [trial];
  });
}

/** The calls of each run of a program, of many alike the first, the middle and the last. */
function chosenOf(points: readonly CallPoint[]): CallPoint[] {
  const runs = new Map<number, CallPoint[]>();
  for (const point of points) runs.set(point.invocation, [...(runs.get(point.invocation) ?? []), point]);
  return [...runs.values()].flatMap((calls) => {
    const chosen = calls.length <= 3 ? calls.keys() : [0, Math.floor(calls.length / 2), calls.length - 1];
    return [...chosen].flatMap((index) => calls[index] ?? []);
  });
}

/** Whether a call changes a name below the prefix that does not lie in a staging folder. */
function publishes({ program, text }: CallPoint, prefix: string): boolean {
  const names = text.split(/["<>]/).filter((name) => name.startsWith(`${prefix}/`));
  return program !== "mkdir" && names.some((name) => !name.startsWith(`${prefix}/.staging.`));
}

/** The place where a scenario is played again and again, and what it looks like before and after. */
class Stage {
  tools!: FaultyTools;
  private readonly workspace: string;
  private readonly scenario: Scenario;
  private readonly host: Host;
  private readonly aside: string;
  private target!: TinyKit;
  /** What users of the prefix may find: that of before, and that of after. */
  private allowed!: readonly string[];
  private state!: string;
  private recorded: readonly CallPoint[] = [];
  private ends: string[] = [];

  constructor(workspace: string, scenario: Scenario) {
    this.workspace = workspace;
    this.scenario = scenario;
    this.host = new Host(workspace, "prefix");
    // Copying what was installed once is quicker than installing.
    this.aside = join(workspace, "installed");
  }

  /** Makes the kits, sees how a run without faults ends, and which programs it uses. */
  async prepare(): Promise<void> {
    const [first, next] = await writeTwoKits(join(this.workspace, "kits"));
    this.target = this.scenario.upgrade ? next : first;
    if (this.scenario.upgrade) {
      expect(this.install(first)).toMatchObject({ code: 0 });
      run(["cp", "-a", this.host.prefix, this.aside]);
    }
    const before = this.seen();
    expect(this.install(this.target)).toMatchObject({ code: 0 });
    this.allowed = [before, this.seen()];
    this.state = this.host.snapshot();
    if (!traceable) return;
    this.reset();
    const tools = [...toolsOf(this.target.script), "printf", "openssl", ...this.scenario.extraTools];
    this.tools = FaultyTools.watching(join(this.workspace, "tools"), tools, this.installTarget);
  }

  /** Puts the prefix into the state before the scenario. */
  reset(): void {
    removeWorkspace(this.host.prefix);
    for (const name of readdirSync(this.host.tmp)) removeWorkspace(join(this.host.tmp, name));
    if (this.scenario.upgrade) run(["cp", "-a", this.aside, this.host.prefix]);
  }

  /** What the scenario is a trial of, with programs from a PATH and in a process group of its own. */
  readonly installTarget = (path: string, under: readonly string[] = []): Finished =>
    this.install(this.target, path, [...under, findTool("setsid") ?? "setsid", "--wait"]);

  /** Every call of a run without faults, recorded once. */
  points(): readonly CallPoint[] {
    if (this.recorded.length === 0) {
      this.reset();
      this.recorded = this.tools.record(this.installTarget);
    }
    return this.recorded;
  }

  /** All faults that are to be tried. */
  trials(): Trial[] {
    return trialsOf(this.points(), this.host.prefix);
  }

  /** What a fault breaks of all that was promised: nothing, if all is well. */
  problemsOf({ point, fault }: Trial): string[] {
    this.reset();
    const done = this.tools.runWithFault(point, fault, this.installTarget);
    this.ends.push(fault === "SIGKILL" ? "killed" : String(done.code));
    const problems = [
      ...(done.reached ? [] : ["the fault did not happen"]),
      ...this.problemsForUsers(),
      ...(fault === "SIGKILL" ? [] : this.problemsOfEnd(done, point, fault)),
      ...this.problemsOfNextRun(),
    ];
    return problems.map(
      (problem) => `${fault} at ${point.program} ${point.invocation}, ${point.text}: ${problem}`,
    );
  }

  /** How the runs since the last telling ended, and how many each way. */
  tellEnds(): string {
    const ends = this.ends;
    this.ends = [];
    const count = (end: string): number => ends.filter((each) => each === end).length;
    return [...new Set(ends)].map((end) => `${end} × ${count(end)}`).join(", ");
  }

  private install(kit: TinyKit, path?: string, under: readonly string[] = []): Finished {
    return this.host.script(kit, this.args(kit), {
      // busybox's would run programs of its own in the place of those on PATH.
      shell: path === undefined ? plainShell : [findTool("dash") ?? "/bin/sh"],
      ...(path === undefined ? {} : { env: { PATH: path } }),
      under,
    });
  }

  /** Checking signatures takes half of the time, and is tried in one scenario always, in the others when all is. */
  private args(kit: TinyKit): string[] {
    const signed = triesAll || !this.scenario.upgrade;
    return ["--prefix", this.host.prefix, ...(signed ? ["--key", kit.key] : ["--insecure-no-signature"])];
  }

  /** What a user of the prefix finds there: what each program of the current generation says, and which Go it is of. */
  private seen(): string {
    const script = `
      [ -L "$1" ] || [ -e "$1" ] || { echo nothing; exit; }
      PATH=$1/bin
      for program in "$1"/bin/*; do echo "\${program##*/}: $("$program" version 2>&1) $("$program" env GOPROXY 2>&1)"; done
      while read -r line; do echo "go: $line"; done <"$1/go/VERSION"
    `;
    return run(["/bin/sh", "-c", script, "sh", this.host.path("current")]).stdout;
  }

  private problemsForUsers(): string[] {
    const seen = this.seen();
    return this.allowed.includes(seen) ? [] : [`users find neither what was nor what comes, but ${seen}`];
  }

  /** A run that met an error says so by name; one that ends well has done all. */
  private problemsOfEnd({ code, stderr }: Finished, point: CallPoint, fault: Fault): string[] {
    const leavings = this.leavings();
    if (code !== 0) {
      const named = /^ERROR AIRGO_(?!BUG)/m.test(stderr) && code !== 1 && code !== null;
      // Where nothing can be removed any more, the next run does it.
      const cleared = leavings.length === 0 || fault === "EROFS from there on";
      return [
        ...(named ? [] : [`it ended ${code} with ${stderr.slice(0, 2000)}`]),
        ...(cleared ? [] : [`it ended ${code} and left ${leavings.join(" ")}`]),
      ];
    }
    const cleared =
      leavings.length === 0 || /^(?:unlink|rmdir)/.test(point.call) || fault === "EROFS from there on";
    return [
      ...(missingFrom(this.host.snapshot(), this.wanted(stderr))
        ? ["it ended 0 and something is missing"]
        : []),
      ...(cleared ? [] : [`it ended 0 and left ${leavings.join(" ")}`]),
    ];
  }

  /** What a run that ended well must have made: all of it, but a log that it said it could not write. */
  private wanted(stderr: string): string {
    return stderr.includes("this run is not in the log")
      ? this.state.replace(/^log\b.*\n/gm, "")
      : this.state;
  }

  /** The temporary folder of a run that was killed is for the system to remove: it may be another run's. */
  private leavings(): string[] {
    return this.host.leavings().filter((name) => !name.startsWith("airgo."));
  }

  private problemsOfNextRun(): string[] {
    const before = readdirSync(this.host.tmp);
    // The same programs, because one with flock would not see the lock of one without; the shell may be another one.
    const done = this.host.script(this.target, this.args(this.target), {
      shell: [findTool(plainShell[0]) ?? "", ...plainShell.slice(1)],
      env: { PATH: this.tools.plainPath },
    });
    const told = done.stderr.replace(/^WARNING.*\n/gm, "");
    return [
      ...(done.code === 0 && told === "" ? [] : [`the next run ended ${done.code} with ${told}`]),
      ...(this.leavings().length === 0 ? [] : [`the next run left ${this.leavings().join(" ")}`]),
      ...(readdirSync(this.host.tmp).join() === before.join()
        ? []
        : ["the next run left a temporary folder"]),
      ...(this.host.snapshot() === this.state
        ? []
        : ["the next run did not end in the state of a run without faults"]),
    ];
  }
}

/** Whether a snapshot lacks anything of the other one. */
function missingFrom(snapshot: string, wanted: string): boolean {
  const lines = new Set(snapshot.split("\n"));
  return wanted.split("\n").some((line) => !lines.has(line));
}
