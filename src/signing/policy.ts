import { AirgoError } from "../support/errors.js";
import type { JudgedSignature } from "./judge.js";
import { signatureEndings } from "./key-kinds.js";
import { badSignature } from "./bad-signature.js";

/** Who must have signed. */
export interface SignaturePolicy {
  /** Names of trusted keys, each of which must have signed. None: any of them will do. */
  readonly required: readonly string[];
  /** An SM2 signature over SM3SUMS must be among the valid ones. */
  readonly requireSm: boolean;
}

/**
 * Holds the signatures of a kit, of all its documents, to a policy.
 * @throws AIRGO_SIGNATURE_BAD, AIRGO_SIGNATURE_MISSING, AIRGO_KEY_UNTRUSTED, AIRGO_SIGNATURE_REQUIRED
 */
export function requireSignatures(
  judged: readonly JudgedSignature[],
  { required, requireSm }: SignaturePolicy,
): void {
  refuseBad(judged);
  const valid = judged.filter(({ outcome }) => outcome === "valid");
  if (judged.length === 0) throw missing();
  if (valid.length === 0) throw untrusted(judged);
  // A signature over SM3SUMS alone does not vouch for what SHA256SUMS says.
  const names = new Set(
    valid.filter(({ file }) => file.startsWith("SHA256SUMS.")).map(({ keyName }) => keyName),
  );
  const lacking = required.filter((name) => !names.has(name));
  if (lacking.length > 0 || names.size === 0) throw lacks(lacking, [...names].join(", ") || "nobody");
  if (requireSm && !valid.some(({ file }) => /^SM3SUMS\..*\.sm2sig$/.test(file)))
    throw lacks(["a key of SM2, over SM3SUMS"], [...names].join(", "));
}

/**
 * A bad one is never outweighed by a good one, nor by asking nobody to vouch: somebody has been at this kit.
 * @throws AIRGO_SIGNATURE_BAD
 */
export function refuseBad(judged: readonly JudgedSignature[]): void {
  const bad = judged.find(({ outcome }) => outcome === "bad");
  if (bad !== undefined) throw badSignature("a signature of the kit is bad", bad.file, bad.why);
}

function missing(): AirgoError {
  return new AirgoError("AIRGO_SIGNATURE_MISSING", {
    what: "the kit has no signature",
    where: `SHA256SUMS.<signer>.<${[...signatureEndings].join("|")}>`,
    hint: "copy the whole folder of the kit, or have it signed with `airgo sign`",
  });
}

function untrusted(judged: readonly JudgedSignature[]): AirgoError {
  return new AirgoError("AIRGO_KEY_UNTRUSTED", {
    what: "the kit is signed, and by no key that you trust",
    where: judged.map(({ file }) => file).join(", "),
    found:
      judged.flatMap(({ signer, key }) => (key === undefined ? [] : [`${signer}: ${key}`])).join(", ") ||
      "keys that are not beside it",
    hint: "get the signer's public key another way than the kit, compare its fingerprint, and give it with --key",
  });
}

function lacks(names: readonly string[], found: string): AirgoError {
  return new AirgoError("AIRGO_SIGNATURE_REQUIRED", {
    what: "the kit lacks a signature that is required",
    expected: `valid signatures of ${names.join(", ") || "a trusted key over SHA256SUMS"}`,
    found: `of ${found}`,
    hint: "have it signed with `airgo sign`, or give the public keys of those who signed it with --key",
  });
}
