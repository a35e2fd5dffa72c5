import { randomBytes } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import { kitTop } from "../kit/layout.js";
import { operatorCommands } from "../kit/readme.js";
import type { Lock } from "../lock/schema.js";
import { formatLock, parseLock } from "../lock/text.js";
import type { Manifest } from "../manifest/schema.js";
import type { ModuleInput } from "../modules/inputs.js";
import { removeTree } from "../support/trees.js";
import { sha256Hex } from "../support/digest.js";
import { readTextIfThere, writeFileAtomic } from "../support/files.js";
import { whileLocked } from "../support/lock-file.js";
import { isIdentityRunning, processIdentity } from "../support/process-identity.js";
import { assemble } from "./assemble.js";
import { inStage, type RunContext } from "./context.js";
import type { Stage } from "./events.js";
import { fetch } from "./fetch.js";
import { pack, type PackedKit } from "./pack.js";
import { findBuilt, recipeOf, rememberBuilt } from "./recipe.js";
import { rehearse } from "./rehearse.js";
import { currentLock, readWishes, resolve, type KitInputs, type UpdateWhat } from "./resolve.js";
import { seal } from "./seal.js";
import { signersOf, type Signer } from "./signers.js";
import { databaseOf, openSources, type Sources } from "./sources.js";

export interface BundleRequest {
  readonly manifest: Manifest;
  /** The kits to build; all of the manifest when empty. */
  readonly kits: readonly string[];
  readonly update: UpdateWhat | undefined;
  readonly frozen: boolean;
}

/** A kit that is ready to be sealed. */
interface ReadyKit {
  readonly packed: PackedKit;
  readonly signers: readonly Signer[];
  readonly recipe: string;
  readonly stages: { stage: Stage; ms: number }[];
}

/**
 * Builds kits: resolve → fetch → assemble → rehearse → pack → seal. The lock is written last of all, once every kit
 * stands. Whatever fails leaves no kit, no moved lock, and a store that holds verified objects only.
 */
export async function bundle(context: RunContext, request: BundleRequest): Promise<void> {
  await whileLocked(join(context.paths.state, "run.lock"), async () => {
    const kits = request.kits.length > 0 ? [...new Set(request.kits)] : Object.keys(request.manifest.kits);
    const lockText = await readTextIfThere(context.paths.lock);
    const lock = lockText === undefined ? undefined : parseLock(lockText, context.paths.lock);
    const wishes = await readWishes(context.paths, { ...request, kits, lock });
    // Keys first: one that cannot be used should not be found out after everything was fetched and rehearsed.
    const signers = new Map<string, Signer[]>();
    for (const kit of kits) signers.set(kit, await signersOf(context, request.manifest, kit));
    const open = await skipUnchanged(context, { ...request, lock, signers }, wishes);
    if (open.length > 0) await build(context, { ...request, kits: open, lock, signers }, wishes);
  });
}

type BuildRequest = BundleRequest & {
  readonly lock: Lock | undefined;
  /** By kit. */
  readonly signers: ReadonlyMap<string, readonly Signer[]>;
};

/** Tells which kits are not yet made from the lock as it stands; the others are reported as unchanged. */
async function skipUnchanged(
  context: RunContext,
  request: BuildRequest,
  wishes: ReadonlyMap<string, KitInputs>,
): Promise<string[]> {
  const database = databaseOf(request.manifest.sources.sumdb);
  const current = currentLock(request, wishes, database, context.paths.lock);
  const open: string[] = [];
  for (const kit of wishes.keys()) {
    const isThere =
      current !== undefined && (await reportUnchanged(context, current, kit, signersFor(request, kit)));
    if (!isThere) open.push(kit);
  }
  return open;
}

function signersFor({ signers }: BuildRequest, kit: string): readonly Signer[] {
  return signers.get(kit) ?? [];
}

async function reportUnchanged(
  context: RunContext,
  lock: Lock,
  kit: string,
  signers: readonly Signer[],
): Promise<boolean> {
  const started = context.now();
  const built = await findBuilt(context, kit, recipeOf(lock, kit, signers, context.airgo.digest), signers);
  if (built === undefined) return false;
  const folder = join(context.paths.kits, kit, built.id);
  context.emit({ type: "kit-unchanged", kit, id: built.id, folder, ms: context.now() - started });
  return true;
}

