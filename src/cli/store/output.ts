import { formatBytes } from "../reporters/format.js";
import { printable } from "../reporters/text.js";
import { counted, jsonLine } from "../output.js";

const nameWidth = 12;

/** A line of a list of facts, `objects       12, 3.45 MB`. */
export function fact(name: string, value: string): string {
  return `${name.padEnd(nameWidth)}  ${printable(value)}`.trimEnd();
}

/** `1 object, 12.3 kB`. */
export function amount(count: number, one: string, bytes: number): string {
  return `${counted(count, one)}, ${formatBytes(bytes)}`;
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
