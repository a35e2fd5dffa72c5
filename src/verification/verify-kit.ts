import { join } from "node:path";

import { AirgoError, isAirgoError } from "../support/errors.js";
import { fileSize } from "../support/files.js";
import { sha256Hex } from "../support/digest.js";
import type { HashPool } from "../modules/hash-pool.js";
import { checkContents, type KitContents } from "./contents-step.js";
import { checkDatabase, type CheckedDatabase } from "./database-step.js";
import { readKitFolder, type KitFolder } from "./kit-folder.js";
import { checkModules } from "./modules-step.js";
import { checkPapers, type KitPapers } from "./papers-step.js";
import { createGatherer } from "./parts.js";
import { checkSignatures, readDocument, type Trust } from "./signatures-step.js";
import { createSteps, type Steps } from "./steps.js";
import { checkSums, type SummedFolder } from "./sums-step.js";
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
  const kit = await readKitFolder(folder, request.besides);
  noteName(kit, found);
  const document = await readDocument(folder);
  found.document = sha256Hex(document);
  const signed = await checkSignatures(kit, document, trust, (judged) => {
    found.signatures = judged;
    for (const signature of judged) context.emit({ type: "signature", signature });
  });
  if (trust.require !== undefined) steps.done("signatures", {});
  else steps.notDone("signatures", "no key was given to hold them against");
  if (trust.expectSha256 !== undefined)
    steps.extraDone({ what: "SHA256SUMS has the SHA-256 that --expect-sha256 names" });

  for (const { file } of kit.publicKeys.filter(({ isTrusted }) => isTrusted)) {
    warn(context, found, `the key ${file} came with the kit: whoever made the kit may have made it`);
    steps.extraNotDone(`whose key ${file} is`, "it came with the kit");
  }

  const progress = { signal: context.signal, onBytes: await progressOf(context, kit) };
  const summed = await checkSums(kit, signed, progress);
  Object.assign(found.kit, { name: summed.name, id: summed.id });
  steps.done("sums", { files: summed.files });
  noteSm3(signed.sm3Sums !== undefined, summed, steps);

  const gatherer = createGatherer({ ...context, folder: context.temporary });
  const contents = await checkContents(folder, summed, gatherer, progress);
  found.kit.sha256sums = contents.sumsSha256;
  steps.done("contents", { what: whatContents(summed), files: contents.files.size + 1 });

  const papers = checkPapers(contents, summed.name, folder);
  found.kit.serial = papers.serial;
  steps.done("papers", {});
  checkExpiry(papers, context, request, found);

  const database = await checkDatabase(contents, papers.lock, folder);
  steps.done("database", { what: whatDatabase(database), files: database.files });
  if (!database.isDefault) {
    warn(
      context,
      found,
      `another checksum database than Go's default speaks for the modules: ${database.title}`,
    );
    steps.extraNotDone(`whether ${database.title} is a checksum database to trust`, "it is not Go's default");
  }

  const modules = checkModules(contents, papers.lock, folder);
  steps.done("modules", { files: modules.zips + modules.mods });
  if (modules.private.length > 0) {
    const names = [...modules.private.slice(0, 20), ...(modules.private.length > 20 ? ["…"] : [])];
    steps.extraNotDone(
      `${modules.private.length} private module versions against any log: ${names.join(", ")}`,
      "they are in no checksum database; they have the digests that bundles.lock names",
    );
  }
  if (modules.infos > 0)
    steps.extraNotDone(
      "the times in .info files",
      "they are in no checksum database: bundles.lock alone says them",
    );

  const go = checkToolchains(papers, folder);
  steps.done("toolchains", { files: go.files });
  noteInstaller(contents, papers, context, steps);
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

function noteSm3(isThere: boolean, { withSm3 }: SummedFolder, steps: Steps): void {
  if (isThere && withSm3) steps.extraDone({ what: "SM3 digests of the folder and of the kit" });
  else if (isThere) steps.extraNotDone("SM3 digests", "this Node has no SM3");
}

function whatContents({ hasArchive, hasUnpacked }: SummedFolder): string {
  if (!hasUnpacked) return "every file in the archive";
  return hasArchive
    ? "every file in the archive and of the unpacked kit"
    : "every file of the unpacked kit; there is no archive";
}

function whatDatabase({ title, records, treeSize }: CheckedDatabase): string {
  return `${records} records are in the log of ${title}, in its tree of ${treeSize}`;
}

function warn({ emit }: VerifyContext, found: Verification, text: string): void {
  found.warnings.push(text);
  emit({ type: "warning", text });
}

function checkExpiry(
  { expires }: KitPapers,
  context: VerifyContext,
  { enforceExpiry }: VerifyRequest,
  found: Verification,
): void {
  if (expires === undefined || context.today <= expires) return;
  if (!enforceExpiry) return warn(context, found, `the kit's last day was ${expires} (UTC)`);
  throw new AirgoError("AIRGO_EXPIRED", {
    what: "the kit's last day is over",
    where: found.folder,
    expected: `${expires} (UTC) or before`,
    found: context.today,
    hint: "bring a newer kit; see whether this machine's clock is right",
  });
}

/** It is covered by the signatures whatever it is; here it is held against a second witness where there is one. */
function noteInstaller(
  { files }: KitContents,
  { airgo }: KitPapers,
  context: VerifyContext,
  steps: Steps,
): void {
  const { version, installerSha256 } = context.airgo;
  const what = "install.sh against airgo's own";
  if (airgo !== version)
    steps.extraNotDone(what, `the kit was made by airgo ${airgo}, and this is ${version}`);
  else if (files.get("install.sh") === installerSha256)
    steps.extraDone({ what: "install.sh is that of this airgo" });
  else
    steps.extraNotDone(
      what,
      "install.sh is not that of this airgo, though of the same version: only the signature speaks for it",
    );
}
