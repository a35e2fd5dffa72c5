import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { kitTop } from "../kit/layout.js";
import { operatorCommands, operatorKey } from "../kit/readme.js";
import type { Lock } from "../lock/schema.js";
import { formatLock, parseLock } from "../lock/text.js";
import { publicKeyFile } from "../signing/key-kinds.js";
import { sha256Hex } from "../support/digest.js";
import { invariant } from "../support/errors.js";
import { exitCodes } from "../support/exit-codes.js";
import { makeFolder, writeFileAtomic } from "../support/files.js";
import { removeTree } from "../support/trees.js";
import { assemble } from "./assemble.js";
import { checkKitSpace } from "./check-space.js";
import { inStage, type RunContext } from "./context.js";
import type { Stage } from "./events.js";
import { asAirgoError, failureEvent } from "./failure-event.js";
import { fetch } from "./fetch.js";
import { pointLatest } from "./latest.js";
import { pack, type PackedKit } from "./pack.js";
import { recipeOf, rememberBuilt, type Ingredients } from "./recipe.js";
import { checkCanRehearse, rehearse } from "./rehearse.js";
import { resolve } from "./resolve.js";
import { seal, type SealedKit } from "./seal.js";
import type { DocumentSigner } from "../signing/document-signer.js";
import { openSources, type Sources } from "./sources.js";
import { reportUnchanged } from "./unchanged.js";
import type { BundleRequest, KitInputs } from "./wishes.js";

export interface BundleJob {
  readonly context: RunContext;
  /** Its kits are the ones to build. */
  readonly request: BundleRequest;
  /** By kit. */
  readonly wishes: ReadonlyMap<string, KitInputs>;
  /** By kit. */
  readonly signers: ReadonlyMap<string, readonly DocumentSigner[]>;
  /** The lock, where it holds; otherwise it is moved. */
  readonly current: Lock | undefined;
}

/** How long each stage took; milliseconds. */
type Timing = { readonly stage: Stage; readonly ms: number };

/** A kit that is ready to be sealed. */
interface ReadyKit {
  readonly packed: PackedKit;
  readonly signers: readonly DocumentSigner[];
  readonly recipe: string;
  readonly timings: readonly Timing[];
}

/**
 * Builds kits: resolve → fetch → assemble → rehearse → pack → seal. A kit that fails is reported, and the others are
 * built; but as long as the lock has to move, all of them stand or none does, and the lock is written after them.
 * @returns the exit codes of the kits that failed, ORed
 * @throws what fails for all of them
 */
export async function bundle(job: BundleJob): Promise<number> {
  const { context, request } = job;
  const sources = await openSources(context, request.manifest, request.lock);
  try {
    const all = request.kits.join(", ");
    const { draft, fetched } = await bringIn(job, sources, all);
    const timings = [
      { stage: "resolve", ms: draft.ms },
      { stage: "fetch", ms: fetched.ms },
    ] as const;
    return await buildKits(job, sources, settledLock(fetched.value, request.lock), timings);
  } finally {
    await sources.close();
  }
}

/** The stages that ask upstreams, and what they fetched, also when they fail. */
async function bringIn({ context, request, wishes, current }: BundleJob, sources: Sources, all: string) {
  try {
    const draft = await inStage(context, all, "resolve", () =>
      resolve(context, sources, request, wishes, current),
    );
    const fetched = await inStage(context, all, "fetch", () =>
      fetch(context, sources, draft.value, request.kits, wishes),
    );
    return { draft, fetched };
  } finally {
    tellTraffic(context);
  }
}

/** How many of the longest transfers are told. */
const slowestTold = 3;

function tellTraffic({ traffic, emit }: RunContext): void {
  const { hits, misses, bytes } = traffic.total();
  if (misses === 0) return;
  const slowest = traffic.rows().filter((row) => row.misses > 0);
  emit({
    type: "traffic",
    hits,
    misses,
    bytes,
    slowest: slowest
      .slice(0, slowestTold)
      .map(({ subject, bytes: size, ms }) => ({ subject, bytes: size, ms })),
  });
}

/**
 * The lock to build from: the old one when nothing but its serial would move. A new one is read back first, so that
 * none is ever written that cannot be read.
 */
function settledLock(lock: Lock, old: Lock | undefined): Lock {
  if (old !== undefined && formatLock({ ...lock, serial: old.serial }) === formatLock(old)) return old;
  return parseLock(formatLock(lock), "the lock just made");
}

async function buildKits(
  job: BundleJob,
  sources: Sources,
  lock: Lock,
  timings: readonly Timing[],
): Promise<number> {
  const { context, request } = job;
  const hasMoved = lock !== request.lock;
  await makeFolder(context.paths.kits);
  await sweepStaging(context.paths.kits);
  const staging = join(context.paths.kits, `.staging-${randomBytes(6).toString("hex")}`);
  try {
    const { ready, exitCode } = await prepareKits(job, sources, lock, staging);
    if (hasMoved && exitCode !== exitCodes.done) {
      const text = "no kit was sealed, and the lock did not move, because of the failure above";
      if (ready.length > 0) context.emit({ type: "warning", stage: "seal", text });
      return exitCode;
    }
    await sealKits(context, ready, timings, hasMoved ? lock : undefined);
    return exitCode;
  } finally {
    await removeTree(staging);
  }
}

