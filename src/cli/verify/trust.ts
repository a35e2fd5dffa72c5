import { judgeSignatures } from "../../signing/judge.js";
import type { PublicKey } from "../../signing/public-key.js";
import { requireSignatures, type SignaturePolicy } from "../../signing/policy.js";
import { findKeyFiles, readTrustedKeys } from "../../signing/trusted-keys.js";
import { AirgoError } from "../../support/errors.js";
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
 * @throws AIRGO_KEY_UNREADABLE, AIRGO_KEY_UNTRUSTED when two keys have the name of one who must have signed
 */
export async function trustOf(
  options: TrustOptions,
  tool: string,
  now: number,
): Promise<{ judge: Judge; require: Require; files: string[] }> {
  const files = await findKeyFiles(options.keys);
  const keys = await readTrustedKeys(files);
  checkNames(keys, options.required);
  return {
    files,
    judge: (signed) => judgeSignatures(signed, keys, tool, now),
    require: (judged) => requireSignatures(judged, options),
  };
}

/** Two keys of one name cannot both be meant when that name must have signed: either of them would do. */
function checkNames(keys: readonly PublicKey[], required: readonly string[]): void {
  for (const name of required) {
    const ids = keys.filter((key) => key.name === name).map(({ id }) => id);
    if (ids.length > 1)
      throw new AirgoError("AIRGO_KEY_UNTRUSTED", {
        what: `several keys are called ${name}, and that name must have signed`,
        expected: "one key of that name",
        found: ids.join(", "),
        hint: "give only the key that its owner says is the right one, or give the other one's file another name",
      });
  }
}
