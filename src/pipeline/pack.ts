import { join } from "node:path";

import { readArchive } from "../kit/archive-reader.js";
import { writeArchive } from "../kit/archive-writer.js";
import { kitTop } from "../kit/layout.js";
import { goVersionsOf } from "../kit/metadata.js";
import { folderReadme } from "../kit/readme.js";
import { formatSums, type SummedFile } from "../kit/sums.js";
import { transcriptJson, transcriptText, type Transcript } from "../rehearsal/transcript.js";
import { sha256Hex } from "../support/digest.js";
import { AirgoError } from "../support/errors.js";
import { writeNewFile } from "../support/files.js";
import type { StagedKit } from "./assemble.js";
import { progressOf, type RunContext } from "./context.js";

/** The folder that will be carried, complete but for the signatures. */
export interface PackedKit {
  readonly kit: StagedKit;
  readonly folder: string;
  readonly archive: { readonly name: string; readonly sha256: string; readonly size: number };
  /** The one document that is signed: the folder's SHA256SUMS. */
  readonly document: string;
}

/** The pack stage: the archive, read back, and the papers beside it. */
export async function pack(
  context: RunContext,
  kit: StagedKit,
  transcript: Transcript,
  signers: readonly string[],
  folder: string,
): Promise<PackedKit> {
  const top = kitTop(kit.name, kit.id);
  const files = kit.files.map((file) => ({ ...file, name: `${top}/${file.path}` }));
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const name = `${top}.tar`;
  const target = join(folder, name);
  const onBytes = progressOf(context.emit, "pack", name, total);
  const archive = await writeArchive(target, files, { signal: context.signal, onBytes });
  await readBack(target, files, context.signal);

  const papers = new Map([
    ["contents.SHA256SUMS", kit.sums],
    ["rehearsal.json", transcriptJson(transcript)],
    ["rehearsal.txt", transcriptText(transcript)],
    ["README.txt", readme(kit, top, signers)],
  ]);
  const summed: SummedFile[] = [{ path: name, sha256: archive.sha256 }];
  for (const [path, text] of papers) {
    await writeNewFile(join(folder, path), text);
    summed.push({ path, sha256: sha256Hex(text) });
  }
  const document = formatSums(summed);
  await writeNewFile(join(folder, "SHA256SUMS"), document);
  return { kit, folder, archive: { name, ...archive }, document };
}

/**
 * What was written is what was meant: every entry is there once, with its bytes and its mode.
 * @throws AIRGO_ARCHIVE_INVALID
 */
async function readBack(
  archive: string,
  files: readonly { name: string; sha256: string; mode: number }[],
  signal: AbortSignal,
): Promise<void> {
  const contents = await readArchive(archive, signal);
  const wrong = files.filter(
    ({ name, sha256, mode }) => contents.get(name)?.sha256 !== sha256 || contents.get(name)?.mode !== mode,
  );
  if (wrong.length === 0 && contents.size === files.length) return;
  throw new AirgoError("AIRGO_ARCHIVE_INVALID", {
    what: "the archive just written does not hold what was packed",
    where: archive,
    expected: `${files.length} files`,
    found: `${contents.size} files; differing: ${
      wrong
        .slice(0, 3)
        .map(({ name }) => name)
        .join(", ") || "none"
    }`,
    hint: "check the disk, then run the same command again",
  });
}

function readme(kit: StagedKit, top: string, signers: readonly string[]): string {
  return folderReadme({
    name: kit.name,
    goVersions: goVersionsOf(kit.facts),
    arches: Object.values(kit.lock.kits)[0]?.arch ?? [],
    modules: kit.lock.modules.filter((module) => module.zip !== undefined).length,
    top,
    signers,
  });
}
