import type { RunEvent } from "../../pipeline/events.js";
import { failureLines } from "./failure.js";
import { formatDuration } from "./format.js";
import { LiveArea } from "./live-area.js";
import { liveLine } from "./live-line.js";
import { messageLine } from "./messages.js";
import { writeLines, type Outputs, type Reporter, type TextStream } from "./reporter.js";
import { RunningStages } from "./running-stages.js";
import { summaryLines, trafficLine, unchangedLine } from "./summary.js";

/** Calls `tick` again and again, every `ms`, until the function that it gives back is called. */
export type Every = (ms: number, tick: () => void) => () => void;

interface TerminalOptions extends Outputs {
  readonly colour: boolean;
  /** Keeps the line alive while a stage is silent. */
  readonly every: Every;
}

const tickMs = 250;
const stageWidth = 8;
const colours = { red: 31, green: 32, yellow: 33 } as const;

/** For a person at a terminal: one live line for the stage that runs, above it a line for everything that stays. */
export function createTerminalReporter({ stdout, stderr, now, colour, every }: TerminalOptions): Reporter {
  const running = new RunningStages();
  const area = new LiveArea(stderr, now);
  let ended = false;

  const compose = (width: number): string =>
    running.current === undefined || ended ? "" : liveLine(running.current, now(), width);
  const stopTicking = every(tickMs, () => area.refresh(compose));

  function paint(name: keyof typeof colours, text: string): string {
    return colour ? `\u001b[${colours[name]}m${text}\u001b[0m` : text;
  }

  function stay(stream: TextStream, ...lines: string[]): void {
    area.erase();
    writeLines(stream, lines);
    area.draw(compose);
  }

  function ending(name: "green" | "red", mark: string, stage: string, ms: number): string {
    return `${paint(name, mark)} ${stage.padEnd(stageWidth)}  ${formatDuration(ms)}`;
  }

  function fail(event: Extract<RunEvent, { type: "failed" }>): void {
    const at = now();
    const broken = running.abandon(event.kit).map((it) => ending("red", "✗", it.stage, at - it.startedAt));
    const [heading = "", ...facts] = failureLines(event);
    stay(stderr, ...broken, paint("red", heading), ...facts);
  }

  function emit(event: RunEvent): void {
    switch (event.type) {
      case "stage-started":
        running.start(event.kit, event.stage, now());
        return area.draw(compose);
      case "progress":
        running.progress(event, now());
        return area.refresh(compose);
      case "stage-finished":
        running.finish(event.kit, event.stage);
        return stay(stderr, ending("green", "✓", event.stage, event.ms));
      case "note":
        return stay(stderr, messageLine(event));
      case "warning":
        return stay(stderr, paint("yellow", messageLine(event)));
      case "traffic":
        return stay(stderr, trafficLine(event));
      case "kit-unchanged":
        running.abandon(event.kit);
        return stay(stdout, unchangedLine(event));
      case "kit-finished":
        running.abandon(event.kit);
        return stay(stdout, ...summaryLines(event));
      case "failed":
        return fail(event);
    }
  }

  return {
    emit,
    end() {
      ended = true;
      stopTicking();
      area.erase();
    },
  };
}
