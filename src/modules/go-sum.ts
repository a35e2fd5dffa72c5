import type { ModuleVersion } from "./module-version.js";

/** One line of a go.sum: the `h1:` of a module's zip or of its go.mod. */
export interface GoSumLine extends ModuleVersion {
  readonly kind: "zip" | "mod";
  readonly h1: string;
}

/** The file beside a go.mod or go.work that holds its sums. */
export function sumFileOf(name: string): string {
  return name.endsWith("go.work") ? `${name}.sum` : name.replace(/go\.mod$/, "go.sum");
}

/** The hash of no bytes at all: an early version of Go wrote it by mistake, and Go drops such lines since. */
const emptyGoMod = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=";

/**
 * Reads a go.sum (https://go.dev/ref/mod#go-sum-files). Lines of another hash say nothing to us; those of another form
 * are left for go itself to refuse, which reads the same file.
 */
export function parseGoSum(text: string): GoSumLine[] {
  const lines: GoSumLine[] = [];
  for (const line of text.split("\n")) {
    const [path, version, h1, ...rest] = line.trim().split(/\s+/);
    if (path === undefined || version === undefined || h1 === undefined || rest.length > 0) continue;
    if (!h1.startsWith("h1:") || h1 === emptyGoMod) continue;
    const ofMod = version.endsWith("/go.mod");
    lines.push({
      path,
      version: ofMod ? version.slice(0, -"/go.mod".length) : version,
      kind: ofMod ? "mod" : "zip",
      h1,
    });
  }
  return lines;
}
