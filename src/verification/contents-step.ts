import { createHash } from "node:crypto";
import { join } from "node:path";

import { scanArchive } from "../kit/archive-reader.js";
import { sha256Hex } from "../support/digest.js";
import { createFindings, kitError, type Findings } from "./findings.js";
import { limits } from "./limits.js";
import type { KitParts, PartGatherer } from "./parts.js";
import { createDigests, readSmall, type Digests } from "./regular-file.js";
import { tapped } from "./tapped.js";
import { findMismatch, idOf, readSums, type SummedFolder, type SumsOptions } from "./sums-step.js";
import { readUnpacked } from "./unpacked.js";

/** The kit's files, each of which is what its own SHA256SUMS says. */
export interface KitContents {
  /** SHA-256 by path, SHA256SUMS apart. */
  readonly files: ReadonlyMap<string, string>;
  /** Of the kit's own SHA256SUMS. */
  readonly sumsSha256: string;
  readonly sizes: ReadonlyMap<string, number>;
  readonly parts: KitParts;
}

/** What one file of a kit was found to be. */
interface FoundFile extends Digests {
  readonly size: number;
  /** Undefined in a folder: what unpacked it has put its own mode there. */
  readonly mode: number | undefined;
}

/**
 * Step 3: the archive, and the unpacked kit where it lies beside it, hold exactly the files that contents.SHA256SUMS
 * lists.
 * @throws AIRGO_ARCHIVE_INVALID, AIRGO_CHECKSUM_MISMATCH, AIRGO_DISK
 */
export async function checkContents(
  folder: string,
  summed: SummedFolder,
  gatherer: PartGatherer,
  options: SumsOptions,
): Promise<KitContents> {
  const data = await readSigned(folder, "contents.SHA256SUMS", summed);
  const files = readSums(data, join(folder, "contents.SHA256SUMS"));
  const findings = createFindings();
  if (idOf(data) !== summed.id)
    findings.add(
      "AIRGO_CHECKSUM_MISMATCH",
      `${summed.top}.tar`,
      `by its contents it should be called ${summed.name}-${idOf(data)}`,
    );
  if (files.has("SHA256SUMS"))
    findings.add("AIRGO_ARCHIVE_INVALID", "contents.SHA256SUMS", "it lists SHA256SUMS");
  const sums = createDigests(summed.withSm3);
  sums.update(data);
  const { sha256: sumsSha256 } = sums.digests();
  const expected = new Map([...files, ["SHA256SUMS", sumsSha256]]);
  const sm3 = await sm3Of(folder, summed, expected, findings);
  findings.throwIfAny("the papers of the kit do not go together", folder);

  // Both are held to the same digests, so that looking into one of them is enough.
  let found: ReadonlyMap<string, FoundFile> | undefined;
  if (summed.hasArchive) {
    found = await readTar(folder, summed, gatherer, options);
    compare(found, expected, sm3, findings);
    findings.throwIfAny(
      "the archive does not hold what contents.SHA256SUMS says",
      join(folder, `${summed.top}.tar`),
    );
  }
  if (summed.hasUnpacked) {
    const visitor = summed.hasArchive ? undefined : gatherer;
    const unpacked = await readUnpacked(join(folder, summed.top), new Set(expected.keys()), {
      ...options,
      withSm3: summed.withSm3,
      findings,
      visitor,
    });
    compare(unpacked, expected, sm3, findings);
    findings.throwIfAny("the unpacked kit is not what contents.SHA256SUMS says", join(folder, summed.top));
    found ??= unpacked;
  }
  const sizes = new Map([...(found ?? [])].map(([path, { size }]) => [path, size]));
  return { files, sumsSha256, sizes, parts: await gatherer.parts() };
}

/** A list beside the archive, held to its digest once more: it may have been changed since step 2. */
async function readSigned(folder: string, name: string, { digests }: SummedFolder): Promise<Buffer> {
  const file = join(folder, name);
  const data = await readSmall(file, limits.contents);
  const found = sha256Hex(data);
  const expected = digests.get(name) ?? "";
  if (found === expected) return data;
  throw kitError("AIRGO_CHECKSUM_MISMATCH", "the file was changed while the kit was verified", file, {
    expected,
    found,
  });
}