async function build(
  context: RunContext,
  request: BuildRequest,
  wishes: ReadonlyMap<string, KitInputs>,
): Promise<void> {
  const sources = openSources(context, request.manifest);
  const all = request.kits.join(", ");
  const resolved = await inStage(context, all, "resolve", () => resolve(context, sources, request, wishes));
  const fetched = await inStage(context, all, "fetch", () => fetch(context, sources, resolved.value.draft));
  const lock = withoutNeedlessMove(fetched.value, request.lock);
  const before = [
    { stage: "resolve", ms: resolved.ms },
    { stage: "fetch", ms: fetched.ms },
  ] as const;

  await mkdir(context.paths.kits, { recursive: true });
  await sweepStaging(context.paths.kits);
  const staging = join(context.paths.kits, `.staging-${processIdentity()}-${randomBytes(4).toString("hex")}`);
  try {
    const ready: ReadyKit[] = [];
    for (const kit of request.kits) {
      const signers = signersFor(request, kit);
      // An update that changed nothing: what stands there was made from this very lock.
      if (
        lock === request.lock &&
        request.update !== undefined &&
        (await reportUnchanged(context, lock, kit, signers))
      )
        continue;
      ready.push(
        await prepare({
          context,
          sources,
          lock,
          kit,
          signers,
          inputs: wishes.get(kit)?.inputs ?? [],
          staging: join(staging, kit),
        }),
      );
    }
    for (const one of ready) await finish(context, sources, one, before);
    if (lock !== request.lock) await writeFileAtomic(context.paths.lock, formatLock(lock));
  } finally {
    await removeTree(staging);
  }
}

/** An update that finds nothing new gives the same lock under a higher serial: then the old one stays. */
function withoutNeedlessMove(lock: Lock, old: Lock | undefined): Lock {
  if (old === undefined) return lock;
  return formatLock({ ...lock, serial: old.serial }) === formatLock(old) ? old : lock;
}

interface PrepareJob {
  readonly context: RunContext;
  readonly sources: Sources;
  readonly lock: Lock;
  readonly kit: string;
  readonly signers: readonly Signer[];
  readonly inputs: readonly ModuleInput[];
  /** A private folder for all that is made on the way. */
  readonly staging: string;
}

/** Everything about one kit but its place among the finished ones. */
async function prepare({
  context,
  sources,
  lock,
  kit,
  signers,
  inputs,
  staging,
}: PrepareJob): Promise<ReadyKit> {
  const kitFolder = join(staging, "kit");
  const workFolder = join(staging, "rehearsal");
  const outFolder = join(staging, "out");
  for (const folder of [kitFolder, workFolder, outFolder]) await mkdir(folder, { recursive: true });

  const assembled = await inStage(context, kit, "assemble", () =>
    assemble(context, sources, lock, kit, kitFolder),
  );
  const rehearsed = await inStage(context, kit, "rehearse", () =>
    rehearse(context, assembled.value, inputs, workFolder),
  );
  const signerNames = signers.map((signer) => signer.name);
  const packed = await inStage(context, kit, "pack", () =>
    pack(context, assembled.value, rehearsed.value, signerNames, outFolder),
  );
  return {
    packed: packed.value,
    signers,
    recipe: recipeOf(lock, kit, signers, context.airgo.digest),
    stages: [
      { stage: "assemble", ms: assembled.ms },
      { stage: "rehearse", ms: rehearsed.ms },
      { stage: "pack", ms: packed.ms },
    ],
  };
}

/** Seals a kit and reports it. */
async function finish(
  context: RunContext,
  sources: Sources,
  { packed, signers, recipe, stages }: ReadyKit,
  before: readonly { readonly stage: Stage; readonly ms: number }[],
): Promise<void> {
  const { kit, archive, document } = packed;
  const sealed = await inStage(context, kit.name, "seal", () => seal(context, packed, signers));
  await rememberBuilt(context, kit.name, {
    recipe,
    id: kit.id,
    archive: { name: archive.name, size: archive.size },
    document: sha256Hex(document),
  });
  context.emit({
    type: "kit-finished",
    kit: kit.name,
    id: kit.id,
    folder: sealed.value,
    archive: archive.name,
    bytes: archive.size,
    sha256: archive.sha256,
    downloadedBytes: sources.downloadedBytes(),
    stages: [...before, ...stages, { stage: "seal", ms: sealed.ms }],
    signers: signers.map(({ name, key }) => ({ name, fingerprint: key.fingerprint })),
    nextSteps: operatorCommands(kitTop(kit.name, kit.id), signers[0]?.name ?? "", "KEY.pem"),
  });
}

/** Staging folders carry the identity of their maker; those of dead runs are waste. */
async function sweepStaging(kits: string): Promise<void> {
  for (const name of await readdir(kits)) {
    const maker = /^\.staging-([^-]+)-/.exec(name)?.[1];
    if (maker !== undefined && isIdentityRunning(maker) === false) await removeTree(join(kits, name));
  }
}
