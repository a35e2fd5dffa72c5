/**
 * Go's own version numbers: `1.27.3`, `1.27rc1`, `1.27`. They are not semantic versions, so they have their own order
 * (https://go.dev/doc/toolchain#version).
 */
export interface GoVersion {
  readonly major: number;
  readonly minor: number;
  /** -1 for a language version without patch level, such as `1.27` */
  readonly patch: number;
  /** `rc` or `beta` with its number; undefined for a release. */
  readonly pre: { readonly kind: "beta" | "rc"; readonly number: number } | undefined;
}

/** Reads a Go version without the leading `go`; undefined when it is none. */
export function parseGoVersion(text: string): GoVersion | undefined {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?(?:(beta|rc)(0|[1-9]\d*))?$/.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, kind, number] = match;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: patch === undefined ? -1 : Number(patch),
    pre: kind === undefined ? undefined : { kind: kind as "beta" | "rc", number: Number(number) },
  };
}

/** Oldest first. A pre-release comes before its release: 1.27beta1 < 1.27rc1 < 1.27.0. */
export function compareGoVersions(a: GoVersion, b: GoVersion): number {
  return (
    a.major - b.major ||
    a.minor - b.minor ||
    patchRank(a) - patchRank(b) ||
    preRank(a) - preRank(b) ||
    (a.pre?.number ?? 0) - (b.pre?.number ?? 0)
  );
}

/** A pre-release without patch level (1.27rc1) belongs before patch 0, and behind the bare language version. */
function patchRank(version: GoVersion): number {
  return version.patch;
}

function preRank(version: GoVersion): number {
  if (version.pre === undefined) return version.patch === -1 ? 0 : 3;
  return version.pre.kind === "beta" ? 1 : 2;
}

/** Compares two version texts that are known to be well-formed; others sort as oldest. */
export function compareGoVersionTexts(a: string, b: string): number {
  const [left, right] = [parseGoVersion(a), parseGoVersion(b)];
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
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
  const exact = parseGoVersion(range);
  if (exact !== undefined && (exact.patch !== -1 || exact.pre !== undefined)) return newestFirst.filter((text) => text === range);
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

/** `1.27` of `1.27.3`. */
function lineOf(text: string): string {
  const version = parseGoVersion(text) as GoVersion;
  return `${version.major}.${version.minor}`;
}
