import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream, type ReadStream, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Transform } from "node:stream";

import { TarArchive } from "archiver";

import { AirgoError } from "../support/errors.js";
import { asDiskError } from "../support/files.js";
import { byBytes } from "../support/order.js";
import { entryTime } from "./archive-form.js";

/** A file to be packed. */
export interface PackedFile {
  /** Its name in the archive. */
  readonly name: string;
  /** Where its bytes are. */
  readonly file: string;
  readonly size: number;
  /** The digest that it must have: packing reads every byte anyway, so it is checked here. */
  readonly sha256: string;
  readonly mode: 0o644 | 0o755;
}

export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Writes a tar whose bytes depend on nothing but the files' names, modes and contents.
 *
 * archiver handles entries in the order in which it is given them only when each is given after the one before it was
 * written, and keeps a stream in memory unless it knows its size: so one at a time, with the size stated.
 * @returns digest and size of the archive
 * @throws AIRGO_STORE_DAMAGED when a file does not have its size or digest, AIRGO_DISK, the abort reason when aborted
 */
export async function writeArchive(
  target: string,
  files: readonly PackedFile[],
  options: WriteOptions = {},
): Promise<{ sha256: string; size: number }> {
  const archive = new TarArchive({ statConcurrency: 1 });
  const digest = createHash("sha256");
  let size = 0;
  const tee = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      digest.update(chunk);
      size += chunk.byteLength;
      options.onBytes?.(chunk.byteLength);
      done(null, chunk);
    },
  });
  const abort = options.signal === undefined ? {} : { signal: options.signal };
  const written = pipeline(tee, createWriteStream(target, { flags: "wx", flush: true }), abort);
  // Piped, and not a part of the pipeline: archiver throws out of reach of any handler when it is destroyed at work. When
  // writing fails it just gets no further, and is let go of.
  archive.on("error", () => undefined).pipe(tee);
  // Whichever fails first, adding entries or writing them out, ends the other.
  const broken = written.then(() => new Promise<never>(() => undefined));
  broken.catch(() => undefined);
  const added = addAll(archive, files, broken);
  try {
    await Promise.all([added, written]);
  } catch (error) {
    tee.destroy();
    await Promise.allSettled([added, written]);
    options.signal?.throwIfAborted();
    throw asDiskError(error, target);
  }
  return { sha256: digest.digest("hex"), size };
}

/** @param broken rejects when the archive cannot be written out */
async function addAll(
  archive: TarArchive,
  files: readonly PackedFile[],
  broken: Promise<never>,
): Promise<void> {
  for (const file of [...files].sort((a, b) => byBytes(a.name, b.name))) await addFile(archive, file, broken);
  await Promise.race([archive.finalize(), broken]);
}

async function addFile(archive: TarArchive, file: PackedFile, broken: Promise<never>): Promise<void> {
  // Before anything else: the entry's header promises the size, and the archive is broken when it does not come.
  const { size } = await stat(file.file);
  if (size !== file.size) throw changed(file, `${file.size} bytes`, `${size} bytes`);
  const source = createReadStream(file.file, { highWaterMark: 1 << 20 });
  const checked = hashing(source);
  const failed = once(source, "error").then(([error]) => Promise.reject(error as Error));
  const entry = once(archive, "entry");
  // archiver wants a Stats object and uses nothing of it but the size.
  const stats = { size: file.size } as Stats;
  archive.append(checked.stream, { name: file.name, date: entryTime, mode: file.mode, stats });
  try {
    await Promise.race([entry, failed, broken]);
  } finally {
    source.destroy();
  }
  const found = checked.digest();
  if (found !== file.sha256) throw changed(file, `sha256 ${file.sha256}`, `sha256 ${found}`);
}

/** What is staged shares its bytes with the store, which is checked whenever a kit is staged. */
function changed({ file }: PackedFile, expected: string, found: string): AirgoError {
  return new AirgoError("AIRGO_STORE_DAMAGED", {
    what: "a file of the kit changed before it was packed",
    where: file,
    expected,
    found,
    hint: "run the same command again: what is damaged is fetched anew; if it happens again, check the disk",
  });
}

function hashing(source: ReadStream): { stream: Transform; digest: () => string } {
  const hash = createHash("sha256");
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  source.pipe(stream);
  return { stream, digest: () => hash.digest("hex") };
}
