import { redact } from "../../support/redact.js";
import { formatBytes } from "../reporters/format.js";
import { printable } from "../reporters/text.js";

const nameWidth = 12;

/** A line of a list of facts, `objects       12, 3.45 MB`. */
export function fact(name: string, value: string): string {
  return `${name.padEnd(nameWidth)}  ${printable(value)}`.trimEnd();
}

/** `1 object, 12.3 kB`. */
export function amount(count: number, one: string, bytes: number): string {
  return `${counted(count, one)}, ${formatBytes(bytes)}`;
}

/** `1 note`, `2 notes`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/** One line for programs. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value, (_key, one: unknown) => (typeof one === "string" ? redact(one) : one))}\n`;
}

/** Lines for people. */
export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** What every command of the store says where there is none: that is no failure, and none is made. */
export function noStore(root: string, isJson: boolean): string {
  return isJson
    ? jsonLine({ type: "store-missing", store: root })
    : textOf([`there is no store yet: ${printable(root)}`]);
}
