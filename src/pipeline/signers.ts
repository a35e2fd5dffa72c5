import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";

import type { Manifest } from "../manifest/schema.js";
import { developmentKey, loadSigningKey, type SigningKey } from "../signing/keys.js";
import { AirgoError, messageOf } from "../support/errors.js";
import type { RunContext } from "./context.js";

/** A key under the name that its signature files bear. */
export interface Signer {
  readonly name: string;
  readonly key: SigningKey;
}

/**
 * The signers of a kit, as the manifest names them. A kit that names none is signed with the project's development
 * key, which is made on first use.
 * @throws AIRGO_KEY_UNREADABLE, AIRGO_KEY_EXPOSED
 */
export async function signersOf(context: RunContext, manifest: Manifest, kitName: string): Promise<Signer[]> {
  const names = manifest.kits[kitName]?.sign ?? [];
  if (names.length === 0) return [await developmentSigner(context)];
  return Promise.all(
    names.map(async (name) => ({ name, key: await configuredKey(context, manifest, name) })),
  );
}

async function developmentSigner({ paths, emit }: RunContext): Promise<Signer> {
  const file = join(paths.state, "keys", "dev.pem");
  const key = await developmentKey(file);
  if (key.fresh) {
    const place = relative(paths.folder, file);
    const text = `made a development key, ${place}, sha256 ${key.fingerprint}: it proves nothing to others; name a signer in the manifest for kits that leave your hands`;
    emit({ type: "warning", stage: "seal", text });
  }
  return { name: "dev", key };
}

async function configuredKey(context: RunContext, manifest: Manifest, name: string): Promise<SigningKey> {
  const signer = manifest.signers[name];
  if (signer === undefined)
    throw new AirgoError("AIRGO_BUG", { what: `signer ${name} got past the manifest's checks` });
  const passphrase =
    signer.passphrase === undefined ? undefined : await secretOf(context, signer.passphrase, name);
  return loadSigningKey(resolve(context.paths.folder, signer.key.slice("file:".length)), passphrase);
}

/** Reads `env:NAME` or `file:PATH`; a file's last line feed does not count. */
async function secretOf({ env, paths }: RunContext, reference: string, signer: string): Promise<string> {
  const place = reference.slice(reference.indexOf(":") + 1);
  if (reference.startsWith("env:")) {
    const value = env[place];
    if (value !== undefined) return value;
    throw noPassphrase(signer, `the variable ${place}`, "it is not set");
  }
  return readFile(resolve(paths.folder, place), "utf8").then(
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
