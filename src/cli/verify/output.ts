import type { Verification, VerificationEvent } from "../../verification/verification.js";
import { counted } from "../output.js";
import { printable } from "../reporters/text.js";

const width = "not checked".length;

/** The line that tells an event; none for progress. */
export function lineOf(event: Exclude<VerificationEvent, { type: "progress" }>): string {
  if (event.type === "signature") {
    const { file, outcome, key, keyName, why } = event.signature;
    const by = key === undefined ? "" : `, ${key}${keyName === undefined ? "" : ` (${keyName})`}`;
    return line("signature", `${file}: ${outcome}${by}${why === undefined ? "" : `, ${why}`}`);
  }
  if (event.type === "checked") {
    const { what, files } = event.check;
    return line("checked", files === undefined ? what : `${what} (${counted(files, "file")})`);
  }
  if (event.type === "warning") return line("warning", event.text);
  return line("not checked", `${event.notChecked.what}: ${event.notChecked.why}`);
}

/** The closing line of a kit that was not refused. */
export function closingLine({ kit, isVouched }: Verification): string {
  const title = `kit ${kit.name} ${kit.id}, serial ${kit.serial}`;
  return isVouched
    ? line("verified", title)
    : line("whole", `${title}: every file is what its sums say, and nobody was asked to vouch for it`);
}

/** Where the receipt lies. */
export function receiptPlaceLine(file: string): string {
  return line("receipt", file);
}

function line(title: string, text: string): string {
  return `${title.padEnd(width)}  ${printable(text)}\n`;
}
