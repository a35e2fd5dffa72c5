import { realpath } from "node:fs/promises";
import { resolve } from "node:path";

import { isSha256Hex } from "../../support/digest.js";
import { AirgoError } from "../../support/errors.js";
import { findKitFolder } from "../../verification/kit-folder.js";
import { receiptOf } from "../../verification/receipt.js";
import { verifyKit, type VerifyRequest } from "../../verification/verify-kit.js";
import { receiptFacts, toolHere, withVerifyEffects } from "./effects.js";
import { keepReceipt } from "./keep-receipt.js";
import { jsonLine } from "../output.js";
import { closingLine } from "./output.js";
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
  const request = await requestOf(await findKitFolder(resolve(path)), options);
  const found = await withVerifyEffects(options.json === true, (context) => verifyKit(context, request));
  const receipt = receiptOf(found, "verify", await receiptFacts());
  if (options.json === true) stdout.write(jsonLine(receipt));
  await keepReceipt(found, receipt, options);
  if (options.json !== true && found.error === undefined) stdout.write(closingLine(found));
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
  if (expectSha256 !== undefined && !isSha256Hex(asDigest(expectSha256)))
    throw usage(
      "--expect-sha256 takes 64 hex digits",
      "sha256sum SHA256SUMS prints them, where the kit was made",
    );
}

/** A digest as it is typed from paper: in groups, in capitals. */
function asDigest(typed: string): string {
  return typed.replaceAll(" ", "").toLowerCase();
}

function usage(what: string, hint = "see `airgo verify --help`"): AirgoError {
  return new AirgoError("AIRGO_USAGE", { what, hint });
}

async function requestOf(folder: string, options: VerifyOptions): Promise<VerifyRequest> {
  const { judge, require, files } = await trustOf(
    {
      keys: options.key,
      required: (options.require ?? "").split(",").filter((name) => name !== ""),
      requireSm: options.requireSm ?? false,
    },
    toolHere(),
    Date.now(),
  );
  const besides = new Set(await Promise.all(files.map((file) => realpath(file))));
  const withKeys = options.key.length > 0;
  const expectSha256 = options.expectSha256 === undefined ? undefined : asDigest(options.expectSha256);
  return {
    folder,
    besides,
    trust: { judge, require: withKeys ? require : undefined, expectSha256 },
    isVouched: withKeys || expectSha256 !== undefined,
    enforceExpiry: options.enforceExpiry ?? false,
  };
}
