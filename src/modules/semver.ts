/**
 * Compares module versions by semantic versioning, as `@v/list` is sorted (https://go.dev/ref/mod#versions). Build
 * metadata such as `+incompatible` does not count, except to tell two equal ones apart.
 */
export function compareModuleVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  for (let i = 0; i < 3; i++) {
    const difference = compareNumbers(left.numbers[i] ?? "0", right.numbers[i] ?? "0");
    if (difference !== 0) return difference;
  }
  return comparePre(left.pre, right.pre) || compareTexts(a, b);
}

function split(version: string): { numbers: string[]; pre: string[] } {
  const [core = "", ...rest] = (version.split("+")[0] ?? "").slice(1).split("-");
  return { numbers: core.split("."), pre: rest.length === 0 ? [] : rest.join("-").split(".") };
}

/** A release comes after its pre-releases; numbers before words; a longer list after its beginning. */
function comparePre(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left, right] = [a[i] as string, b[i] as string];
    const [leftIsNumber, rightIsNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1;
    const difference = leftIsNumber ? compareNumbers(left, right) : compareTexts(left, right);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Decimal texts of any length: pseudo-versions hold 14 digits, and nothing limits them. */
function compareNumbers(a: string, b: string): number {
  return a.length - b.length || compareTexts(a, b);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