/** Brings each kit up to the seal. What fails with one kit is told at once and does not stop the others. */
async function prepareKits(job: BundleJob, sources: Sources, lock: Lock, staging: string) {
  const { context, request } = job;
  const ready: ReadyKit[] = [];
  let exitCode: number = exitCodes.done;
  for (const kit of request.kits) {
    const signers = job.signers.get(kit) ?? [];
    // An update that changed nothing: what stands there may have been made from this very lock.
    const wasMoved = job.current === undefined && lock === request.lock;
    const ingredients = { manifest: request.manifest, lock, kit, signers };
    if (wasMoved && (await reportUnchanged(context, ingredients))) continue;
    try {
      ready.push(await prepare(job, sources, ingredients, join(staging, kit)));
    } catch (error) {
      context.signal.throwIfAborted();
      const failure = asAirgoError(error);
      context.emit(failureEvent(failure, kit));
      exitCode |= failure.exitCode;
    }
  }
  return { ready, exitCode };
}

/** Everything about one kit but its place among the finished ones. */
async function prepare(
  { context, wishes }: BundleJob,
  sources: Sources,
  ingredients: Ingredients,
  staging: string,
): Promise<ReadyKit> {
  const { manifest, lock, kit, signers } = ingredients;
  const kitFolder = join(staging, "kit");
  const workFolder = join(staging, "rehearsal");
  const outFolder = join(staging, "out");
  for (const folder of [kitFolder, workFolder, outFolder]) await makeFolder(folder);
  await checkKitSpace(context, lock, kit);

  checkCanRehearse(context.arch, lock.kits[kit]?.arch ?? []);
  const inputs = wishes.get(kit)?.inputs ?? [];
  const spec = manifest.kits[kit];
  invariant(spec, `the manifest has the kit ${kit}`);
  const assembled = await inStage(context, kit, "assemble", () =>
    assemble(context, sources, lock, { name: kit, expires: spec.expires }, kitFolder),
  );
  const rehearsed = await inStage(context, kit, "rehearse", () =>
    rehearse(context, assembled.value, inputs, workFolder),
  );
  const packed = await inStage(context, kit, "pack", () =>
    pack(
      context,
      assembled.value,
      { transcript: rehearsed.value, signers, digests: spec.digests },
      outFolder,
    ),
  );
  return {
    packed: packed.value,
    signers,
    recipe: recipeOf(ingredients, context.airgo.digest),
    timings: [
      { stage: "assemble", ms: assembled.ms },
      { stage: "rehearse", ms: rehearsed.ms },
      { stage: "pack", ms: packed.ms },
    ],
  };
}

/**
 * Puts the kits in place, then writes the lock, then tells of both. When one cannot be put in place, or the lock cannot
 * be written, those that were are taken back.
 * @param moved the lock to write; undefined when it did not move
 */
async function sealKits(
  context: RunContext,
  ready: readonly ReadyKit[],
  timings: readonly Timing[],
  moved: Lock | undefined,
): Promise<void> {
  const sealed: { one: ReadyKit; place: SealedKit; ms: number }[] = [];
  try {
    for (const one of ready) {
      const { value, ms } = await inStage(context, one.packed.kit.name, "seal", () =>
        seal(context, one.packed, one.signers),
      );
      sealed.push({ one, place: value, ms });
    }
    if (moved !== undefined) await writeFileAtomic(context.paths.lock, formatLock(moved));
  } catch (error) {
    for (const { place } of sealed) await place.undo();
    throw error;
  }
  for (const { one, place, ms } of sealed) {
    await finish(context, one, place.folder);
    context.emit(
      finishedEvent(context, one, place.folder, [...timings, ...one.timings, { stage: "seal", ms }]),
    );
  }
}

async function finish(context: RunContext, { packed, recipe }: ReadyKit, folder: string): Promise<void> {
  const { kit, archive, documents } = packed;
  await pointLatest(join(context.paths.kits, kit.name), kit.id);
  const built = { recipe, id: kit.id, archive, document: sha256Hex(documents.SHA256SUMS) };
  await rememberBuilt(context, { name: kit.name, folder }, built);
}

function finishedEvent(context: RunContext, one: ReadyKit, folder: string, stages: readonly Timing[]) {
  const { kit, archive } = one.packed;
  return {
    type: "kit-finished",
    kit: kit.name,
    id: kit.id,
    folder,
    archive: archive.name,
    bytes: archive.size,
    sha256: archive.sha256,
    downloadedBytes: context.traffic.total().bytes,
    signers: one.signers.map(({ publicKey: { name, kind, id } }) => ({
      name,
      key: id,
      file: publicKeyFile(name, kind),
    })),
    stages,
    keyFile: operatorKey(one.signers.map(({ publicKey }) => publicKey)),
    nextSteps: operatorCommands(
      kitTop(kit.name, kit.id),
      one.signers.map(({ publicKey }) => publicKey),
    ),
  } as const;
}

/** This project's run lock is held, so that every staging folder here is waste of a run that was killed. */
async function sweepStaging(kits: string): Promise<void> {
  for (const name of await readdir(kits))
    if (name.startsWith(".staging-")) await removeTree(join(kits, name));
}
