/**
 * Go's own version numbers: `1.27.3`, `1.27rc1`, `1.27`. They are not semantic versions, so they have their own order
 * (https://go.dev/doc/toolchain#version).
 */
export interface GoVersion {
  readonly major: number;
  readonly minor: number;
  /**
   * -1 for a language version without patch level, such as `1.27`, and for a pre-release. Up to 1.20 there was no
   * such distinction: the first release of a line was called `1.20`, and counts as patch 0.
   */
  readonly patch: number;
  /** `rc` or `beta` with its number; undefined for a release. */
  readonly pre: { readonly kind: "beta" | "rc"; readonly number: number } | undefined;
}

/** Go 1.21.0; Go 1.20 was followed by Go 1.20.1. */
const firstWithPatchZero = 21;

/** Reads a Go version without the leading `go`, as strictly as Go does; undefined when it is none. */
export function parseGoVersion(text: string): GoVersion | undefined {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*)|(beta|rc)(0|[1-9]\d*))?$/.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, kind, number] = match;
  return {
    major: Number(major),
    minor: Number(minor),
    patch:
      patch !== undefined ? Number(patch) : kind === undefined && Number(minor) < firstWithPatchZero ? 0 : -1,
    pre: kind === undefined ? undefined : { kind: kind as "beta" | "rc", number: Number(number) },
  };
}

/** Oldest first: 1.27 < 1.27beta1 < 1.27rc1 < 1.27.0, but 1.20rc1 < 1.20. */
export function compareGoVersions(a: GoVersion, b: GoVersion): number {
  return (
    a.major - b.major ||
    a.minor - b.minor ||
    a.patch - b.patch ||
    preRank(a) - preRank(b) ||
    (a.pre?.number ?? 0) - (b.pre?.number ?? 0)
  );
}

function preRank(version: GoVersion): number {
  if (version.pre === undefined) return 0;
  return version.pre.kind === "beta" ? 1 : 2;
}

/** Compares two version texts that are known to be well-formed; others sort as oldest. */
export function compareGoVersionTexts(a: string, b: string): number {
  const [left, right] = [parseGoVersion(a), parseGoVersion(b)];
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  return compareGoVersions(left, right);
}

/**
 * The versions of `available` that a range of the manifest allows, newest first: an exact version, `1.27.x` or `1.27`
 * (its releases), `stable` (releases of the newest line), `oldstable` (releases of the line before).
 */
export function candidates(range: string, available: readonly string[]): string[] {
  const newestFirst = available
    .filter((text) => parseGoVersion(text) !== undefined)
    .sort((a, b) => compareGoVersionTexts(b, a));
  const isLine = /^\d+\.\d+$/.test(range);
  if (!isLine && parseGoVersion(range) !== undefined) return newestFirst.filter((text) => text === range);
  const line = wantedLine(range, newestFirst.filter(isRelease));
  return line === undefined ? [] : newestFirst.filter((text) => isRelease(text) && lineOf(text) === line);
}

function wantedLine(range: string, releases: readonly string[]): string | undefined {
  if (range !== "stable" && range !== "oldstable") return range.replace(/\.x$/, "");
  const lines = [...new Set(releases.map(lineOf))];
  return range === "stable" ? lines[0] : lines[1];
}

function isRelease(text: string): boolean {
  const version = parseGoVersion(text);
  return version !== undefined && version.pre === undefined && version.patch !== -1;
}

/** The line of a release: `1.27` of `1.27.3`. */
export function lineOf(text: string): string {
  const version = parseGoVersion(text) as GoVersion;
  return `${version.major}.${version.minor}`;
}
