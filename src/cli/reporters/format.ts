/** What is counted: bytes are shown with decimal units, items as they are. */
export type Unit = "bytes" | "items";

const smallUnits = [
  { name: "kB", bytes: 1e3 },
  { name: "MB", bytes: 1e6 },
] as const;
const largestUnit = { name: "GB", bytes: 1e9 } as const;

/** Bytes with decimal units and three significant digits: `999 B`, `12.3 kB`, `1.00 GB`. */
export function formatBytes(bytes: number): string {
  const count = atLeastZero(bytes);
  if (count < 999.5) return `${Math.round(count)} B`;
  const unit = smallUnits.find(({ bytes }) => count / bytes < 999.5) ?? largestUnit;
  return `${threeDigits(count / unit.bytes)} ${unit.name}`;
}

/** A time that has passed: `850 ms`, `12.3 s`, `3 min 05 s`, `1 h 05 min`. */
export function formatDuration(ms: number): string {
  const time = atLeastZero(ms);
  if (time < 999.5) return `${Math.round(time)} ms`;
  if (time < 59_950) return `${(time / 1000).toFixed(1)} s`;
  return wholeSeconds(Math.round(time / 1000));
}

/** A rate: `12.3 MB/s`, or `4.20/s` for items. */
export function formatRate(perSecond: number, unit: Unit): string {
  return unit === "bytes" ? `${formatBytes(perSecond)}/s` : `${threeDigits(atLeastZero(perSecond))}/s`;
}

/** How long the rest takes at this rate, `12 s left`; undefined when that cannot be said or is of no use. */
export function formatTimeLeft(remaining: number, perSecond: number): string | undefined {
  const seconds = Math.ceil(remaining / perSecond);
  if (!(seconds >= 1 && seconds < 100 * 3600)) return undefined;
  return `${wholeSeconds(seconds)} left`;
}

/** How much of what: `12.3 of 45.6 MB`, `980 kB of 1.20 MB`, `7 of 60`; the total is left out while unknown. */
export function formatAmount(done: number, total: number | undefined, unit: Unit): string {
  const format = unit === "bytes" ? formatBytes : (count: number) => String(Math.round(atLeastZero(count)));
  const whole = total === undefined ? undefined : format(total);
  const part = format(done);
  if (whole === undefined) return part;
  const suffix = / \w+$/.exec(whole)?.[0] ?? "";
  return `${suffix !== "" && part.endsWith(suffix) ? part.slice(0, -suffix.length) : part} of ${whole}`;
}

/** The part that is done, from 0 to 1; undefined while the total is unknown. Nothing to do is all done. */
export function fractionOf(done: number, total: number | undefined): number | undefined {
  if (total === undefined || Number.isNaN(total)) return undefined;
  return total <= 0 ? 1 : Math.min(1, atLeastZero(done) / total);
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

function wholeSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  // Seconds say nothing beside hours; minutes are rounded down so that 60 min never shows.
  return `${Math.floor(seconds / 3600)} h ${twoDigits(Math.floor((seconds % 3600) / 60))} min`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** Clocks are set back and counters misreport: a display shows 0 then, never `-3 B` or `NaN`. */
function atLeastZero(value: number): number {
  return Number.isFinite(value) ? Math.max(0, value) : 0;
}
