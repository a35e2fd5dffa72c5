/** One command of a rehearsal, as it ran. */
export interface RehearsedCommand {
  /** What it shows, such as `go mod download of services/api/go.mod, without its go.sum`. */
  readonly shows: string;
  readonly argv: readonly string[];
  readonly exitCode: number;
  readonly ms: number;
  /** The end of what it printed. */
  readonly output: string;
}

export interface Transcript {
  readonly kit: string;
  readonly id: string;
  readonly airgo: string;
  readonly isolation: "strong" | "weak";
  readonly sandbox: string;
  /** The machine, such as `linux amd64`. */
  readonly machine: string;
  readonly commands: readonly RehearsedCommand[];
}

/** rehearsal.json */
export function transcriptJson(transcript: Transcript): string {
  return `${JSON.stringify(transcript, null, 2)}\n`;
}

/** rehearsal.txt: the same for people. */
export function transcriptText(transcript: Transcript): string {
  const head = [
    `Rehearsal of kit ${transcript.kit} ${transcript.id} by airgo ${transcript.airgo}`,
    `Isolation: ${transcript.isolation} (${transcript.sandbox}), on ${transcript.machine}`,
  ];
  const commands = transcript.commands.flatMap((command) => [
    "",
    `${command.exitCode === 0 ? "passed" : `FAILED (exit code ${command.exitCode})`}: ${command.shows} (${(command.ms / 1000).toFixed(1)} s)`,
    `  $ ${command.argv.join(" ")}`,
    ...command.output
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => `    ${line}`),
  ]);
  return `${[...head, ...commands].join("\n")}\n`;
}
