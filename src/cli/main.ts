#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";

import { asAirgoError, failureEvent } from "../pipeline/failure-event.js";
import { exitCodes } from "../support/exit-codes.js";
import type { BundleOptions } from "./bundle-command.js";
import { packageVersion } from "./program.js";
import { createReporter, type ReporterMode } from "./reporters/create-reporter.js";
import { registerSigning } from "./signing/register.js";
import { registerStore } from "./store/register.js";
import { registerVerify } from "./verify/register.js";

/** argv to command to exit code: the only place that prints errors and ends the process. */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = new Command("airgo")
    .description("Builds signed air-gapped Go kits from bundles.yaml.")
    .version(await packageVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) })
    .showHelpAfterError("run `airgo --help` for the commands and options");

  program
    .command("bundle", { isDefault: false })
    .description("build the kits of the manifest (all of them, or those named)")
    .argument("[kit...]", "names of kits")
    .option("-f, --file <manifest>", "the manifest", "bundles.yaml")
    .option("--profile <name>", "merge a profile of the manifest over it")
    .addOption(new Option("--update [what]", "move the lock").choices(["all", "go", "modules"]).preset("all"))
    .option("--frozen", "refuse to write or move the lock (the default when CI is set)")
    .option("--no-frozen", "allow it although CI is set")
    .option("--offline", "fetch nothing: build what the lock names from the store, and only read that")
    .option("--report <file>", "write what was done, fetched and waited for into a file, as JSON")
    .option("--json", "one event per line, as JSON, on standard output")
    .option("--plain", "plain lines, also on a terminal")
    .action(async (kits: string[], options: BundleOptions) => {
      // Commands are loaded when they are called: what one needs should not delay another.
      const { bundleCommand } = await import("./bundle-command.js");
      exitCode = await bundleCommand(kits, options);
    });

  program
    .command("schema")
    .description("print the JSON Schema of the manifest")
    .action(async () => {
      const { schemaCommand } = await import("./schema-command.js");
      schemaCommand(process.stdout);
    });

  const end = (code: number): void => {
    exitCode = code;
  };
  registerStore(program, end);
  registerSigning(program, (code) => {
    exitCode = code;
  });
  registerVerify(program, end);

  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    return report(error, reporterMode(argv));
  }
}

function reporterMode(argv: readonly string[]): ReporterMode {
  if (argv.includes("--json")) return "json";
  return argv.includes("--plain") ? "plain" : "auto";
}

function report(error: unknown, mode: ReporterMode): number {
  const known = asAirgoError(error);
  const { stdout, stderr, env } = process;
  const reporter = createReporter({ mode, stdout, stderr, env, now: Date.now });
  reporter.emit(failureEvent(known));
  reporter.end();
  if (env["AIRGO_DEBUG"]) stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return known.exitCode;
}

process.exitCode = await main(process.argv.slice(2));
