import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

import { extract, type Header } from "tar-stream";

import { AirgoError, isAirgoError, isSystemError, messageOf } from "../support/errors.js";
import { asDiskError } from "../support/files.js";
import { createArchiveForm, type ArchiveForm } from "./archive-form.js";
import { isSafePath } from "./sums.js";

/** What an archive was found to hold: the digest of each file, by its name. */
export type ArchiveContents = ReadonlyMap<
  string,
  { readonly sha256: string; readonly size: number; readonly mode: number }
>;

/** A file on its way out of an archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
}

export interface ScanOptions {
  readonly signal?: AbortSignal | undefined;
  /** At most so many entries; more are refused. */
  readonly maxEntries?: number;
  /** Told the bytes of each piece. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Shown each file. What it leaves unread is read over; what it throws ends the reading. */
  readonly visit?: (entry: ArchiveEntry, chunks: AsyncIterable<Buffer>) => Promise<void>;
}

/** What reading an archive from end to end tells of it. */
export interface ScannedArchive {
  readonly contents: ArchiveContents;
  /** The SHA-256 that an archive of these entries, in this order, has in the one form of a kit. */
  readonly formSha256: string;
}

/**
 * Reads a kit's archive from end to end without unpacking it, and refuses whatever a kit never holds: anything but
 * regular files, unsafe or repeated names, owners other than root.
 * Every file is shown to a visitor on the way.
 * @throws AIRGO_ARCHIVE_INVALID, also when it is cut off or damaged; AIRGO_DISK; the abort reason when aborted; what the visitor throws
 */
export async function scanArchive(file: string, options: ScanOptions): Promise<ScannedArchive> {
  const { signal, maxEntries = Infinity } = options;
  const contents = new Map<string, { sha256: string; size: number; mode: number }>();
  const parser = extract();
  const feeding = pipeline(
    createReadStream(file, { highWaterMark: 1 << 20 }),
    parser,
    signal === undefined ? {} : { signal },
  );
  // Whatever ends the reading below ends the feeding too; its own failure is awaited at the end.
  feeding.catch(() => undefined);
  const form = createArchiveForm();
  const visitor: { failure?: unknown } = {};
  try {
    for await (const entry of parser) {
      const { header } = entry;
      const problem = problemOf(header) ?? (contents.has(header.name) ? "it stands there twice" : undefined);
      if (problem !== undefined) throw invalid(file, header.name, problem);
      if (contents.size >= maxEntries) throw tooMany(file, maxEntries);
      const { name, size, mode } = header;
      const sha256 = await readEntry({ name, size, mode }, entry, form, options, visitor);
      contents.set(name, { sha256, size, mode });
    }
    await feeding;
    return { contents, formSha256: await form.digest() };
  } catch (error) {
    signal?.throwIfAborted();
    parser.destroy();
    // What a failing disk breaks off looks like damage to whoever reads on.
    const reason: unknown = await feeding.catch((failure: unknown) => failure);
    if (isSystemError(reason)) throw asDiskError(reason, file);
    if ("failure" in visitor) throw visitor.failure;
    if (isAirgoError(error) || isSystemError(error)) throw asDiskError(error, file);
    throw damagedArchive(file, error);
  } finally {
    form.close();
  }
}

/** Reads one file, whether its visitor does or not. */
async function readEntry(
  entry: ArchiveEntry,
  stream: AsyncIterable<unknown>,
  form: ArchiveForm,
  { visit, onBytes }: ScanOptions,
  visitor: { failure?: unknown },
): Promise<string> {
  const hash = createHash("sha256");
  const written = form.entry(entry);
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const piece of stream) {
      const chunk = piece as Buffer;
      hash.update(chunk);
      onBytes?.(chunk.length);
      await written.write(chunk);
      yield chunk;
    }
  }
  const chunks = hashed();
  if (visit !== undefined) {
    await visit(entry, withoutReturn(chunks)).catch((error: unknown) => {
      visitor.failure = error;
      throw error;
    });
  }
  for await (const _ of chunks);
  await written.end();
  return hash.digest("hex");
}

/** The same, but that whoever stops reading early does not end it for those who read on. */
function withoutReturn<T>(source: AsyncIterator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) };
}

function problemOf(header: Header): string | undefined {
  if (header.type !== "file") return `it is a ${header.type ?? "nameless kind"}, not a regular file`;
  if (!isSafePath(header.name)) return "its name is not safe";
  if (header.mode !== 0o644 && header.mode !== 0o755) return `its mode is ${(header.mode ?? 0).toString(8)}`;
  if ((header.uid ?? 0) !== 0 || (header.gid ?? 0) !== 0) return "it belongs to another user than root";
  // Where tar runs as root, an owner's name counts for more than the number.
  if (header.uname || header.gname) return "it names its owner";
  // GNU tar obeys further headers that tar-stream passes over, such as another name for the file.
  const further = Object.keys(header.pax ?? {}).find((key) => key !== "path");
  return further === undefined ? undefined : `it has an extended header, ${further}`;
}

function tooMany(file: string, limit: number): AirgoError {
  return new AirgoError("AIRGO_ARCHIVE_INVALID", {
    what: "the archive has more files than any kit",
    where: file,
    expected: `at most ${limit}`,
    hint: "do not install it: ask whoever gave it to you",
  });
}

function damagedArchive(file: string, cause: unknown): AirgoError {
  return new AirgoError("AIRGO_ARCHIVE_INVALID", {
    what: "the archive is cut off or damaged",
    where: file,
    found: messageOf(cause),
    hint: "copy it again from where it was whole, or build it again",
    cause,
  });
}

function invalid(archive: string, entry: string, problem: string): AirgoError {
  return new AirgoError("AIRGO_ARCHIVE_INVALID", {
    what: `an entry of the archive must not be there: ${problem}`,
    where: `${archive}: ${entry}`,
    expected: "regular files with plain names, mode 0644 or 0755, owned by root, nothing else about them",
    found: entry,
  });
}
