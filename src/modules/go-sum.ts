import type { ModuleVersion } from "./module-version.js";

/** One line of a go.sum: the `h1:` of a module's zip or of its go.mod. */
export interface GoSumLine extends ModuleVersion {
  readonly kind: "zip" | "mod";
  readonly h1: string;
}

/** Reads a go.sum (https://go.dev/ref/mod#go-sum-files). Lines of another form, or of another hash, are left out, as Go does. */
export function parseGoSum(text: string): GoSumLine[] {
  const lines: GoSumLine[] = [];
  for (const line of text.split("\n")) {
    const [path, version, h1, ...rest] = line.trim().split(/\s+/);
    if (path === undefined || version === undefined || h1 === undefined || rest.length > 0 || !h1.startsWith("h1:")) continue;
    const ofMod = version.endsWith("/go.mod");
    lines.push({ path, version: ofMod ? version.slice(0, -"/go.mod".length) : version, kind: ofMod ? "mod" : "zip", h1 });
  }
  return lines;
}
