import { judgeSignatures } from "../../signing/judge.js";
import { requireSignatures, type SignaturePolicy } from "../../signing/policy.js";
import { findKeyFiles, readTrustedKeys } from "../../signing/trusted-keys.js";
import type { Judge, Require } from "../../verification/signatures-step.js";

/** What the command line says of who must have signed. */
export interface TrustOptions extends SignaturePolicy {
  /** Files or folders. */
  readonly keys: readonly string[];
}

/**
 * Reads the keys, and gives what judges by them.
 * @param tool what checks signatures here, for the receipt
 * @param now when keys must not have ended; milliseconds since 1970
 * @returns also the files that the keys came from
 * @throws AIRGO_KEY_UNREADABLE
 */
export async function trustOf(
  options: TrustOptions,
  tool: string,
  now: number,
): Promise<{ judge: Judge; require: Require; files: string[] }> {
  const files = await findKeyFiles(options.keys);
  const keys = await readTrustedKeys(files);
  return {
    files,
    judge: (signed) => judgeSignatures(signed, keys, tool, now),
    require: (judged) => requireSignatures(judged, options),
  };
}
