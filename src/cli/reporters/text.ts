import { redact } from "../../support/redact.js";

/** C0 and C1 controls, line separators, and marks that turn the reading direction and so could disguise a name. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const zeroWidth = /^[\p{Mn}\p{Me}\u200b-\u200d\u2060\ufeff\u{e0000}-\u{e007f}]$/u;
/** Wide by Unicode's East Asian Width (UAX #11), or shown as a picture. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;
/** Asks for the picture instead of the letter, which makes the character before it one column wider. */
const pictureSelector = "\ufe0f";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The lines of a text, safe to print: secrets redacted, tabs as spaces, control characters made visible as U+FFFD. */
export function printableLines(text: string): string[] {
  return redact(text.replaceAll("\r\n", "\n"))
    .split("\n")
    .map((line) => line.replaceAll("\t", "  ").replace(unsafe, "\u{fffd}").trimEnd());
}

/** A text as one line that is safe to print; its line breaks become single spaces. */
export function printable(text: string): string {
  return printableLines(text)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
}

/**
 * Columns that a printable text takes on a terminal. Terminals disagree about joined pictures; this is the largest
 * answer, because a line that is thought too short wraps.
 */
export function visibleWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** The text, cut in the middle with `…` where it is wider than `width`: both ends of a path or module name tell most. */
export function fit(text: string, width: number): string {
  if (visibleWidth(text) <= width) return text;
  if (width < 1) return "";
  const parts = Array.from(graphemes.segment(text), ({ segment }) => segment);
  const head = take(parts, Math.ceil((width - 1) / 2));
  const tail = take(parts.toReversed(), width - 1 - visibleWidth(head.join("")));
  return `${head.join("")}…${tail.toReversed().join("")}`;
}

function take(parts: readonly string[], width: number): string[] {
  let used = 0;
  const end = parts.findIndex((part) => (used += visibleWidth(part)) > width);
  return parts.slice(0, end === -1 ? parts.length : end);
}

function widthOf(character: string): number {
  if (character === pictureSelector) return 1;
  if (zeroWidth.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
