import { join } from "node:path";

import { formatSums, parseSums } from "../kit/sums.js";
import { sha256Hex } from "../support/digest.js";
import { createFindings, kitError, type Findings } from "./findings.js";
import type { KitFolder } from "./kit-folder.js";
import { createDigests, hasSm3, readPieces, type Digests } from "./regular-file.js";
import type { SignedDocuments } from "./signatures-step.js";

/** The folder's files, each of which is what the signed document says. */
export interface SummedFolder {
  /** `<name>-<id>`. */
  readonly top: string;
  readonly name: string;
  readonly id: string;
  /** The SHA-256 of each file as it is signed: what is read again must still be that. */
  readonly digests: ReadonlyMap<string, string>;
  readonly hasArchive: boolean;
  /** The unpacked kit lies beside it. */
  readonly hasUnpacked: boolean;
  readonly files: number;
  /** SM3 was computed and held against SM3SUMS. */
  readonly withSm3: boolean;
}

export interface SumsOptions {
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

/**
 * Step 2: every file of the folder has its digest, and nothing else lies there.
 * @throws AIRGO_ARCHIVE_INVALID, AIRGO_CHECKSUM_MISMATCH, AIRGO_DISK
 */
export async function checkSums(
  kit: KitFolder,
  { sha256Sums, sm3Sums }: Pick<SignedDocuments, "sha256Sums" | "sm3Sums">,
  options: SumsOptions,
): Promise<SummedFolder> {
  const where = join(kit.folder, "SHA256SUMS");
  const listed = readSums(sha256Sums, where);
  const lying = new Set(kit.files);
  const { top, name, id } = archiveIn(listed.keys(), where);
  const findings = createFindings();
  const hasUnpacked = kit.folders.includes(top);
  const hasArchive = lying.has(`${top}.tar`);
  findUnlisted(kit, listed, top, findings);
  if (!hasArchive && !hasUnpacked)
    findings.add("AIRGO_ARCHIVE_INVALID", `${top}.tar`, "neither it nor the unpacked kit is there");
  if (!listed.has("contents.SHA256SUMS"))
    findings.add("AIRGO_ARCHIVE_INVALID", "SHA256SUMS", "it does not list contents.SHA256SUMS");

  const sm3Listed = sm3Sums === undefined ? undefined : readSums(sm3Sums, join(kit.folder, "SM3SUMS"));
  if (listed.has("contents.SM3SUMS") !== listed.has("SM3SUMS"))
    findings.add("AIRGO_ARCHIVE_INVALID", "SHA256SUMS", "of SM3SUMS and contents.SM3SUMS it lists only one");
  // As it was when its signatures were judged.
  if (sm3Sums !== undefined)
    findMismatch(
      "SM3SUMS",
      { sha256: sha256Hex(sm3Sums), sm3: undefined },
      { sha256: listed.get("SM3SUMS") ?? "", sm3: undefined },
      findings,
    );
  if (sm3Listed !== undefined) findUnequalLists(listed, sm3Listed, findings);
  const withSm3 = sm3Listed !== undefined && hasSm3();
  let files = 0;
  for (const [path, sha256] of listed) {
    if (path === `${top}.tar` && !hasArchive && hasUnpacked) continue;
    if (!lying.has(path)) {
      findings.add("AIRGO_ARCHIVE_INVALID", path, "it is missing");
      continue;
    }
    const digests = await digestsOf(join(kit.folder, path), withSm3 && path !== "SM3SUMS", options);
    findMismatch(path, digests, { sha256, sm3: sm3Listed?.get(path) }, findings);
    files++;
  }
  findings.throwIfAny("the folder is not what its SHA256SUMS says", kit.folder);
  return {
    top,
    name,
    id,
    digests: listed,
    hasArchive,
    hasUnpacked,
    files,
    withSm3,
  };
}

/**
 * A list of digests in its one form: sorted, each path once.
 * @throws AIRGO_ARCHIVE_INVALID
 */
export function readSums(data: Buffer, where: string): ReadonlyMap<string, string> {
  const text = data.toString("utf8");
  const files = parseSums(text, where);
  const one = formatSums([...files].map(([path, sha256]) => ({ path, sha256 })));
  if (!Buffer.from(one).equals(data))
    throw kitError(
      "AIRGO_ARCHIVE_INVALID",
      "the list of digests is not in the form that airgo writes",
      where,
      {
        expected: "lines sorted by the bytes of the paths",
      },
    );
  return files;
}

/** Computes what is wanted of a file and adds nothing to memory. */
async function digestsOf(file: string, withSm3: boolean, { signal, onBytes }: SumsOptions): Promise<Digests> {
  const pair = createDigests(withSm3);
  for await (const chunk of readPieces(file, signal)) {
    pair.update(chunk);
    onBytes(chunk.length);
  }
  return pair.digests();
}

/** Adds a finding unless a file has the digests that it should have; those not computed are passed over. */
export function findMismatch(
  path: string,
  found: Digests,
  expected: { readonly sha256: string; readonly sm3: string | undefined },
  findings: Findings,
): void {
  if (found.sha256 !== expected.sha256)
    findings.add(
      "AIRGO_CHECKSUM_MISMATCH",
      path,
      `expected sha256 ${expected.sha256}, found ${found.sha256}`,
    );
  else if (found.sm3 !== undefined && expected.sm3 !== undefined && found.sm3 !== expected.sm3)
    findings.add("AIRGO_CHECKSUM_MISMATCH", path, `expected sm3 ${expected.sm3}, found ${found.sm3}`);
}

/** Name and id of the kit, by the one archive that is listed. */
function archiveIn(paths: Iterable<string>, where: string): { top: string; name: string; id: string } {
  const archives = [...paths].flatMap((path) => {
    const [, top, name, id] = /^(([^/]+)-([0-9a-f]{12}))\.tar$/.exec(path) ?? [];
    return top === undefined || name === undefined || id === undefined ? [] : [{ top, name, id }];
  });
  const [archive, ...more] = archives;
  if (archive !== undefined && more.length === 0) return archive;
  throw kitError("AIRGO_ARCHIVE_INVALID", "SHA256SUMS does not list exactly one kit", where, {
    expected: "<name>-<id>.tar, once",
    found: archives.map(({ top }) => `${top}.tar`).join(", ") || "none",
  });
}

function findUnlisted(
  kit: KitFolder,
  listed: ReadonlyMap<string, string>,
  top: string,
  findings: Findings,
): void {
  const add = (name: string, problem: string): void =>
    findings.add("AIRGO_ARCHIVE_INVALID", JSON.stringify(name), problem);
  for (const name of kit.files) if (!listed.has(name)) add(name, "it is not listed");
  for (const name of kit.folders) if (name !== top) add(name, "a folder that is none of the kit's");
  for (const name of kit.others) add(name, "it is no file, but a link, a pipe or a device");
}

/** SM3SUMS lists what SHA256SUMS lists, itself apart. */
function findUnequalLists(
  sha256: ReadonlyMap<string, string>,
  sm3: ReadonlyMap<string, string>,
  findings: Findings,
): void {
  const add = (file: string, problem: string): void => findings.add("AIRGO_ARCHIVE_INVALID", file, problem);
  for (const path of sha256.keys())
    if (path !== "SM3SUMS" && !sm3.has(path)) add("SM3SUMS", `it lacks ${path}`);
  for (const path of sm3.keys())
    if (!sha256.has(path)) add("SM3SUMS", `it lists ${path}, SHA256SUMS does not`);
}

/** The id that a kit with this SHA256SUMS has. */
export function idOf(contentsSums: Buffer): string {
  return sha256Hex(contentsSums).slice(0, 12);
}
