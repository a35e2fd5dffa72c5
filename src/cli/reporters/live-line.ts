import { formatAmount, formatDuration, formatRate, formatTimeLeft, fractionOf } from "./format.js";
import { ratePerSecond } from "./meter.js";
import type { RunningStage, Track } from "./running-stages.js";
import { fit, printable, visibleWidth } from "./text.js";

const stageWidth = 8;
const barCells = 10;
const gap = "  ";
/** A label shorter than this says nothing. */
const shortestLabel = 8;
const reservedForLabel = 14;
/** An estimate that comes sooner jumps about; work that ends sooner needs none. */
const estimateAfterMs = 3000;

/** The line that shows a running stage, at most `width` columns wide. */
export function liveLine(running: RunningStage, at: number, width: number): string {
  const name = running.stage.padEnd(stageWidth);
  const track = running.shown === undefined ? undefined : running.tracks.get(running.shown);
  if (track === undefined) {
    const elapsed = at - running.startedAt;
    return fit(elapsed < 1000 ? running.stage : `${name}${gap}${formatDuration(elapsed)}`, width);
  }
  const label = printable(track.label);
  const facts = factsThatFit(
    name,
    track,
    at,
    width - Math.min(visibleWidth(label), reservedForLabel) - gap.length,
  );
  const room = width - visibleWidth(facts) - gap.length;
  if (label === "" || room < Math.min(shortestLabel, visibleWidth(label))) return fit(facts, width);
  return `${facts}${gap}${fit(label, room)}`;
}

/** On a narrow terminal the bar goes first, then the rate, then the time left. */
function factsThatFit(name: string, track: Track, at: number, width: number): string {
  const { done, total, unit } = track;
  const fraction = fractionOf(done, total);
  const rate = ratePerSecond(track.meter, at);
  const amount = formatAmount(done, total, unit);
  const speed = rate === undefined || fraction === 1 ? undefined : formatRate(rate, unit);
  const left = timeLeft(track, rate, at);
  const bar = fraction === undefined ? undefined : barOf(fraction);
  const layouts = [
    [name, bar, amount, speed, left],
    [name, amount, speed, left],
    [name, amount, left],
  ].map(joined);
  return layouts.find((line) => visibleWidth(line) <= width) ?? joined([name, amount]);
}

function timeLeft(
  { done, total, startedAt }: Track,
  rate: number | undefined,
  at: number,
): string | undefined {
  if (total === undefined || rate === undefined || at - startedAt < estimateAfterMs) return undefined;
  return formatTimeLeft(total - done, rate);
}

function barOf(fraction: number): string {
  const filled = Math.floor(fraction * barCells);
  return `[${"#".repeat(filled)}${".".repeat(barCells - filled)}]`;
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(gap);
}
