import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Lock } from "../lock/schema.js";
import { parseLock } from "../lock/text.js";
import type { Manifest } from "../manifest/schema.js";
import { AirgoError } from "../support/errors.js";
import { exitCodes } from "../support/exit-codes.js";
import { makeFolder, readTextIfThere } from "../support/files.js";
import { whileLocked } from "../support/lock-file.js";
import type { RunContext } from "./context.js";
import { databaseOf } from "./database.js";
import { currentLock } from "./current-lock.js";
import type { DocumentSigner } from "../signing/document-signer.js";
import { signersOf } from "./signers.js";
import { reportUnchanged } from "./unchanged.js";
import { readWishes, type BundleRequest, type UpdateWhat } from "./wishes.js";

export interface RunRequest {
  readonly manifest: Manifest;
  /** The kits to build; all of the manifest when empty. */
  readonly kits: readonly string[];
  readonly update: UpdateWhat | undefined;
  readonly frozen: boolean;
}

/**
 * One run of `airgo bundle`: what is made already is reported as unchanged, the rest is built.
 * @returns the exit code: 0, or those of the kits that failed, ORed
 * @throws what stops the run as a whole
 */
export async function run(context: RunContext, request: RunRequest): Promise<number> {
  await makeStateFolder(context.paths.state);
  return whileLocked(join(context.paths.state, "run.lock"), () => runLocked(context, request));
}

async function runLocked(context: RunContext, wanted: RunRequest): Promise<number> {
  const lockText = await readTextIfThere(context.paths.lock);
  const lock = lockText === undefined ? undefined : parseLock(lockText, context.paths.lock);
  const kits = wanted.kits.length > 0 ? [...new Set(wanted.kits)] : Object.keys(wanted.manifest.kits);
  if (kits.length === 0) throw noKits();
  const request: BundleRequest = { ...wanted, kits, lock };
  const wishes = await readWishes(context.paths, request);
  // Keys first: one that cannot be used should not be found out after everything was fetched and rehearsed.
  warnOfExpired(context, wanted.manifest, kits);
  const signers = new Map<string, DocumentSigner[]>();
  for (const kit of kits) signers.set(kit, await signersOf(context, wanted.manifest, kit));

  const database = databaseOf(wanted.manifest.sources);
  const current = currentLock(request, wishes, database, context.paths.lock);
  const open = current === undefined ? kits : await notYetMade(context, wanted.manifest, current, signers);
  if (open.length === 0) return exitCodes.done;
  // What building needs takes longer to load than finding out that there is nothing to build.
  const { bundle } = await import("./bundle.js");
  return bundle({ context, request: { ...request, kits: open }, wishes, signers, current });
}

/** A kit whose last day is over would be refused wherever that is enforced, from its first day on. */
function warnOfExpired({ now, emit }: RunContext, manifest: Manifest, kits: readonly string[]): void {
  const today = new Date(now()).toISOString().slice(0, 10);
  for (const kit of kits) {
    const expires = manifest.kits[kit]?.expires;
    if (expires === undefined || today <= expires) continue;
    const text = `the last day of kit ${kit} (\`expires\` in the manifest), ${expires}, is over`;
    emit({ type: "warning", stage: "resolve", text });
  }
}

function noKits(): AirgoError {
  return new AirgoError("AIRGO_USAGE", {
    what: "the manifest has no kits to build",
    expected: "a kit under `kits:`",
    hint: "a manifest that has nothing but signers is for `airgo sign`",
  });
}

async function notYetMade(
  context: RunContext,
  manifest: Manifest,
  lock: Lock,
  signers: ReadonlyMap<string, readonly DocumentSigner[]>,
): Promise<string[]> {
  const open: string[] = [];
  for (const [kit, its] of signers)
    if (!(await reportUnchanged(context, { manifest, lock, kit, signers: its }))) open.push(kit);
  return open;
}

/** The folder of a project's own state keeps itself out of version control: the development key is in it. */
async function makeStateFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  await writeFile(join(folder, ".gitignore"), "*\n", { flag: "wx" }).catch(() => undefined);
}
