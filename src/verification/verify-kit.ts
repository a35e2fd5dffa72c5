import { join } from "node:path";

import { isAirgoError } from "../support/errors.js";
import { fileSize } from "../support/files.js";
import { sha256Hex } from "../support/digest.js";
import type { HashPool } from "../modules/hash-pool.js";
import { checkContents } from "./contents-step.js";
import { checkDatabase } from "./database-step.js";
import { readKitFolder, type KitFolder } from "./kit-folder.js";
import { checkModules } from "./modules-step.js";
import {
  checkExpiry,
  noteDatabase,
  noteInstaller,
  noteModules,
  noteSm3,
  noteTrust,
  whatContents,
  whatDatabase,
} from "./notes.js";
import { checkPapers } from "./papers-step.js";
import { createGatherer } from "./parts.js";
import { checkSignatures, readDocument, type Trust } from "./signatures-step.js";
import { createSteps, type Steps } from "./steps.js";
import { checkSums } from "./sums-step.js";
import { checkToolchains } from "./toolchains-step.js";
import type { Verification, VerificationEvent } from "./verification.js";

/** What verifying reaches the world through. */
export interface VerifyContext {
  readonly hashPool: HashPool;
  /** Private and empty; the caller removes it. */
  readonly temporary: string;
  /** Zips that are inspected at the same time. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
  readonly emit: (event: VerificationEvent) => void;
  /** What computes digests here, for the receipt. */
  readonly tool: string;
  readonly airgo: { readonly version: string; readonly installerSha256: string };
  /** YYYY-MM-DD, UTC. */
  readonly today: string;
}

export interface VerifyRequest {
  /** As `findKitFolder` gives it. */
  readonly folder: string;
  /** Files of the caller, absolute, that may lie in the folder: keys. */
  readonly besides: ReadonlySet<string>;
  readonly trust: Trust;
  /** Somebody vouches for the kit if `trust` holds. */
  readonly isVouched: boolean;
  readonly enforceExpiry: boolean;
}

/**
 * Verifies a finished kit, from its signatures to the records of the log, with what lies in its folder and nothing else.
 * A step that fails ends it: what comes later would judge by what is not to be believed.
 * @returns what was found, a refusal too
 * @throws the abort's reason, and what is no fault of the kit's but nothing that airgo foresees
 */
export async function verifyKit(context: VerifyContext, request: VerifyRequest): Promise<Verification> {
  const { folder, isVouched } = request;
  const found: Verification = {
    folder,
    kit: {},
    signatures: [],
    checked: [],
    notChecked: [],
    warnings: [],
    isVouched,
  };
  const steps = createSteps(found, context.emit, context.tool);
  try {
    await runSteps(context, request, found, steps);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isAirgoError(error)) throw error;
    found.error = error;
    steps.skipRest();
  }
  return found;
}

async function runSteps(
  context: VerifyContext,
  request: VerifyRequest,
  found: Verification,
  steps: Steps,
): Promise<void> {
  const { folder, trust } = request;
  const tell = { steps, warn: (text: string) => warn(context, found, text) };
  const kit = await readKitFolder(folder, request.besides);
  noteName(kit, found);
  const document = await readDocument(folder);
  found.document = sha256Hex(document);
  const signed = await checkSignatures(kit, document, trust, (judged) => {
    found.signatures = judged;
    for (const signature of judged) context.emit({ type: "signature", signature });
  });
  noteTrust(kit, trust, tell);

  const progress = { signal: context.signal, onBytes: await progressOf(context, kit) };
  const summed = await checkSums(kit, signed, progress);
  Object.assign(found.kit, { name: summed.name, id: summed.id });
  steps.done("sums", { files: summed.files });
  noteSm3(signed.sm3Sums !== undefined, summed, tell);

  const gatherer = createGatherer({ ...context, folder: context.temporary });
  const contents = await checkContents(folder, summed, gatherer, progress);
  found.kit.sha256sums = contents.sumsSha256;
  steps.done("contents", { what: whatContents(summed), files: contents.files.size + 1 });

  const papers = checkPapers(contents, summed.name, folder);
  found.kit.serial = papers.serial;
  steps.done("papers", {});
  checkExpiry(papers, context.today, request.enforceExpiry, folder, tell);

  const database = await checkDatabase(contents, papers.lock, folder);
  steps.done("database", { what: whatDatabase(database), files: database.files });
  noteDatabase(database, tell);

  const modules = checkModules(contents, papers.lock, folder);
  steps.done("modules", { files: modules.zips + modules.mods });
  noteModules(modules, tell);

  const go = checkToolchains(papers, folder);
  steps.done("toolchains", { files: go.files });
  noteInstaller(contents, papers, context.airgo, tell);
}

/** By the names of its files alone: a receipt of a refusal should say what was refused. */
function noteName(kit: KitFolder, found: Verification): void {
  const names = [...kit.files, ...kit.folders.map((name) => `${name}.tar`)];
  const matches = new Set(names.filter((name) => /^.+-[0-9a-f]{12}\.tar$/.test(name)));
  const [only] = matches;
  if (only === undefined || matches.size > 1) return;
  Object.assign(found.kit, { name: only.slice(0, -17), id: only.slice(-16, -4) });
}

/** Each file is read once, and the archive twice: what is looked into is what was found to be signed. */
async function progressOf({ emit }: VerifyContext, kit: KitFolder): Promise<(bytes: number) => void> {
  let total = 0;
  for (const name of kit.files) {
    const size = (await fileSize(join(kit.folder, name))) ?? 0;
    total += name.endsWith(".tar") ? 2 * size : size;
  }
  let done = 0;
  return (bytes) => {
    done += bytes;
    emit({ type: "progress", done, total: done > total ? undefined : total });
  };
}

function warn({ emit }: VerifyContext, found: Verification, text: string): void {
  found.warnings.push(text);
  emit({ type: "warning", text });
}
