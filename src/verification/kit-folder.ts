import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { parsePublicKeyFile, parseSignatureFile } from "../signing/key-kinds.js";
import { AirgoError, hasSystemCode } from "../support/errors.js";
import { asDiskError } from "../support/files.js";
import { kitError } from "./findings.js";
import { limits } from "./limits.js";

/** What lies in a kit's folder, by what its names say; nothing is read yet. */
export interface KitFolder {
  readonly folder: string;
  /** Files that are neither signatures nor public keys, the signed document apart. */
  readonly files: readonly string[];
  /** Signatures over each document, by file name. */
  readonly signatures: readonly {
    readonly file: string;
    readonly document: "SHA256SUMS" | "SM3SUMS";
    readonly signer: string;
  }[];
  readonly publicKeys: readonly {
    readonly file: string;
    readonly signer: string;
    /** The caller trusts this very file. */
    readonly isTrusted: boolean;
  }[];
  readonly folders: readonly string[];
  /** Links, pipes and devices. */
  readonly others: readonly string[];
}

const documents = ["SHA256SUMS", "SM3SUMS"] as const;

/**
 * The folder that a path means: itself, where `latest` leads, or where the archive or the unpacked kit lies.
 * @throws AIRGO_USAGE when there is no such thing, AIRGO_ARCHIVE_INVALID when it is no kit's folder
 */
export async function findKitFolder(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    const folder = (await stat(real)).isDirectory() ? real : folderOfArchive(real);
    await lstat(join(folder, "SHA256SUMS"));
    // The unpacked kit has a SHA256SUMS of its own; the signed one lies beside it.
    const isAround = await isThere(join(dirname(folder), "contents.SHA256SUMS"));
    return isAround && !(await isThere(join(folder, "contents.SHA256SUMS"))) ? dirname(folder) : folder;
  } catch (error) {
    if (!hasSystemCode(error, "ENOENT", "ENOTDIR")) throw asDiskError(error, path);
    throw new AirgoError("AIRGO_USAGE", {
      what: "there is no kit",
      where: path,
      expected: "the folder that was carried, with SHA256SUMS in it, or the .tar in that folder",
      hint: "name kits/<name>/latest, or the folder on the medium",
    });
  }
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

function folderOfArchive(file: string): string {
  if (file.endsWith(".tar")) return dirname(file);
  throw new AirgoError("AIRGO_USAGE", { what: "not a kit's folder, and not a .tar", where: file });
}

/**
 * Looks at what lies in the folder.
 * @param besides files, as absolute paths, that are the caller's own: keys laid beside the kit
 * @throws AIRGO_ARCHIVE_INVALID, AIRGO_DISK
 */
export async function readKitFolder(folder: string, besides: ReadonlySet<string>): Promise<KitFolder> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw asDiskError(error, folder);
  });
  const names = (keep: (entry: (typeof entries)[number]) => boolean): string[] =>
    entries
      .filter(keep)
      .map(({ name }) => name)
      .sort();
  const all = names((entry) => entry.isFile());
  const signatures = documents.flatMap((document) =>
    all.flatMap((file) => {
      const signer = parseSignatureFile(document, file)?.signer;
      return signer === undefined ? [] : [{ file, document, signer }];
    }),
  );
  const publicKeys = all.flatMap((file) => {
    const signer = parsePublicKeyFile(file);
    return signer === undefined ? [] : [{ file, signer, isTrusted: besides.has(join(folder, file)) }];
  });
  for (const found of [signatures, publicKeys]) if (found.length > limits.signatures) throw tooMany(folder);
  const known = new Set(["SHA256SUMS", ...[...signatures, ...publicKeys].map(({ file }) => file)]);
  return {
    folder,
    files: all.filter((name) => !known.has(name) && !besides.has(join(folder, name))),
    signatures,
    publicKeys,
    folders: names((entry) => entry.isDirectory()),
    others: names((entry) => !entry.isFile() && !entry.isDirectory()),
  };
}

function tooMany(folder: string): AirgoError {
  const what = `more than ${limits.signatures} signatures or public keys lie there`;
  return kitError("AIRGO_ARCHIVE_INVALID", what, basename(folder));
}
