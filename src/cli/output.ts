import { redact } from "../support/redact.js";

/** `1 note`, `2 notes`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/** One line for programs. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value, redacted)}\n`;
}

/** The same for a file that people read too. */
export function jsonText(value: object): string {
  return `${JSON.stringify(value, redacted, 2)}\n`;
}

function redacted(_key: string, value: unknown): unknown {
  return typeof value === "string" ? redact(value) : value;
}
