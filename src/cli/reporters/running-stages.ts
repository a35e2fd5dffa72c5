import type { RunEvent, Stage } from "../../pipeline/events.js";
import { fractionOf, type Unit } from "./format.js";
import { measured, type Meter } from "./meter.js";

/** One counter of a stage; a stage that downloads in parallel has several, told apart by their labels. */
export interface Track {
  readonly label: string;
  readonly unit: Unit;
  readonly done: number;
  readonly total: number | undefined;
  readonly startedAt: number;
  readonly heardAt: number;
  readonly meter: Meter;
}

/** A stage that has started and not yet ended. */
export interface RunningStage {
  readonly kit: string;
  readonly stage: Stage;
  readonly startedAt: number;
  readonly tracks: Map<string, Track>;
  /** The label to show, when one has been heard of. */
  shown: string | undefined;
}

type ProgressEvent = Extract<RunEvent, { type: "progress" }>;

/** A counter that is silent this long gives way to another one of its stage. */
const silentMs = 2000;

/** Remembers which stages run and how far they are. Reporters ask it; it prints nothing. */
export class RunningStages {
  #stages: RunningStage[] = [];

  /** The stage that started last, of those still running. */
  get current(): RunningStage | undefined {
    return this.#stages.at(-1);
  }

  start(kit: string, stage: Stage, at: number): void {
    this.#stages.push({ kit, stage, startedAt: at, tracks: new Map(), shown: undefined });
  }

  finish(kit: string, stage: Stage): void {
    this.#stages = this.#stages.filter((running) => running.kit !== kit || running.stage !== stage);
  }

  /** Forgets the stages of a kit, or of all kits, and tells which were running. */
  abandon(kit: string | undefined): readonly RunningStage[] {
    const abandoned = this.#stages.filter((running) => kit === undefined || running.kit === kit);
    this.#stages = this.#stages.filter((running) => !abandoned.includes(running));
    return abandoned;
  }

  /** Notes progress; undefined when its stage is not running, as for a download's last word after a failure. */
  progress(event: ProgressEvent, at: number): RunningStage | undefined {
    const running = this.#stages.findLast(({ stage }) => stage === event.stage);
    if (running === undefined) return undefined;
    const { label, unit, done, total } = event;
    const before = running.tracks.get(label);
    const meter = measured(before?.meter ?? [], at, done);
    running.tracks.set(label, {
      label,
      unit,
      done,
      total,
      startedAt: before?.startedAt ?? at,
      heardAt: at,
      meter,
    });
    if (givesWay(running, at)) running.shown = label;
    return running;
  }
}

/** Parallel counters would make the line flicker: the shown one stays until it is complete or silent. */
function givesWay({ tracks, shown }: RunningStage, at: number): boolean {
  const track = shown === undefined ? undefined : tracks.get(shown);
  return track === undefined || fractionOf(track.done, track.total) === 1 || at - track.heardAt > silentMs;
}
