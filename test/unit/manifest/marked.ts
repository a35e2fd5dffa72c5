/** Marks in a test's text the place where a mistake is to be told; written as ‸ before it. */
const mark = "‸";

/** Takes the mark out, and gives its line and column, both from 1. */
export function marked(text: string): { text: string; place: string } {
  const before = text.slice(0, text.indexOf(mark)).split("\n");
  return { text: text.replace(mark, ""), place: `${before.length}:${(before.at(-1) ?? "").length + 1}` };
}

/** The lines of a manifest's diagnostics without the file's name: `4:19 kits.starter.arch.1: expected ...`. */
export function linesOf(diagnostics: readonly string[]): string[] {
  return diagnostics.map((line) => line.replace(/^bundles\.yaml:/, ""));
}
