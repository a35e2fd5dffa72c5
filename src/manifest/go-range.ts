/**
 * What `go:` of a kit may say. The patterns here and in the files beside are used for checking and, word for word, in
 * the JSON Schema, so they keep to what every regular expression engine of an editor knows.
 */
export const goRangePattern = /^(stable|oldstable|1\.(0|[1-9]\d*)(\.(x|0|[1-9]\d*)|(rc|beta)[1-9]\d*)?)$/;

/** `1.27` means `1.27.x`; every other range is given back as it is. */
export function normaliseGoRange(range: string): string {
  return /^1\.\d+$/.test(range) ? `${range}.x` : range;
}

/** What to do about a text that is no range, where its writer's intention is plain. */
export function goRangeHint(text: string): string | undefined {
  if (text === "latest") return 'did you mean "stable"?';
  const bare = text
    .replace(/^(go|v|[~^]|=)\s*/i, "")
    .replace(/\.\*$/, ".x")
    .toLowerCase();
  return bare !== text && goRangePattern.test(bare) ? `did you mean "${bare}"?` : undefined;
}
