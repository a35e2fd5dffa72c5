import { createHash, createPublicKey } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";

import { verifyEcdsa } from "../../signing/ecdsa.js";
import { AirgoError, messageOf } from "../../support/errors.js";
import type { JudgedSignature, Judge, Require, SignedDocument } from "../../verification/judging.js";

/** A public key that the user trusts. */
interface TrustedKey {
  /** Of its file. */
  readonly name: string;
  readonly id: string;
  readonly text: string;
}

/** What the command line says of who must have signed. */
export interface TrustOptions {
  /** Files or folders. */
  readonly keys: readonly string[];
  /** Signers, each of whom must have signed. */
  readonly required: readonly string[];
  readonly requireSm: boolean;
}

/**
 * Reads the keys, and gives what judges by them.
 * @returns also the files that the keys came from
 * @throws AIRGO_KEY_UNREADABLE
 */
export async function trustOf(
  options: TrustOptions,
): Promise<{ judge: Judge; require: Require; files: string[] }> {
  const files: string[] = [];
  const keys: TrustedKey[] = [];
  for (const file of (await Promise.all(options.keys.map(filesIn))).flat()) {
    files.push(file);
    keys.push(await readKey(file));
  }
  return {
    files,
    judge: async (signed) => judge(signed, keys),
    require: (judged) => requireSignatures(judged, options),
  };
}

async function filesIn(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    return (await readdir(path))
      .filter((name) => /\.(pem|asc|pub)$/.test(name))
      .sort()
      .map((name) => join(path, name));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function readKey(file: string): Promise<TrustedKey> {
  try {
    const text = await readFile(file, "utf8");
    return { name: basename(file), id: idOf(text), text };
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function idOf(pem: string): string {
  const der = createPublicKey(pem).export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(der).digest("hex")}`;
}

function unreadable(file: string, cause: unknown): AirgoError {
  return new AirgoError("AIRGO_KEY_UNREADABLE", {
    what: `cannot read the public key: ${messageOf(cause)}`,
    where: file,
    hint: "name a file with a public key in PEM, or a folder of such files",
    cause,
  });
}

function judge(
  { document, signatures, publicKeys }: SignedDocument,
  keys: readonly TrustedKey[],
): JudgedSignature[] {
  return [...signatures].map(([file, signature]) => {
    const [, signer = ""] = /^[^.]+\.([^.]+)\./.exec(file) ?? [];
    const about = { file, signer, with: "Node.js" };
    const key = keys.find(({ text }) => verifyEcdsa(document, signature, text));
    if (key !== undefined) return { ...about, outcome: "valid", key: key.id, keyName: key.name };
    const meant = keys.find(
      ({ id, name }) => name.split(".")[0] === signer || id === besideId(publicKeys.get(signer)),
    );
    if (meant !== undefined) return { ...about, outcome: "bad", key: meant.id, keyName: meant.name };
    return { ...about, outcome: "no trusted key" };
  });
}

function besideId(pem: Buffer | undefined): string | undefined {
  try {
    return pem === undefined ? undefined : idOf(pem.toString("utf8"));
  } catch {
    return undefined;
  }
}

function requireSignatures(judged: readonly JudgedSignature[], { required, requireSm }: TrustOptions): void {
  const valid = new Set(judged.filter(({ outcome }) => outcome === "valid").map(({ signer }) => signer));
  const missing = required.filter((signer) => !valid.has(signer));
  if (valid.size > 0 && missing.length === 0 && !requireSm) return;
  throw new AirgoError("AIRGO_KEY_MISSING", {
    what:
      valid.size === 0
        ? "no signature is by a key that was given"
        : "a signature that is required is not there",
    expected: requireSm ? "an SM2 signature" : missing.join(", ") || "a signature by one of the keys",
    hint: "give the key of whoever signed the kit",
  });
}
