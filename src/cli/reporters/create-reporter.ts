import { createJsonReporter } from "./json.js";
import { createPlainReporter } from "./plain.js";
import type { Outputs, Reporter } from "./reporter.js";
import { createTerminalReporter, type Every } from "./terminal.js";

/** `auto` looks at where stderr goes; the others are as the command line says. */
export type ReporterMode = "auto" | "json" | "plain";

export interface ReporterOptions extends Outputs {
  readonly mode: ReporterMode;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The timer of the live line; a test passes its own. */
  readonly every?: Every;
}

/**
 * The reporter for a mode. Result lines go to stdout, everything else to stderr; in json mode all events go to stdout.
 * The caller calls `end` however the run ends, so that no live line is left behind.
 */
export function createReporter({ mode, env, every = everyInterval, ...outputs }: ReporterOptions): Reporter {
  if (mode === "json") return createJsonReporter(outputs);
  if (mode === "plain" || !isInteractive(outputs, env)) return createPlainReporter(outputs);
  return createTerminalReporter({ ...outputs, every, colour: (env["NO_COLOR"] ?? "") === "" });
}

/** Some CI services attach a pseudo-terminal to a log, and a dumb terminal has no way to erase a line. */
export function isInteractive({ stderr }: Pick<Outputs, "stderr">, env: ReporterOptions["env"]): boolean {
  const ci = env["CI"] ?? "";
  return stderr.isTTY === true && env["TERM"] !== "dumb" && (ci === "" || ci === "false");
}

/** Does not keep the process alive: the run does that, or it is over. */
function everyInterval(ms: number, tick: () => void): () => void {
  const timer = setInterval(tick, ms).unref();
  return () => clearInterval(timer);
}
