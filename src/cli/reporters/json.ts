import type { RunEvent } from "../../pipeline/events.js";
import { redact } from "../../support/redact.js";
import type { Outputs, Reporter } from "./reporter.js";

/**
 * Valid inside JSON, but U+2028 and U+2029 end a line for readers that follow Unicode, such as Python's splitlines, and
 * the others turn the reading direction of whoever looks at the line.
 */
const misleading = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** For programs: one event per line as JSON, with `time` first. What is undefined in an event is left out. */
export function createJsonReporter({ stdout, now }: Pick<Outputs, "stdout" | "now">): Reporter {
  return {
    emit(event) {
      stdout.write(`${jsonLine(event, now())}\n`);
    },
    end() {
      // Every line is complete as it is written: there is nothing to close.
    },
  };
}

function jsonLine(event: RunEvent, at: number): string {
  const time = new Date(at).toISOString();
  const text = JSON.stringify({ time, ...event }, (_key, value: unknown) =>
    typeof value === "string" ? redact(value) : value,
  );
  return text.replace(misleading, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
