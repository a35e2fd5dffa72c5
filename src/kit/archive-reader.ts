import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

import { extract, type Header } from "tar-stream";

import { AirgoError, isAirgoError, isSystemError, messageOf } from "../support/errors.js";
import { asDiskError } from "../support/files.js";
import { isSafePath } from "./sums.js";

/** What an archive was found to hold: the digest of each file, by its name. */
export type ArchiveContents = ReadonlyMap<
  string,
  { readonly sha256: string; readonly size: number; readonly mode: number; readonly sm3?: string }
>;

export interface ReadArchiveOptions {
  readonly signal?: AbortSignal | undefined;
  /** Computes the SM3 of each file too. */
  readonly withSm3?: boolean;
}

/**
 * Reads a kit's archive from end to end without unpacking it, and refuses whatever a kit never holds: anything but
 * regular files, unsafe or repeated names, owners other than root.
 * @throws AIRGO_ARCHIVE_INVALID, also when it is cut off or damaged; AIRGO_DISK; the abort reason when aborted
 */
export async function readArchive(
  file: string,
  { signal, withSm3 = false }: ReadArchiveOptions = {},
): Promise<ArchiveContents> {
  const contents = new Map<string, { sha256: string; size: number; mode: number; sm3?: string }>();
  const parser = extract();
  const feeding = pipeline(
    createReadStream(file, { highWaterMark: 1 << 20 }),
    parser,
    signal === undefined ? {} : { signal },
  );
  // Whatever ends the reading below ends the feeding too; its own failure is awaited at the end.
  feeding.catch(() => undefined);
  try {
    for await (const entry of parser) {
      const { header } = entry;
      const problem = problemOf(header) ?? (contents.has(header.name) ? "it stands there twice" : undefined);
      if (problem !== undefined) throw invalid(file, header.name, problem);
      const hash = createHash("sha256");
      const sm3 = withSm3 ? createHash("sm3") : undefined;
      for await (const chunk of entry) {
        hash.update(chunk as Buffer);
        sm3?.update(chunk as Buffer);
      }
      contents.set(header.name, {
        sha256: hash.digest("hex"),
        size: header.size ?? 0,
        mode: header.mode ?? 0,
        ...(sm3 === undefined ? {} : { sm3: sm3.digest("hex") }),
      });
    }
    await feeding;
  } catch (error) {
    signal?.throwIfAborted();
    if (isAirgoError(error) || isSystemError(error)) throw asDiskError(error, file);
    throw damagedArchive(file, error);
  }
  return contents;
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
