import type { RunEvent } from "../../pipeline/events.js";
import { failureLines } from "./failure.js";
import { formatAmount, formatDuration, fractionOf } from "./format.js";
import { messageLine } from "./messages.js";
import { writeLines, type Outputs, type Reporter } from "./reporter.js";
import { RunningStages, type RunningStage } from "./running-stages.js";
import { summaryLines, trafficLine, unchangedLine } from "./summary.js";
import { printable } from "./text.js";

type ProgressEvent = Extract<RunEvent, { type: "progress" }>;

/** What a stage has told of its progress so far. */
interface Told {
  lineAt: number;
  readonly quarters: Map<string, number>;
}

/** Hundreds of small modules must not make hundreds of lines: a stage tells its steps at most this often. */
const busyMs = 1000;
const silentMs = 10_000;

/** For logs and CI: lines that are only ever appended, and few of them. */
export function createPlainReporter({ stdout, stderr, now }: Outputs): Reporter {
  const running = new RunningStages();
  const told = new WeakMap<RunningStage, Told>();
  const say = (...lines: string[]): void => writeLines(stderr, lines);

  function progress(event: ProgressEvent): void {
    const at = now();
    const stage = running.progress(event, at);
    if (stage === undefined) return;
    const memory = told.get(stage) ?? { lineAt: stage.startedAt, quarters: new Map<string, number>() };
    told.set(stage, memory);
    if (!isDue(event, memory, at)) return;
    memory.lineAt = at;
    memory.quarters.set(event.label, quarterOf(event));
    say(`${printable(stage.kit)}: ${progressText(event)}`);
  }

  function emit(event: RunEvent): void {
    switch (event.type) {
      case "stage-started":
        running.start(event.kit, event.stage, now());
        return say(`${printable(event.kit)}: ${event.stage} started`);
      case "stage-finished":
        running.finish(event.kit, event.stage);
        return say(`${printable(event.kit)}: ${event.stage} finished in ${formatDuration(event.ms)}`);
      case "progress":
        return progress(event);
      case "note":
      case "warning":
        return say(messageLine(event));
      case "traffic":
        return say(trafficLine(event));
      case "kit-unchanged":
        running.abandon(event.kit);
        return writeLines(stdout, [unchangedLine(event)]);
      case "kit-finished":
        running.abandon(event.kit);
        return writeLines(stdout, summaryLines(event));
      case "failed": {
        const at = now();
        const broken = running.abandon(event.kit).map((stage) => brokenLine(stage, at));
        return say(...broken, ...failureLines(event));
      }
    }
  }

  return {
    emit,
    end() {
      // Every line is complete as it is written: there is nothing to restore.
    },
  };
}

/** Each quarter of a counter, and a sign of life when the stage has said nothing for long. */
function isDue(event: ProgressEvent, { lineAt, quarters }: Told, at: number): boolean {
  // The distance, not the difference: a clock that was set back must not silence the log.
  const quiet = Math.abs(at - lineAt);
  if (quiet < busyMs) return false;
  return quiet >= silentMs || quarterOf(event) > (quarters.get(event.label) ?? 0);
}

function quarterOf({ done, total }: ProgressEvent): number {
  return Math.floor((fractionOf(done, total) ?? 0) * 4);
}

function progressText({ stage, label, unit, done, total }: ProgressEvent): string {
  const fraction = fractionOf(done, total);
  const percent = fraction === undefined ? "" : ` (${Math.floor(fraction * 100)} %)`;
  return `${stage} ${printable(label)}: ${formatAmount(done, total, unit)}${percent}`;
}

function brokenLine({ kit, stage, startedAt }: RunningStage, at: number): string {
  return `${printable(kit)}: ${stage} failed after ${formatDuration(at - startedAt)}`;
}
