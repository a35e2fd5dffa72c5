import { AirgoError } from "../../support/errors.js";

const sizes = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;
const ages = { h: 3_600_000, d: 86_400_000 } as const;

/**
 * Bytes, of a text such as `10GB`.
 * @param option named in the error
 * @throws AIRGO_USAGE
 */
export function parseSize(text: string, option: string): number {
  return parse(text, sizes, {
    option,
    what: "a size",
    expected: "a whole number with B, kB, MB, GB or TB, such as 10GB (1 GB is 1,000,000,000 bytes)",
  });
}

/**
 * Milliseconds, of a text such as `30d`.
 * @param option named in the error
 * @throws AIRGO_USAGE
 */
export function parseAge(text: string, option: string): number {
  const expected = "a whole number with d (days) or h (hours), such as 30d";
  return parse(text, ages, { option, what: "an age", expected });
}

function parse(
  text: string,
  units: Readonly<Record<string, number>>,
  { option, what, expected }: { option: string; what: string; expected: string },
): number {
  const [, digits = "", unit = ""] = /^(\d{1,15})([A-Za-z]{1,2})$/.exec(text) ?? [];
  const value = Object.hasOwn(units, unit) ? Number(digits) * (units[unit] ?? Number.NaN) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new AirgoError("AIRGO_USAGE", {
    what: `${option} is not ${what}`,
    where: option,
    expected,
    found: JSON.stringify(text),
  });
}
