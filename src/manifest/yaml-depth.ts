/** Far more levels than a manifest has, far fewer than exhaust the parser's stack. */
const mostLevels = 200;

/**
 * Where a text nests deeper than the parser should be asked to follow: it recurses, and a stack that overflows inside a
 * regular expression ends the whole process. Counted roughly, brackets in strings too; undefined when it is fine.
 */
export function tooDeepAt(text: string): number | undefined {
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (bracket === "[" || bracket === "{" ? 1 : -1));
    if (depth > mostLevels) return index;
  }
  // Lists in lists on one line, and steps of indentation: each level takes a character at least.
  return new RegExp(`^(?:[ \\t]*(?:[-?:][ \\t]+){${mostLevels},}|[ \\t]{${10 * mostLevels},}\\S)`, "m").exec(
    text,
  )?.index;
}
