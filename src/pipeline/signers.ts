import { join, relative, resolve } from "node:path";

import type { CommandSignerSpec, KeySignerSpec, Manifest } from "../manifest/schema.js";
import { checkProgram, commandSigner } from "../signing/command-signer.js";
import { developmentKey } from "../signing/development-key.js";
import type { DocumentSigner } from "../signing/document-signer.js";
import { loadSigner } from "../signing/load-signer.js";
import { readKeyFile } from "../signing/trusted-keys.js";
import { AirgoError } from "../support/errors.js";
import type { RunContext } from "./context.js";
import { passphraseOf } from "./passphrase.js";

/** What making signers needs of a run. */
export interface SignerContext extends Pick<
  RunContext,
  "env" | "now" | "run" | "signal" | "temporaryFolder"
> {
  /** The manifest's: its relative paths start here. */
  readonly folder: string;
}

/**
 * The signers of a kit, as the manifest names them. A kit that names none is signed with the project's development
 * key, which is made on first use.
 * @throws AIRGO_KEY_UNREADABLE, AIRGO_KEY_EXPOSED, AIRGO_SIGNER_FAILED when a signer's program is not there
 */
export async function signersOf(
  context: RunContext,
  manifest: Manifest,
  kitName: string,
): Promise<DocumentSigner[]> {
  const names = manifest.kits[kitName]?.sign ?? [];
  if (names.length === 0) return [await developmentSigner(context)];
  const signing = { ...context, folder: context.paths.folder };
  const signers = await Promise.all(names.map((name) => configuredSigner(signing, manifest, name)));
  warnOfTwins(context, signers);
  return signers;
}

/** Whoever checks a kit counts one key once, whatever its signatures are called. */
function warnOfTwins({ emit }: RunContext, signers: readonly DocumentSigner[]): void {
  const first = new Map<string, string>();
  for (const { publicKey } of signers) {
    const twin = first.get(publicKey.id);
    if (twin === undefined) first.set(publicKey.id, publicKey.name);
    else {
      const text = `signers ${twin} and ${publicKey.name} have the same key: they count as one`;
      emit({ type: "warning", stage: "seal", text });
    }
  }
}

async function developmentSigner({ paths, emit, now }: RunContext): Promise<DocumentSigner> {
  const file = join(paths.state, "keys", "dev.pem");
  const { signer, fresh } = await developmentKey({ name: "dev", file, now });
  if (fresh) {
    const place = relative(paths.folder, file);
    const text = `made a development key, ${place}, ${signer.publicKey.id}: it proves nothing to others; name a signer in the manifest for kits that leave your hands`;
    emit({ type: "warning", stage: "seal", text });
  }
  return signer;
}

/**
 * A signer of the manifest.
 * @throws as signersOf; AIRGO_USAGE when the manifest has none of that name
 */
export async function configuredSigner(
  context: SignerContext,
  manifest: Manifest,
  name: string,
): Promise<DocumentSigner> {
  const signer = Object.hasOwn(manifest.signers, name) ? manifest.signers[name] : undefined;
  if (signer === undefined) throw unknownSigner(name, Object.keys(manifest.signers));
  return signer.type === "command" ? programSigner(context, signer, name) : keySigner(context, signer, name);
}

async function keySigner(context: SignerContext, spec: KeySignerSpec, name: string): Promise<DocumentSigner> {
  const passphrase =
    spec.passphrase === undefined ? undefined : await passphraseOf(context, spec.passphrase, name);
  const file = fileOf(context, spec.key);
  return loadSigner({ name, kind: spec.type, file, passphrase, now: context.now });
}

/** Its program is looked for at once; asked it is only when there is something to sign. */
async function programSigner(
  context: SignerContext,
  spec: CommandSignerSpec,
  name: string,
): Promise<DocumentSigner> {
  const { folder: cwd, run, env, signal, temporaryFolder } = context;
  const publicKey = { ...(await readKeyFile(fileOf(context, spec.public))), name };
  const command = {
    name,
    argv: spec.command,
    publicKey,
    run,
    cwd,
    env,
    temporaryFolder,
    signal,
  };
  await checkProgram(command);
  return commandSigner(command);
}

/** `file:PATH`, relative to the manifest. */
function fileOf({ folder }: SignerContext, reference: string): string {
  return resolve(folder, reference.slice("file:".length));
}

function unknownSigner(name: string, known: readonly string[]): AirgoError {
  return new AirgoError("AIRGO_USAGE", {
    what: `the manifest has no signer "${name}"`,
    expected: known.join(" or ") || "a signer under `signers:`",
    found: name,
    hint: "name a signer of the manifest",
  });
}
