import { Option, type Command } from "commander";

import { keyKinds } from "../../signing/key-kinds.js";
import type { KeygenOptions } from "./keygen-command.js";
import type { SignOptions } from "./sign-command.js";

/**
 * Adds `airgo keygen` and `airgo sign`. Each is loaded when it is called.
 * @param end told the exit code
 */
export function registerSigning(program: Command, end: (exitCode: number) => void): void {
  program
    .command("keygen")
    .description("make a key to sign kits with, and say how the manifest names it")
    .argument("<name>", "what the signer is called: a-z, 0-9 and -")
    .addOption(new Option("--type <type>", "the kind of key").choices(keyKinds).default("ecdsa-p256"))
    .option("--folder <folder>", "where its files are written", "secrets")
    .option("--passphrase <where>", "encrypt the private key: env:NAME or file:PATH has the passphrase")
    .action(async (name: string, options: KeygenOptions) =>
      end(await (await import("./keygen-command.js")).keygenCommand(name, options)),
    );

  program
    .command("sign")
    .description("add a signature to a finished kit, after verifying the kit; its archive stays as it is")
    .argument("<folder>", "the kit's folder, such as kits/starter/latest")
    .requiredOption("--signer <name>", "a signer of the manifest")
    .option("-f, --file <manifest>", "the manifest", "bundles.yaml")
    .option("--profile <name>", "merge a profile of the manifest over it")
    .option("--receipt <file>", "where the receipt is written (default: under ~/.local/state/airgo/receipts)")
    .option("--json", "the receipt as one line of JSON, on standard output")
    .action(async (folder: string, options: SignOptions) =>
      end(await (await import("./sign-command.js")).signCommand(folder, options)),
    );
}
