import { createReadStream } from "node:fs";
import { join } from "node:path";

import { type ArchiveEntry, scanArchive } from "../kit/archive-reader.js";
import { writeArchive } from "../kit/archive-writer.js";
import { kitTop } from "../kit/layout.js";
import { goVersionsOf } from "../kit/metadata.js";
import { folderReadme } from "../kit/readme.js";
import { contentsSm3Sums, sm3Hex, sm3Of } from "../kit/sm3-sums.js";
import { formatDigests, formatSums, type SummedFile } from "../kit/sums.js";
import type { DigestName } from "../manifest/schema.js";
import { transcriptJson, transcriptText, type Transcript } from "../rehearsal/transcript.js";
import type { DocumentSigner } from "../signing/document-signer.js";
import { sha256Hex } from "../support/digest.js";
import { AirgoError } from "../support/errors.js";
import { writeNewFile } from "../support/files.js";
import type { StagedKit } from "./assemble.js";
import { progressOf, type RunContext } from "./context.js";
import { provenanceOf } from "./provenance.js";
import type { SignedTexts } from "./signature-files.js";

/** The folder that will be carried, complete but for the signatures. */
export interface PackedKit {
  readonly kit: StagedKit;
  readonly folder: string;
  readonly archive: { readonly name: string; readonly sha256: string; readonly size: number };
  /** What is signed: the folder's SHA256SUMS, and for SM2 its SM3SUMS. */
  readonly documents: SignedTexts;
}

/** What lies beside the archive and depends on more than the kit. */
export interface BesideKit {
  readonly transcript: Transcript;
  readonly signers: readonly DocumentSigner[];
  readonly digests: readonly DigestName[];
}

/** The pack stage: the archive, read back, and the papers beside it. */
export async function pack(
  context: RunContext,
  kit: StagedKit,
  beside: BesideKit,
  folder: string,
): Promise<PackedKit> {
  const top = kitTop(kit.name, kit.id);
  const files = kit.files.map((file) => ({ ...file, name: `${top}/${file.path}` }));
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const name = `${top}.tar`;
  const target = join(folder, name);
  const onBytes = progressOf(context.emit, "pack", name, total);
  const archive = await writeArchive(target, files, { signal: context.signal, onBytes });
  const withSm3 = beside.digests.includes("sm3");
  const sm3 = await readBack(target, archive.sha256, files, { signal: context.signal, withSm3 });

  const papers = new Map([
    ["contents.SHA256SUMS", kit.sums],
    ...(withSm3 ? [["contents.SM3SUMS", contentsSm3Sums(sm3, top)] as const] : []),
    ["provenance.json", await provenanceOf(context, kit, beside.transcript.isolation)],
    ["rehearsal.json", transcriptJson(beside.transcript)],
    ["rehearsal.txt", transcriptText(beside.transcript)],
    ["README.txt", readme(kit, top, beside.signers)],
  ]);
  const sm3Sums = withSm3 ? await sm3SumsOf(target, name, papers) : undefined;
  if (sm3Sums !== undefined) papers.set("SM3SUMS", sm3Sums);
  const summed: SummedFile[] = [{ path: name, sha256: archive.sha256 }];
  for (const [path, text] of papers) {
    await writeNewFile(join(folder, path), text);
    summed.push({ path, sha256: sha256Hex(text) });
  }
  const sums = formatSums(summed);
  await writeNewFile(join(folder, "SHA256SUMS"), sums);
  const documents = { SHA256SUMS: sums, ...(sm3Sums === undefined ? {} : { SM3SUMS: sm3Sums }) };
  return { kit, folder, archive: { name, ...archive }, documents };
}

/** The text of the folder's SM3SUMS: of the archive and of every paper so far. */
async function sm3SumsOf(
  archive: string,
  name: string,
  papers: ReadonlyMap<string, string>,
): Promise<string> {
  const ofPapers = [...papers].map(([path, text]) => [path, sm3Hex(text)] as const);
  return formatDigests([
    [name, await sm3Of(createReadStream(archive, { highWaterMark: 1 << 20 }))],
    ...ofPapers,
  ]);
}

/**
 * What was written is what was meant: every entry is there once, with its bytes and its mode, in the one form that
 * `airgo verify` takes.
 * @returns with `withSm3` the SM3 of each file by its name there
 * @throws AIRGO_ARCHIVE_INVALID
 */
async function readBack(
  archive: string,
  archiveSha256: string,
  files: readonly { name: string; sha256: string; mode: number }[],
  options: { readonly signal: AbortSignal; readonly withSm3: boolean },
): Promise<Map<string, string>> {
  const sm3 = new Map<string, string>();
  const visit = async ({ name }: ArchiveEntry, chunks: AsyncIterable<Buffer>): Promise<void> =>
    void sm3.set(name, await sm3Of(chunks));
  const { signal, withSm3 } = options;
  const { contents, formSha256 } = await scanArchive(archive, withSm3 ? { signal, visit } : { signal });
  const wrong = files.filter(
    ({ name, sha256, mode }) => contents.get(name)?.sha256 !== sha256 || contents.get(name)?.mode !== mode,
  );
  if (wrong.length === 0 && contents.size === files.length && formSha256 === archiveSha256) return sm3;
  const differing = wrong.slice(0, 3).map(({ name }) => name);
  throw new AirgoError("AIRGO_ARCHIVE_INVALID", {
    what: "the archive just written does not hold what was packed",
    where: archive,
    expected: `${files.length} files`,
    found: `${contents.size} files; differing: ${differing.join(", ") || "none"}`,
    hint: "check the disk, then run the same command again",
  });
}

function readme(kit: StagedKit, top: string, signers: readonly DocumentSigner[]): string {
  return folderReadme({
    name: kit.name,
    goVersions: goVersionsOf(kit.facts),
    arches: Object.values(kit.lock.kits)[0]?.arch ?? [],
    modules: kit.lock.modules.filter((module) => module.zip !== undefined).length,
    top,
    signers: signers.map(({ publicKey }) => publicKey),
  });
}