/** The SM3 digests of the kit's files; none where the kit has none, or this Node cannot compute them. */
async function sm3Of(
  folder: string,
  summed: SummedFolder,
  expected: ReadonlyMap<string, string>,
  findings: Findings,
): Promise<ReadonlyMap<string, string>> {
  if (!summed.withSm3) return new Map();
  const data = await readSigned(folder, "contents.SM3SUMS", summed);
  const sm3 = readSums(data, join(folder, "contents.SM3SUMS"));
  for (const path of expected.keys())
    if (!sm3.has(path)) findings.add("AIRGO_ARCHIVE_INVALID", "contents.SM3SUMS", `it lacks ${path}`);
  for (const path of sm3.keys())
    if (!expected.has(path))
      findings.add(
        "AIRGO_ARCHIVE_INVALID",
        "contents.SM3SUMS",
        `it lists ${path}, contents.SHA256SUMS does not`,
      );
  return sm3;
}

async function readTar(
  folder: string,
  { top, digests, withSm3 }: SummedFolder,
  gatherer: PartGatherer,
  options: SumsOptions,
): Promise<Map<string, FoundFile>> {
  const file = join(folder, `${top}.tar`);
  const findings = createFindings();
  const found = new Map<string, FoundFile>();
  const sm3 = new Map<string, string>();
  const { contents, formSha256 } = await scanArchive(file, {
    ...options,
    maxEntries: limits.files,
    async visit({ name, size }, chunks) {
      const path = name.startsWith(`${top}/`) ? name.slice(top.length + 1) : undefined;
      if (path === undefined)
        return findings.add("AIRGO_ARCHIVE_INVALID", name, `it does not lie below ${top}/`);
      if (!withSm3) return gatherer.visit(path, size, chunks);
      const hash = createHash("sm3");
      const pieces = tapped(chunks, (chunk) => hash.update(chunk));
      await gatherer.visit(path, size, pieces);
      for await (const _ of pieces);
      sm3.set(path, hash.digest("hex"));
    },
  });
  findings.throwIfAny("the archive holds more than one folder", file);
  for (const [name, { sha256, size, mode }] of contents) {
    const path = name.slice(top.length + 1);
    found.set(path, { sha256, size, mode, sm3: sm3.get(path) });
  }
  // Also when the file was changed since step 2 read it.
  if (formSha256 !== digests.get(`${top}.tar`))
    findings.add(
      "AIRGO_ARCHIVE_INVALID",
      `${top}.tar`,
      "its bytes are not those that an archive of its files has, as airgo writes it",
    );
  const names = [...contents.keys()];
  if (
    names.some(
      (name, at) => at > 0 && Buffer.compare(Buffer.from(names[at - 1] ?? ""), Buffer.from(name)) >= 0,
    )
  )
    findings.add("AIRGO_ARCHIVE_INVALID", `${top}.tar`, "its files are not sorted by their names");
  findings.throwIfAny("the archive is not in the form of a kit", file);
  return found;
}

function compare(
  found: ReadonlyMap<string, FoundFile>,
  expected: ReadonlyMap<string, string>,
  sm3: ReadonlyMap<string, string>,
  findings: Findings,
): void {
  for (const [path, sha256] of expected) {
    const file = found.get(path);
    if (file === undefined) findings.add("AIRGO_ARCHIVE_INVALID", path, "it is missing");
    else findMismatch(path, file, { sha256, sm3: sm3.get(path) }, findings);
  }
  for (const [path, { mode }] of found) {
    if (!expected.has(path)) findings.add("AIRGO_ARCHIVE_INVALID", JSON.stringify(path), "it is not listed");
    const right = path === "install.sh" ? 0o755 : 0o644;
    if (mode !== undefined && mode !== right)
      findings.add(
        "AIRGO_ARCHIVE_INVALID",
        path,
        `its mode is 0${mode.toString(8)}, not 0${right.toString(8)}`,
      );
  }
}
