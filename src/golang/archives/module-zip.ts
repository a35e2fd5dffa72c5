import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import { extract } from "tar-stream";

import { isAirgoError, isSystemError, messageOf } from "../../support/errors.js";
import { asDiskError } from "../../support/files.js";
import { invalidArchive, nameInModule } from "./archive-tree.js";
import { createZipWriter } from "./write-zip.js";

/** What a conversion reads and writes. */
export interface Conversion {
  /** An official archive, tar.gz. */
  readonly archive: string;
  /** What every name in the module's zip begins with: `golang.org/toolchain@v…/`. */
  readonly prefix: string;
  /** A file that is not there yet. */
  readonly zipFile: string;
}

/** Of one file, and of all; bytes. Go 1.27 has 270 MB unpacked, in 15,000 files. */
const limits = { fileBytes: 200 << 20, totalBytes: 1 << 30, entries: 60_000 } as const;

/**
 * Makes the toolchain module's zip of an official archive: the same tree, its files compressed one by one. The bytes
 * depend on the archive and on this version of airgo, and on nothing else. What its `h1:` is has to be seen afterwards.
 * @throws AIRGO_GO_ARCHIVE_INVALID; AIRGO_DISK
 */
export async function writeModuleZip({ archive, prefix, zipFile }: Conversion): Promise<void> {
  const handle = await open(zipFile, "wx", 0o600).catch((error: unknown) => {
    throw asDiskError(error, zipFile);
  });
  try {
    const zip = createZipWriter(handle);
    for await (const { name, content } of filesIn(archive)) await zip.add(prefix + name, content);
    await zip.end();
  } catch (error) {
    throw asDiskError(error, zipFile);
  } finally {
    await handle.close();
  }
}

/** The archive's files that the module has too, in the archive's order. */
async function* filesIn(archive: string): AsyncGenerator<{ name: string; content: Buffer }> {
  const entries = extract();
  const feeding = pipeline(createReadStream(archive, { highWaterMark: 1 << 20 }), createGunzip(), entries);
  // Whatever ends the reading below ends the feeding too; its own failure is awaited at the end.
  feeding.catch(() => undefined);
  let [count, bytes] = [0, 0];
  try {
    for await (const entry of entries) {
      const { name, size, type } = entry.header;
      count += 1;
      bytes += size;
      if (size > limits.fileBytes || bytes > limits.totalBytes || count > limits.entries)
        throw invalidArchive("it is far too large", archive, `at most ${limits.totalBytes} bytes`);
      const inModule = nameInModule({ name, type: type ?? "nameless kind" });
      if (inModule === undefined) entry.resume();
      else yield { name: inModule, content: await contentOf(entry) };
    }
    await feeding;
  } catch (error) {
    if (isAirgoError(error) || isSystemError(error)) throw asDiskError(error, archive);
    throw invalidArchive(`it cannot be read: ${messageOf(error)}`, archive, "a whole tar.gz");
  }
}

async function contentOf(parts: AsyncIterable<unknown>): Promise<Buffer> {
  const content: Buffer[] = [];
  for await (const part of parts) content.push(part as Buffer);
  return Buffer.concat(content);
}
