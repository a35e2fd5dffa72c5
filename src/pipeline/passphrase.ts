import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { AirgoError, messageOf } from "../support/errors.js";

/**
 * Reads `env:NAME` or `file:PATH`, relative to the folder; a file's last line feed does not count.
 * @param signer whose it is, for the error
 * @throws AIRGO_KEY_UNREADABLE
 */
export async function passphraseOf(
  { env, folder }: { readonly env: NodeJS.ProcessEnv; readonly folder: string },
  reference: string,
  signer: string,
): Promise<string> {
  const place = reference.slice(reference.indexOf(":") + 1);
  if (reference.startsWith("env:")) {
    const value = env[place];
    if (value !== undefined) return value;
    throw noPassphrase(signer, `the variable ${place}`, "it is not set");
  }
  return readFile(resolve(folder, place), "utf8").then(
    (text) => text.replace(/\r?\n$/, ""),
    (error: unknown) => {
      throw noPassphrase(signer, place, messageOf(error));
    },
  );
}

function noPassphrase(signer: string, where: string, found: string): AirgoError {
  return new AirgoError("AIRGO_KEY_UNREADABLE", {
    what: `the passphrase of signer ${signer} cannot be read`,
    where,
    found,
    hint: "set it where this command runs; airgo never asks for it",
  });
}
