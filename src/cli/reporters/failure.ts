import type { RunEvent } from "../../pipeline/events.js";
import { printable, printableLines } from "./text.js";

type FailedEvent = Extract<RunEvent, { type: "failed" }>;

const indent = "  ";
const nameWidth = "what next".length;

/**
 * The lines that tell a failure: `error CODE: what`, then what is known, aligned. Further lines of `what` (one mistake
 * of a manifest each) keep their own indentation and stand apart from the rest.
 */
export function failureLines(event: FailedEvent): string[] {
  const [first = "", ...mistakes] = withoutBlankEnds(printableLines(event.what));
  const facts = [
    ...fact("kit", event.kit),
    ...fact("where", event.where),
    ...fact("expected", event.expected),
    ...fact("found", event.found),
    ...fact("what next", event.hint),
    ...event.causes.flatMap((cause) => fact("cause", cause)),
  ];
  const heading = `error ${printable(event.code)}: ${first.trim()}`.trimEnd();
  const apart = mistakes.length > 0 && facts.length > 0 ? [""] : [];
  return [heading, ...mistakes.map((line) => (line === "" ? "" : indent + line)), ...apart, ...facts];
}

function fact(name: string, value: string | undefined): string[] {
  const lines = withoutBlankEnds(printableLines(value ?? ""));
  return lines.map((line, index) =>
    `${indent}${(index === 0 ? name : "").padEnd(nameWidth)}${indent}${line}`.trimEnd(),
  );
}

function withoutBlankEnds(lines: readonly string[]): string[] {
  return lines.slice(Math.max(0, lines.findIndex(isFilled)), lines.findLastIndex(isFilled) + 1);
}

function isFilled(line: string): boolean {
  return line.trim() !== "";
}
