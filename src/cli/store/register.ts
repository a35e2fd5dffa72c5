import { Option, type Command } from "commander";

import type { PruneOptions } from "./prune-job.js";

const json = ["--json", "one line of JSON, on standard output"] as const;

/**
 * Adds `airgo store` and its verbs. Each is loaded when it is called.
 * @param end told the exit code
 */
export function registerStore(program: Command, end: (exitCode: number) => void): void {
  const store = program
    .command("store")
    .description("look after the store: the cache of all that was fetched, shared by all projects of a user")
    .addHelpText("after", "\nIt lies in $XDG_CACHE_HOME/airgo, else in ~/.cache/airgo.");

  store
    .command("ls")
    .description("what the store holds, and what takes the most space")
    .option(...json)
    .action(async (options: { json?: boolean }) =>
      end(await (await import("./ls-command.js")).lsCommand(options)),
    );

  store
    .command("verify")
    .description("read everything and hold it to its digest; what is damaged is set aside (exit code 8)")
    .option(...json)
    .action(async (options: { json?: boolean }) =>
      end(await (await import("./verify-command.js")).verifyCommand(options)),
    );

  store
    .command("prune")
    .description("say what can be freed, and with --yes free it; never what was used within the last hour")
    .option(
      "--keep-locked <lock...>",
      "keep what these locks need (default: bundles.lock and bundles.*.lock here)",
    )
    .option("--max-size <size>", "free the least recently used until the store fits, such as 10GB")
    .option("--older-than <age>", "free what was not used for so long, such as 30d or 12h")
    .addOption(new Option("--dry-run", "free nothing (the default)").conflicts("yes"))
    .option("--yes", "free it")
    .option(...json)
    .action(async (options: PruneOptions) =>
      end(await (await import("./prune-command.js")).pruneCommand(options)),
    );
}
