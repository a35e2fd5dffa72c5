import { brokenTransfers } from "./broken-transfers.js";
import { checksumDatabase } from "./checksum-database.js";
import { connections } from "./connections.js";
import type { FaultCase, FaultGroup } from "./fault-case.js";
import { ranges } from "./ranges.js";
import { refusals } from "./refusals.js";
import { wrongAnswers } from "./wrong-answers.js";

/** The whole suite. */
export const faultGroups: readonly FaultGroup[] = [
  brokenTransfers,
  ranges,
  wrongAnswers,
  refusals,
  connections,
  checksumDatabase,
];

/** The suite as docs/reliability.md has it. */
export function faultTable(): string {
  return faultGroups.map(sectionOf).join("\n");
}

function sectionOf({ title, cases }: FaultGroup): string {
  const head = "| case | exit code | what airgo says | afterwards |\n|---|---|---|---|\n";
  return `### ${title}\n\n${head}${cases.map(rowOf).join("")}`;
}

function rowOf({ name, exit, code, says = [], also }: FaultCase): string {
  const told = [code && `\`${code}\``, says[0]].filter((part) => part !== undefined).join(": ");
  const done = exit === 0 ? "the kit is made" : "nothing is changed";
  return `| ${cell(name)} | ${exit} | ${cell(told) || "–"} | ${cell([done, also?.text].filter(Boolean).join("; "))} |\n`;
}

function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}
