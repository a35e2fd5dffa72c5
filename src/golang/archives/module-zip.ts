import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import { extract } from "tar-stream";

import { isAirgoError, isSystemError, messageOf, type AirgoError } from "../../support/errors.js";
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

/** What an archive may unpack to: of one file, and of all; bytes. */
export interface ArchiveLimits {
  readonly fileBytes: number;
  readonly totalBytes: number;
  readonly entries: number;
}

/** Go 1.27 has 270 MB unpacked, in 15,000 files. */
const ordinaryLimits: ArchiveLimits = { fileBytes: 200 << 20, totalBytes: 1 << 30, entries: 60_000 };

/**
 * Makes the toolchain module's zip of an official archive: the same tree, its files compressed one by one. The bytes
 * depend on the archive and on this version of airgo, and on nothing else. What its `h1:` is has to be seen afterwards.
 * @param onRead told how many bytes of the archive were read, part by part
 * @throws AIRGO_GO_ARCHIVE_INVALID; AIRGO_DISK
 */
export async function writeModuleZip(
  { archive, prefix, zipFile }: Conversion,
  onRead: (bytes: number) => void,
  limits = ordinaryLimits,
): Promise<void> {
  const handle = await open(zipFile, "wx", 0o600).catch((error: unknown) => {
    throw asDiskError(error, zipFile);
  });
  try {
    const zip = createZipWriter(handle);
    for await (const { name, content } of filesIn(archive, onRead, limits))
      await zip.add(prefix + name, content);
    await zip.end();
  } catch (error) {
    throw asDiskError(error, zipFile);
  } finally {
    await handle.close();
  }
}

/** The archive's files that the module has too, in the archive's order. */
async function* filesIn(
  archive: string,
  onRead: (bytes: number) => void,
  limits: ArchiveLimits,
): AsyncGenerator<{ name: string; content: Buffer }> {
  const entries = extract();
  const feeding = pipeline(
    createReadStream(archive, { highWaterMark: 1 << 20 }).on("data", (part) => onRead(part.length)),
    createGunzip(),
    limited(archive, limits),
    entries,
  );
  // Whatever ends the reading below ends the feeding too; its own failure is awaited at the end.
  feeding.catch(() => undefined);
  let count = 0;
  try {
    for await (const entry of entries) {
      const { name, size, type } = entry.header;
      count += 1;
      if (size > limits.fileBytes || count > limits.entries) throw tooLarge(archive, limits);
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

/** Ends a stream that unpacks to too much, also behind the tar's end, where nothing else looks. */
function limited(archive: string, limits: ArchiveLimits) {
  return async function* (parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const part of parts) {
      bytes += part.length;
      if (bytes > limits.totalBytes) throw tooLarge(archive, limits);
      yield part;
    }
  };
}

function tooLarge(archive: string, { totalBytes, entries }: ArchiveLimits): AirgoError {
  return invalidArchive(
    "it is far too large",
    archive,
    `at most ${totalBytes} bytes unpacked, in ${entries} entries`,
  );
}

async function contentOf(parts: AsyncIterable<unknown>): Promise<Buffer> {
  const content: Buffer[] = [];
  for await (const part of parts) content.push(part as Buffer);
  return Buffer.concat(content);
}
