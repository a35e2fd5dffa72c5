import { writeFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { readEntry, type ZipEntry } from "../../modules/zip-content.js";
import { hasSystemCode } from "../../support/errors.js";
import { asDiskError, temporaryBeside } from "../../support/files.js";
import { type GorootFile, gorootFiles } from "./goroot-files.js";

/** How many files are being written at once. */
const lanes = 8;
/** A file of this many bytes is written sooner than it is handed to another thread; most files are smaller. */
const smallBytes = 64 << 10;

/**
 * Makes a GOROOT folder of one toolchain zip, whole or not at all: into a folder beside the target, then one rename.
 * Every content is held to the SHA-256 found at inspection. Modes are as in the official archive, less the umask.
 * When another process has put the target there meanwhile, that one stays.
 * @param entries of `inspectZip` on the same file
 * @throws AIRGO_ZIP_INVALID; AIRGO_DISK
 */
export async function unpackToolchain(toolchain: {
  readonly zipFile: string;
  readonly entries: readonly ZipEntry[];
  readonly targetDir: string;
}): Promise<void> {
  const files = gorootFiles(toolchain.entries);
  const zip = await readFile(toolchain.zipFile);
  const temporary = temporaryBeside(toolchain.targetDir);
  try {
    await makeFolders(temporary, files);
    // One list is shared: a lane takes the next file when it is done with its last.
    const queue = files.values();
    const written = await Promise.allSettled(
      Array.from({ length: lanes }, () => writeFiles(temporary, queue, zip)),
    );
    // All have ended before one's failure is told: none writes into a folder that is being removed.
    for (const lane of written) if (lane.status === "rejected") throw lane.reason;
    await rename(temporary, toolchain.targetDir).catch((error: unknown) => {
      if (!hasSystemCode(error, "EEXIST", "ENOTEMPTY")) throw error;
    });
  } catch (error) {
    throw asDiskError(error, toolchain.targetDir);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function makeFolders(root: string, files: readonly GorootFile[]): Promise<void> {
  await mkdir(root, { recursive: true });
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let folder = dirname(path); folder !== "." && !folders.has(folder); folder = dirname(folder))
      folders.add(folder);
  }
  // A parent sorts before its children, so that each folder is one call.
  for (const folder of [...folders].sort()) await mkdir(join(root, folder));
}

async function writeFiles(root: string, queue: Iterable<GorootFile>, zip: Buffer): Promise<void> {
  for (const { path, mode, entry } of queue) {
    // "wx": a path that is there already was not made by us.
    const options = { mode, flag: "wx" };
    const content = readEntry(zip, entry);
    if (content.length > smallBytes) await writeFile(join(root, path), content, options);
    else writeFileSync(join(root, path), content, options);
  }
}
