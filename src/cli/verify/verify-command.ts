import { mkdtemp, readFile, realpath } from "node:fs/promises";
import { homedir, hostname, tmpdir, availableParallelism } from "node:os";
import { join, resolve } from "node:path";

import { createHashPool } from "../../modules/hash-pool.js";
import { isSha256Hex, sha256Hex } from "../../support/digest.js";
import { AirgoError, reasonOf } from "../../support/errors.js";
import { asDiskError, writeFileAtomic } from "../../support/files.js";
import { removeTree } from "../../support/trees.js";
import { findKitFolder } from "../../verification/kit-folder.js";
import { receiptName, verifyReceipt, type Receipt } from "../../verification/receipt.js";
import type { Verification, VerificationEvent } from "../../verification/verification.js";
import { verifyKit, type VerifyRequest } from "../../verification/verify-kit.js";
import { abortOnSignals } from "../interrupts.js";
import { hashWorkerFile, installerFile, packageVersion } from "../program.js";
import { isInteractive } from "../reporters/create-reporter.js";
import { formatAmount } from "../reporters/format.js";
import { LiveArea } from "../reporters/live-area.js";
import { fit } from "../reporters/text.js";
import { closingLine, lineOf, receiptLine, receiptText } from "./output.js";
import { trustOf } from "./trust.js";

export interface VerifyOptions {
  readonly key: readonly string[];
  /** Names of signers, joined by commas. */
  readonly require?: string;
  readonly requireSm?: boolean;
  readonly expectSha256?: string;
  readonly insecureNoSignature?: boolean;
  readonly enforceExpiry?: boolean;
  readonly receipt?: string;
  readonly json?: boolean;
}

/**
 * `airgo verify`: holds a finished kit to its signatures, its sums and the log, and leaves a receipt.
 * @returns the exit code
 * @throws why the kit is refused, unless `--json` has told it
 */
export async function verifyCommand(path: string, options: VerifyOptions): Promise<number> {
  const { stdout } = process;
  checkOptions(options);
  const version = await packageVersion();
  const request = await requestOf(await findKitFolder(resolve(path)), options);
  const found = await withEffects(version, options, (context) => verifyKit(context, request));
  const receipt = verifyReceipt(found, {
    time: timeOf(Date.now()),
    by: `airgo ${version}`,
    host: thisHost(),
  });
  if (options.json === true) stdout.write(receiptLine(receipt));
  else if (found.error === undefined) stdout.write(closingLine(found));
  await keepReceipt(found, receipt, options);
  if (found.error === undefined) return 0;
  if (options.json !== true) throw found.error;
  return found.error.exitCode;
}

function checkOptions({ key, require, requireSm, expectSha256, insecureNoSignature }: VerifyOptions): void {
  const isVouched = key.length > 0 || expectSha256 !== undefined;
  if (!isVouched && insecureNoSignature !== true)
    throw new AirgoError("AIRGO_KEY_MISSING", {
      what: "nothing was given to verify the kit with",
      expected: "--key FILE with the public key of whoever signed it, got another way than the kit",
      hint: "or --expect-sha256 HEX with the SHA-256 of its SHA256SUMS, told by somebody you trust; --insecure-no-signature checks everything but who made it",
    });
  if (isVouched && insecureNoSignature === true)
    throw usage("--insecure-no-signature goes with no key and no digest");
  if (key.length === 0 && (require !== undefined || requireSm === true))
    throw usage("--require and --require-sm need the keys of those signers", "add --key FILE");
  if (expectSha256 !== undefined && !isSha256Hex(expectSha256.toLowerCase()))
    throw usage(
      "--expect-sha256 takes 64 hex digits",
      "sha256sum SHA256SUMS prints them, where the kit was made",
    );
}

function usage(what: string, hint = "see `airgo verify --help`"): AirgoError {
  return new AirgoError("AIRGO_USAGE", { what, hint });
}

async function requestOf(folder: string, options: VerifyOptions): Promise<VerifyRequest> {
  const { judge, require, files } = await trustOf({
    keys: options.key,
    required: (options.require ?? "").split(",").filter((name) => name !== ""),
    requireSm: options.requireSm ?? false,
  });
  const besides = new Set(await Promise.all(files.map((file) => realpath(file))));
  const withKeys = options.key.length > 0;
  const expectSha256 = options.expectSha256?.toLowerCase();
  return {
    folder,
    besides,
    trust: { judge, require: withKeys ? require : undefined, expectSha256 },
    isVouched: withKeys || expectSha256 !== undefined,
    enforceExpiry: options.enforceExpiry ?? false,
  };
}

/** Gathers what verifying needs of this process, and takes all of it back, however it ends. */
async function withEffects(
  version: string,
  { json: isJson = false }: VerifyOptions,
  work: (context: Parameters<typeof verifyKit>[0]) => Promise<Verification>,
): Promise<Verification> {
  const { env, stdout, stderr, versions } = process;
  const area = new LiveArea(stderr, Date.now);
  const isShown = !isJson && isInteractive({ stderr }, env);
  const emit = (event: VerificationEvent): void => {
    if (event.type !== "progress") {
      area.erase();
      if (!isJson) (event.type === "warning" ? stderr : stdout).write(lineOf(event));
    } else if (isShown) {
      area.refresh((width) => fit(`reading ${formatAmount(event.done, event.total, "bytes")}`, width));
    }
  };
  const { signal, dispose } = abortOnSignals(process);
  const size = availableParallelism();
  const hashPool = createHashPool({ workerFile: hashWorkerFile, size });
  const temporary = await mkdtemp(join(tmpdir(), "airgo-verify-")).catch((error: unknown) => {
    throw asDiskError(error, tmpdir());
  });
  try {
    return await work({
      hashPool,
      temporary,
      atOnce: size + 1,
      signal,
      emit,
      tool: `Node.js ${versions.node}, OpenSSL ${versions.openssl}`,
      airgo: { version, installerSha256: sha256Hex(await readFile(installerFile)) },
      today: timeOf(Date.now()).slice(0, 10),
    });
  } finally {
    area.erase();
    await hashPool.close();
    await removeTree(temporary);
    dispose();
  }
}

/** `2026-11-21T20:44:22Z` */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

function thisHost(): { name: string; arch: string; uid: number } {
  const arch = { x64: "amd64", ia32: "386" }[process.arch as string] ?? process.arch;
  return { name: hostname(), arch, uid: process.getuid?.() ?? -1 };
}

/** A file that was asked for must be there; that there is none in the usual place is worth a warning. */
async function keepReceipt(found: Verification, receipt: Receipt, options: VerifyOptions): Promise<void> {
  const { env, stderr } = process;
  if (options.receipt !== undefined) return writeFileAtomic(resolve(options.receipt), receiptText(receipt));
  try {
    await writeFileAtomic(
      join(receiptFolder(env), receiptName(found.kit, receipt.time)),
      receiptText(receipt),
    );
  } catch (error) {
    if (options.json !== true)
      stderr.write(lineOf({ type: "warning", text: `no receipt could be kept: ${reasonOf(error)}` }));
  }
}

/** By the XDG base directory specification: only an absolute path counts. */
function receiptFolder(env: NodeJS.ProcessEnv): string {
  const state = env["XDG_STATE_HOME"];
  return join(state?.startsWith("/") ? state : join(homedir(), ".local", "state"), "airgo", "receipts");
}
