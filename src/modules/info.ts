import { AirgoError } from "../support/errors.js";

/** What an `.info` file says of a version (https://go.dev/ref/mod#goproxy-protocol). */
export interface VersionInfo {
  readonly version: string;
  /** RFC 3339; absent where the proxy knows none. */
  readonly time?: string;
}

/**
 * Reads an `.info` answer.
 * @throws AIRGO_UPSTREAM_MALFORMED unless it is a JSON object that speaks of exactly this version
 */
export function parseInfo(data: Buffer, expectedVersion: string, where: string): VersionInfo {
  const fields = parseObject(data.toString("utf8"));
  const version = fields["Version"];
  const time = fields["Time"] ?? undefined;
  if (version !== expectedVersion || (time !== undefined && !isTime(time))) {
    throw new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
      what: "the answer does not describe the version asked for",
      where,
      expected: `a JSON object with Version "${expectedVersion}" and an RFC 3339 Time`,
      found: data.toString("utf8", 0, 200),
    });
  }
  return { version, ...(time === undefined ? {} : { time }) };
}

/** RFC 3339 as strictly as Go reads it (time.Time, UnmarshalJSON): an isolated host fails on any other. */
function isTime(value: unknown): value is string {
  const form =
    /^(\d{4})-(0[1-9]|1[0-2])-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
  const [, year, month, day] = (typeof value === "string" && form.exec(value)) || [];
  if (year === undefined) return false;
  const lastDay = new Date(0);
  // Day 0 of the next month; setUTCFullYear, because the constructor takes the years 0 to 99 for 1900 and later.
  lastDay.setUTCFullYear(Number(year), Number(month), 0);
  return Number(day) >= 1 && Number(day) <= lastDay.getUTCDate();
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/**
 * The `.info` file as kits carry it: Version and Time only, always written the same way. The checksum database does
 * not cover `.info` files and mirrors differ in them, so kits never carry a mirror's own.
 */
export function canonicalInfo(info: {
  readonly version: string;
  readonly time?: string | undefined;
}): string {
  return JSON.stringify({ Version: info.version, ...(info.time === undefined ? {} : { Time: info.time }) });
}
