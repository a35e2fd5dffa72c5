/** A module path or version as it stands in a URL: `A` is `!a` (go.dev/ref/mod#goproxy-protocol). */
export function escapeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

const pseudo = /^v\d+\.(0\.0-|\d+\.\d+-([^+]*\.)?0\.)\d{14}-[A-Za-z0-9]+(\+incompatible)?$/;

/** True for a version that stands for a commit; `@v/list` leaves such versions out. */
export function isPseudoVersion(version: string): boolean {
  return pseudo.test(version);
}

/** Order of module versions as in semver, for `list`, `@latest` and go.sum. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  for (const [i, part] of left.core.entries()) {
    const difference = part - (right.core[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePrerelease(left.prerelease, right.prerelease);
}

/** The version `@latest` answers: the highest release, else the highest prerelease, else the newest commit. */
export function latestOf(versions: readonly string[]): string | undefined {
  const sorted = versions.toSorted(compareVersions);
  const release = sorted.findLast((version) => !version.includes("-"));
  return release ?? sorted.findLast((version) => !isPseudoVersion(version)) ?? sorted.at(-1);
}

function parse(version: string): { core: number[]; prerelease: string[] } {
  const [, core = "", prerelease = ""] = /^v([\d.]+)(?:-([^+]*))?/.exec(version) ?? [];
  return { core: core.split(".").map(Number), prerelease: prerelease === "" ? [] : prerelease.split(".") };
}

function comparePrerelease(a: string[], b: string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = compareIdentifiers(a[i], b[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const [numericA, numericB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numericA && numericB) return Number(a) - Number(b);
  if (numericA !== numericB) return numericA ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
