import type { TrafficRow } from "../../modules/traffic.js";
import type { RunEvent } from "../../pipeline/events.js";
import { redact } from "../../support/redact.js";

/** What `--report FILE` writes, gathered from the events of a run. */
export interface RunReport {
  note(event: RunEvent): void;
  /** The report as JSON text, with a final newline. */
  text(outcome: ReportOutcome): string;
}

export interface ReportOutcome {
  readonly airgo: string;
  /** Every subject of the run, the longest transfers first. */
  readonly rows: readonly TrafficRow[];
  readonly total: Omit<TrafficRow, "subject">;
}

type Ended = Extract<RunEvent, { type: "kit-finished" | "kit-unchanged" | "failed" }>;

export function createRunReport(): RunReport {
  const stages: { kit: string; stage: string; ms: number }[] = [];
  const kits: { kit: string | undefined; outcome: string; id?: string; code?: string }[] = [];
  return {
    note(event) {
      if (event.type === "stage-finished") {
        stages.push({ kit: event.kit, stage: event.stage, ms: Math.round(event.ms) });
      }
      if (event.type === "kit-finished" || event.type === "kit-unchanged" || event.type === "failed") {
        kits.push({ kit: event.kit, ...outcomeOf(event) });
      }
    },
    text({ airgo, rows, total }) {
      const report = { airgo, kits, stages, fetched: { total, modules: rows } };
      return `${JSON.stringify(report, redacted, 2)}\n`;
    },
  };
}

function redacted(_key: string, value: unknown): unknown {
  return typeof value === "string" ? redact(value) : value;
}

function outcomeOf(event: Ended): { outcome: string; id?: string; code?: string } {
  if (event.type === "failed") return { outcome: "failed", code: event.code };
  return { outcome: event.type === "kit-finished" ? "made" : "unchanged", id: event.id };
}
