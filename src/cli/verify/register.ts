import type { Command } from "commander";

import type { VerifyOptions } from "./verify-command.js";

/**
 * Adds `airgo verify`.
 * @param end told the exit code
 */
export function registerVerify(program: Command, end: (exitCode: number) => void): void {
  program
    .command("verify")
    .description("verify a finished kit, without a network, and leave a receipt")
    .argument("<kit>", "the folder that is carried, kits/<name>/latest, or the .tar in it")
    .option("--key <file>", "a public key to trust, or a folder of them; may be given again", collect, [])
    .option("--require <signers>", "signers who must all have signed, joined by commas")
    .option("--require-sm", "an SM2 signature must be among those that verify")
    .option("--expect-sha256 <hex>", "the SHA-256 of the kit's SHA256SUMS, told by another way")
    .option("--insecure-no-signature", "ask nobody to vouch for the kit: check only that it is whole")
    .option("--enforce-expiry", "refuse a kit whose last day is over (else a warning)")
    .option("--receipt <file>", "where the receipt goes (default: $XDG_STATE_HOME/airgo/receipts)")
    .option("--json", "the receipt as one line of JSON, on standard output")
    .action(async (kit: string, options: VerifyOptions) =>
      end(await (await import("./verify-command.js")).verifyCommand(kit, options)),
    );
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
