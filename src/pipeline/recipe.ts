import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { parseSums } from "../kit/sums.js";
import { lockPartOf } from "../lock/draft.js";
import type { Lock } from "../lock/schema.js";
import { formatLock } from "../lock/text.js";
import type { Manifest } from "../manifest/schema.js";
import type { DocumentSigner } from "../signing/document-signer.js";
import { formats } from "../signing/formats/format.js";
import { publicKeyFile, signatureFile, signedBy } from "../signing/key-kinds.js";
import { sha256Hex, sha256OfFile } from "../support/digest.js";
import { readTextIfThere, writeFileAtomic } from "../support/files.js";
import type { RunContext } from "./context.js";

/** What a kit was built from and what came out, remembered under `.airgo/`, so that nothing is built twice. */
export interface BuiltKit {
  readonly recipe: string;
  readonly id: string;
  /** As it was left: one that still has this size and time need not be read again. */
  readonly archive: { readonly name: string; readonly size: number; readonly modified: string };
  /** SHA-256 of the folder's signed SHA256SUMS. */
  readonly document: string;
}

/** What a kit is made from. */
export interface Ingredients {
  readonly manifest: Manifest;
  readonly lock: Lock;
  readonly kit: string;
  readonly signers: readonly DocumentSigner[];
}

/**
 * A digest over all that decides a kit folder's bytes, clocks apart: its part of the lock, its signers, what the
 * manifest alone says of it, airgo itself.
 */
export function recipeOf({ manifest, lock, kit, signers }: Ingredients, airgoDigest: string): string {
  const keys = signers.map(({ publicKey: { name, id } }) => ({ name, id }));
  const { digests, expires } = manifest.kits[kit] ?? {};
  const parts = { lock: formatLock(lockPartOf(lock, kit)), keys, digests, expires, airgo: airgoDigest };
  return sha256Hex(JSON.stringify(parts));
}

/** The kit that stands there already, when it was made by this recipe and is still whole, its signatures too. */
export async function findBuilt(
  context: RunContext,
  kit: string,
  recipe: string,
  signers: readonly DocumentSigner[],
): Promise<BuiltKit | undefined> {
  const built = parse(await readTextIfThere(builtFile(context, kit)));
  if (built?.recipe !== recipe) return undefined;
  const folder = join(context.paths.kits, kit, built.id);
  // Whatever is missing, unreadable or otherwise not as it was left has one remedy: building it again.
  const isWhole = await checkFolder(folder, built, signers).catch(() => false);
  return isWhole ? built : undefined;
}

async function checkFolder(
  folder: string,
  built: BuiltKit,
  signers: readonly DocumentSigner[],
): Promise<boolean> {
  const document = await readFile(join(folder, "SHA256SUMS"));
  if (sha256Hex(document) !== built.document) return false;
  const sums = parseSums(document.toString("utf8"), folder);
  for (const { publicKey } of signers) {
    const { name, kind, text } = publicKey;
    for (const signed of signedBy(kind, sums.has("SM3SUMS"))) {
      const signature = await readFile(join(folder, signatureFile(signed, name, kind)));
      const bytes = await readFile(join(folder, signed));
      if (!(await formats[kind].verify(bytes, signature, publicKey))) return false;
    }
    if ((await readFile(join(folder, publicKeyFile(name, kind)), "utf8")) !== text) return false;
  }
  for (const [name, sha256] of sums) {
    const isAsLeft = name === built.archive.name && (await isUntouched(join(folder, name), built.archive));
    if (!isAsLeft && (await sha256OfFile(join(folder, name))) !== sha256) return false;
  }
  return true;
}

async function isUntouched(file: string, { size, modified }: BuiltKit["archive"]): Promise<boolean> {
  const found = await stat(file, { bigint: true });
  return found.size === BigInt(size) && String(found.mtimeNs) === modified;
}

/** Remembers a kit that was just put in place. */
export async function rememberBuilt(
  context: RunContext,
  kit: { readonly name: string; readonly folder: string },
  built: Omit<BuiltKit, "archive"> & { readonly archive: { readonly name: string; readonly size: number } },
): Promise<void> {
  const { mtimeNs } = await stat(join(kit.folder, built.archive.name), { bigint: true });
  const { name, size } = built.archive;
  const record: BuiltKit = { ...built, archive: { name, size, modified: String(mtimeNs) } };
  await writeFileAtomic(builtFile(context, kit.name), `${JSON.stringify(record, null, 2)}\n`);
}

function builtFile({ paths }: RunContext, kit: string): string {
  return join(paths.built, `${kit}.json`);
}

/** This file is airgo's own: one that cannot be read only means that the kit is built again. */
function parse(text: string | undefined): BuiltKit | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as BuiltKit);
  } catch {
    return undefined;
  }
}
