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
  const time = fields["Time"];
  const timeIsFine = time === undefined || (typeof time === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(time));
  if (version !== expectedVersion || !timeIsFine) {
    throw new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
      what: "the answer does not describe the version asked for",
      where,
      expected: `a JSON object with Version "${expectedVersion}" and an RFC 3339 Time`,
      found: data.toString("utf8", 0, 200),
    });
  }
  return { version, ...(time === undefined ? {} : { time }) };
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
export function canonicalInfo(info: { readonly version: string; readonly time?: string | undefined }): string {
  return JSON.stringify({ Version: info.version, ...(info.time === undefined ? {} : { Time: info.time }) });
}
