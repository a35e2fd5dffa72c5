import type { SharedDirectives } from "../modules/mod-file-rules.js";
import { AirgoError, type ErrorDetails } from "../support/errors.js";
import { compareGoVersionTexts, lineOf, parseGoVersion } from "./version.js";

/** A `go` or `toolchain` line of a go.mod or go.work that the manifest lists. */
export interface GoLine {
  /** The file, as the manifest names it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly verb: "go" | "toolchain";
  /** What follows the verb: `1.27`, `go1.27.3-corp`, `default`. */
  readonly text: string;
}

/** A line that no version of a kit is new enough for. */
export interface TooNewLine extends GoLine {
  /** The oldest Go version that would do. */
  readonly wanted: string;
}

/** The lines of a file that speak of Go versions. */
export function goLinesOf(file: string, said: Pick<SharedDirectives, "go" | "toolchain">): GoLine[] {
  const lines: GoLine[] = [];
  if (said.go !== undefined) lines.push({ file, line: said.go.line, verb: "go", text: said.go.version });
  if (said.toolchain !== undefined)
    lines.push({ file, line: said.toolchain.line, verb: "toolchain", text: said.toolchain.name });
  return lines;
}

/**
 * The lines that ask for a newer Go than the newest of `versions` (https://go.dev/doc/toolchain). An older line never
 * makes go switch, so one version that is new enough does for all. What is no Go version is left for go to refuse.
 */
export function tooNewLines(lines: readonly GoLine[], versions: readonly string[]): TooNewLine[] {
  const newest = newestOf(versions);
  return lines.flatMap((line) => {
    const wanted = wantedBy(line);
    const isTooNew = wanted !== undefined && compareGoVersionTexts(wanted, newest ?? "") > 0;
    return isTooNew ? [{ ...line, wanted }] : [];
  });
}

/** Undefined for `default`, which goes with any Go, and for what go would refuse. */
function wantedBy({ verb, text }: GoLine): string | undefined {
  if (verb === "go") return parseGoVersion(text) === undefined ? undefined : text;
  // Builders mark their own toolchains by a suffix, which does not count for the order.
  const [name = ""] = text.split("-", 1);
  const isName = name.startsWith("go") && !/[/\\]/.test(text);
  const version = name.slice("go".length);
  return isName && parseGoVersion(version) !== undefined ? version : undefined;
}

function newestOf(versions: readonly string[]): string | undefined {
  return versions.toSorted(compareGoVersionTexts).at(-1);
}

/** A kit's Go versions, such as `1.27.3`, and the lines that they are held against. */
export interface KitLines {
  readonly kit: string;
  readonly lines: readonly GoLine[];
  readonly versions: readonly string[];
}

/**
 * Makes sure that every kit has a Go for each of its lines.
 * @throws AIRGO_GO_LINE_TOO_NEW that lists every line of every kit whose Go is too old for it
 */
export function requireGoLines(kits: readonly KitLines[]): void {
  const complaints = kits.flatMap(complaintsOf);
  const [first] = complaints;
  if (first === undefined) return;
  const { kit: _, ...alone } = first;
  const details = complaints.length === 1 ? alone : together(complaints);
  throw new AirgoError("AIRGO_GO_LINE_TOO_NEW", details);
}

/** What is wrong with one kit, in the words of an error. */
interface Complaint extends Required<Omit<ErrorDetails, "cause" | "again">> {
  readonly kit: string;
}

/** None or one. */
function complaintsOf({ kit, lines, versions }: KitLines): Complaint[] {
  const tooNew = tooNewLines(lines, versions);
  const wanted = newestOf(tooNew.map((line) => line.wanted));
  if (wanted === undefined) return [];
  const count = tooNew.length === 1 ? "a line asks" : `${tooNew.length} lines ask`;
  return [
    {
      kit,
      what: `${count} for a newer Go than kit ${kit} has`,
      where: tooNew.map(({ file, line, verb, text }) => `${file}:${line}: ${verb} ${text}`).join("\n"),
      expected: `Go ${wanted} or newer in the kit`,
      found: versions.toSorted((a, b) => compareGoVersionTexts(b, a)).join(", "),
      hint: `${remedy(kit, wanted, versions)}, or lower the line${tooNew.length === 1 ? "" : "s"}`,
    },
  ];
}

/** One error for several kits: each line says which kit it is about. */
function together(complaints: readonly Complaint[]): ErrorDetails {
  const perKit = (fact: "where" | "expected" | "found" | "hint"): string =>
    complaints.flatMap((one) => one[fact].split("\n").map((line) => `kit ${one.kit}: ${line}`)).join("\n");
  return {
    what: `${complaints.length} kits have no Go that is new enough:\n${complaints.map(({ what }) => `  ${what}`).join("\n")}`,
    where: perKit("where"),
    expected: perKit("expected"),
    found: perKit("found"),
    hint: perKit("hint"),
  };
}

function remedy(kit: string, wanted: string, versions: readonly string[]): string {
  // A range stands for releases only.
  const range = parseGoVersion(wanted)?.pre === undefined ? `${lineOf(wanted)}.x` : wanted;
  const hasLine = versions.some((version) => lineOf(version) === lineOf(wanted));
  return hasLine
    ? `run with --update go when "${range}" is in go: of kit ${kit}, else write it there`
    : `add "${range}" to go: of kit ${kit}`;
}
