import type { RunEvent } from "../../pipeline/events.js";
import { formatBytes, formatDuration } from "./format.js";
import { printable } from "./text.js";

type FinishedEvent = Extract<RunEvent, { type: "kit-finished" }>;
type TrafficEvent = Extract<RunEvent, { type: "traffic" }>;
type UnchangedEvent = Extract<RunEvent, { type: "kit-unchanged" }>;

const indent = "  ";
const nameWidth = "downloaded".length;
const stageWidth = 8;

/** The closing lines of a kit that was made: what, how big, how long, how much was downloaded, what to run next. */
export function summaryLines(event: FinishedEvent): string[] {
  return [
    "",
    `${printable(event.kit)}: made kit ${printable(event.id)}`,
    fact("folder", printable(event.folder)),
    fact("archive", printable(event.archive)),
    fact("size", `${formatBytes(event.bytes)} (${event.bytes} bytes)`),
    fact("sha256", printable(event.sha256)),
    fact("downloaded", event.downloadedBytes > 0 ? formatBytes(event.downloadedBytes) : "nothing"),
    ...event.signers.map(({ name, key }) => fact("signed by", `${printable(name)}, key ${printable(key)}`)),
    ...timeLines(event.stages),
    ...nextLines(event),
  ];
}

/** The one line of a kit that was already there: `starter: unchanged (id …, folder …) in 0.2 s`. */
export function unchangedLine(event: UnchangedEvent): string {
  const { kit, id, folder, ms } = event;
  return `${printable(kit)}: unchanged (id ${printable(id)}, folder ${printable(folder)}) in ${inSeconds(ms)}`;
}

/** What made the run slow: `fetched 512 files, 289 MB (1038 more from the store); longest: … (72.1 MB, 4.2 s), …`. */
export function trafficLine({ hits, misses, bytes, slowest }: TrafficEvent): string {
  const longest = slowest.map(
    (one) => `${printable(one.subject)} (${formatBytes(one.bytes)}, ${formatDuration(one.ms)})`,
  );
  return `fetched ${misses} files, ${formatBytes(bytes)} (${hits} more from the store); longest: ${longest.join(", ")}`;
}

function timeLines(stages: FinishedEvent["stages"]): string[] {
  const all = stages.reduce((sum, { ms }) => sum + ms, 0);
  const each = stages.map(({ stage, ms }) =>
    fact("", `${stage.padEnd(stageWidth)}${indent}${formatDuration(ms)}`),
  );
  return [fact("took", formatDuration(all)), ...each];
}

function nextLines({ nextSteps, signers, keyFile }: FinishedEvent): string[] {
  if (nextSteps.length === 0) return [];
  const file = printable(signers[0]?.file ?? "the public key");
  return [
    "",
    `Next, on the isolated host, in a copy of that folder, with ${file} (handed over another way) as ${printable(keyFile)}:`,
    ...nextSteps.map((command) => indent + printable(command)),
  ];
}

function fact(name: string, value: string): string {
  return `${indent}${name.padEnd(nameWidth)}${indent}${value}`;
}

/** A run that changed nothing is measured in tenths of a second: the line reads the same every night. */
function inSeconds(ms: number): string {
  if (ms < 100) return "under 0.1 s";
  return ms < 950 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms);
}
