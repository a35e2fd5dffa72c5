import type { RunEvent } from "../../../src/pipeline/events.js";
import {
  createReporter,
  type ReporterMode,
  type ReporterOptions,
} from "../../../src/cli/reporters/create-reporter.js";

/** A kit that was made; the parts that a test is about are given. */
export function finished(parts: Partial<Extract<RunEvent, { type: "kit-finished" }>> = {}): RunEvent & {
  type: "kit-finished";
} {
  return {
    type: "kit-finished",
    kit: "starter",
    id: "3f9c2a1b4d5e",
    folder: "kits/starter/3f9c2a1b4d5e",
    archive: "kits/starter/3f9c2a1b4d5e/starter-3f9c2a1b4d5e.tar",
    bytes: 187_654_321,
    sha256: "ab".repeat(32),
    downloadedBytes: 145_000_000,
    signers: [{ name: "release", key: `sha256:${"cd".repeat(32)}`, file: "release.pub.pem" }],
    stages: [
      { stage: "resolve", ms: 1234 },
      { stage: "fetch", ms: 61_000 },
    ],
    keyFile: "KEY.pem",
    nextSteps: ["cd kits/starter/3f9c2a1b4d5e", "sha256sum -c SHA256SUMS"],
    ...parts,
  };
}

/** A failure that says nothing but its sentence; the parts that a test is about are given. */
export function failed(parts: Partial<Extract<RunEvent, { type: "failed" }>> = {}): RunEvent & {
  type: "failed";
} {
  return {
    type: "failed",
    kit: undefined,
    code: "AIRGO_NETWORK",
    exitCode: 4,
    what: "the proxy did not answer",
    where: undefined,
    expected: undefined,
    found: undefined,
    hint: undefined,
    causes: [],
    ...parts,
  };
}

type Samples = { readonly [Type in RunEvent["type"]]: (text: string) => Extract<RunEvent, { type: Type }> };

/** Every type of event, each with `text` wherever text can stand; a type that is missing here does not compile. */
export const samples: Samples = {
  "stage-started": (kit) => ({ type: "stage-started", kit, stage: "fetch" }),
  progress: (label) => ({ type: "progress", stage: "fetch", label, unit: "bytes", done: 5, total: 10 }),
  note: (text) => ({ type: "note", stage: "fetch", text }),
  warning: (text) => ({ type: "warning", stage: "fetch", text }),
  "stage-finished": (kit) => ({ type: "stage-finished", kit, stage: "fetch", ms: 1200 }),
  traffic: (text) => ({
    type: "traffic",
    hits: 1,
    misses: 2,
    bytes: 3,
    slowest: [{ subject: text, bytes: 4, ms: 5 }],
  }),
  "kit-unchanged": (text) => ({ type: "kit-unchanged", kit: text, id: text, folder: text, ms: 200 }),
  "kit-finished": (text) =>
    finished({
      kit: text,
      id: text,
      folder: text,
      archive: text,
      sha256: text,
      keyFile: text,
      nextSteps: [text, text],
      signers: [{ name: text, key: text, file: text }],
    }),
  failed: (text) =>
    failed({
      kit: text,
      code: text,
      what: text,
      where: text,
      expected: text,
      found: text,
      hint: text,
      causes: [text],
    }),
};

/** A stream that keeps what is written, and hands it on to a screen when there is one. */
export class FakeStream {
  readonly isTTY: boolean;
  columns: number | undefined;
  readonly writes: string[] = [];
  readonly #listener: (text: string) => void;

  constructor(isTTY = false, columns?: number, listener: (text: string) => void = () => {}) {
    this.isTTY = isTTY;
    this.columns = columns;
    this.#listener = listener;
  }

  get text(): string {
    return this.writes.join("");
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  write(text: string): void {
    this.writes.push(text);
    this.#listener(text);
  }
}

interface FakeRunOptions {
  readonly mode?: ReporterMode;
  readonly stdout?: FakeStream;
  readonly stderr?: FakeStream;
  readonly env?: ReporterOptions["env"];
}

/** A reporter with streams, a clock and a timer in the test's hands. */
export function fakeRun({
  mode = "plain",
  stdout = new FakeStream(),
  stderr = new FakeStream(),
  env = { NO_COLOR: "1" },
}: FakeRunOptions = {}) {
  const clock = { time: Date.UTC(2026, 10, 20, 3, 4, 5, 6) };
  const ticks = new Set<() => void>();
  const every = (_ms: number, tick: () => void) => {
    ticks.add(tick);
    return () => void ticks.delete(tick);
  };
  const reporter = createReporter({ mode, stdout, stderr, env, every, now: () => clock.time });
  return {
    ...reporter,
    stdout,
    stderr,
    ticks,
    /** Lets time pass, then emits. */
    after(ms: number, ...events: RunEvent[]) {
      clock.time += ms;
      for (const event of events) reporter.emit(event);
    },
    /** Lets time pass with nothing but the timer. */
    wait(ms: number) {
      clock.time += ms;
      for (const tick of ticks) tick();
    },
  };
}

/** Progress of the fetch stage in bytes. */
export function bytes(label: string, done: number, total?: number): RunEvent {
  return { type: "progress", stage: "fetch", label, unit: "bytes", done, total };
}

export const startFetch: RunEvent = { type: "stage-started", kit: "starter", stage: "fetch" };
export const finishFetch: RunEvent = { type: "stage-finished", kit: "starter", stage: "fetch", ms: 12_345 };
