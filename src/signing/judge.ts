import { messageOf, reasonOf } from "../support/errors.js";
import { formats } from "./formats/format.js";
import { kindFiles, parseSignatureFile } from "./key-kinds.js";
import type { PublicKey } from "./public-key.js";
import { readPublicKey } from "./read-public-key.js";

/** What a signature can turn out to be; where there is none at all, there is no outcome either. */
export type Outcome = "valid" | "bad" | "no trusted key";

/** A signature with what came of it. */
export interface JudgedSignature {
  readonly file: string;
  /** Whose it says it is, by its file's name. */
  readonly signer: string;
  readonly outcome: Outcome;
  /** The id of the key that counts for it: the trusted one, else the one beside it. */
  readonly key?: string;
  /** What that key is called by who trusts it. */
  readonly keyName?: string;
  /** What checked it. */
  readonly with: string;
  readonly why?: string;
}

/** A document with everything that vouches for it. */
export interface SignedDocument {
  readonly name: "SHA256SUMS" | "SM3SUMS";
  readonly document: Buffer;
  /** By file name. */
  readonly signatures: ReadonlyMap<string, Buffer>;
  /** The public keys that lie beside it, by signer: no proof of anything, but they tell whose a signature is. */
  readonly publicKeys: ReadonlyMap<string, Buffer>;
}

/**
 * Judges each signature of a document by the rules of docs/kit-format.md, "Signatures". Files that are named like no
 * signature are passed over.
 * @param tool what checks them here, for receipts
 * @param now whoever finds a key that has ended could date a signature back, so by then it makes none valid; milliseconds
 *   since 1970. Without it no key ends
 */
export async function judgeSignatures(
  signed: SignedDocument,
  trusted: readonly PublicKey[],
  tool: string,
  now?: number,
): Promise<JudgedSignature[]> {
  const judged: JudgedSignature[] = [];
  for (const [file, signature] of [...signed.signatures].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parsed = parseSignatureFile(signed.name, file);
    if (parsed === undefined) continue;
    const keys = trusted.filter(({ kind }) => kindFiles[kind].signature === parsed.ending);
    const one = { document: signed.document, signature, ...parsed };
    const verdict = await keyBeside(signed.publicKeys.get(parsed.signer), parsed.signer)
      .then((beside) => judgeOne(one, keys, beside, now))
      .catch((error: unknown): Verdict => ({ outcome: "bad", why: reasonOf(error) }));
    judged.push({ file, signer: parsed.signer, with: tool, ...verdict });
  }
  return judged;
}

interface OneSignature {
  readonly document: Buffer;
  readonly signature: Buffer;
  readonly signer: string;
  readonly ending: string;
}

type Verdict = Pick<JudgedSignature, "outcome" | "key" | "keyName" | "why">;

async function judgeOne(
  one: OneSignature,
  keys: readonly PublicKey[],
  beside: PublicKey | undefined,
  now: number | undefined,
): Promise<Verdict> {
  const verifies = (key: PublicKey) => formats[key.kind].verify(one.document, one.signature, key);
  for (const key of keys) {
    if (!(await verifies(key))) continue;
    const about = { key: key.id, keyName: key.name };
    if (now !== undefined && (await formats[key.kind].hasEnded?.(one.signature, key, now)))
      return { outcome: "bad", ...about, why: "that key has expired, by the clock of this machine" };
    if (beside === undefined || beside.id === key.id) return { outcome: "valid", ...about };
    return { outcome: "bad", ...about, why: "the public key beside it is another one than made it" };
  }
  const maker = await makerOf(one, keys, beside);
  if (maker !== undefined)
    return {
      outcome: "bad",
      key: maker.id,
      keyName: maker.name,
      why: "it does not verify with this trusted key",
    };
  if (beside === undefined) return { outcome: "no trusted key" };
  if (kindFiles[beside.kind].signature !== one.ending)
    return { outcome: "bad", key: beside.id, why: "the public key beside it is of another kind" };
  if (await verifies(beside)) return { outcome: "no trusted key", key: beside.id };
  return { outcome: "bad", key: beside.id, why: "it does not verify with the public key beside it" };
}

/** The trusted key that a signature is by, as it says itself; else by the key beside it, else by its signer's name. */
async function makerOf(
  { signature, signer }: OneSignature,
  keys: readonly PublicKey[],
  beside: PublicKey | undefined,
): Promise<PublicKey | undefined> {
  let isSilent = true;
  for (const key of keys) {
    const says = await formats[key.kind].isBy(signature, key);
    if (says === true) return key;
    if (says === false) isSilent = false;
  }
  if (!isSilent) return undefined;
  return keys.find(({ id, name }) => (beside === undefined ? name === signer : id === beside.id));
}

async function keyBeside(bytes: Buffer | undefined, signer: string): Promise<PublicKey | undefined> {
  if (bytes === undefined) return undefined;
  return readPublicKey(bytes, signer).catch((cause: unknown): never => {
    throw new Error(`the public key beside it cannot be used: ${messageOf(cause)}`, { cause });
  });
}
