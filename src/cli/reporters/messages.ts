import type { RunEvent } from "../../pipeline/events.js";
import { printable } from "./text.js";

type MessageEvent = Extract<RunEvent, { type: "note" | "warning" }>;

/** A note or warning as one line: `warning (fetch): …`. */
export function messageLine(event: MessageEvent): string {
  return `${event.type} (${event.stage}): ${printable(event.text)}`;
}
