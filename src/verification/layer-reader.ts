import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { Readable, Transform } from "node:stream";
import { createGunzip } from "node:zlib";

import { extract, type Extract, type Header } from "tar-stream";

import { endOfTar, padding, tarHeader } from "../golang/layers/tar-header.js";
import { isAirgoError, isSystemError, messageOf } from "../support/errors.js";
import { byBytes } from "../support/order.js";
import { kitError } from "./findings.js";
import { limits } from "./limits.js";

/** A file of a layer. */
export interface LayerFile {
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly sha256: string;
}

/** What a layer holds at most. */
export interface LayerLimits {
  /** Unpacked. */
  readonly layer: number;
  readonly layerFiles: number;
}

/**
 * Reads a layer's tar.gz to its end, without unpacking it anywhere, and refuses what no layer holds.
 * @param where its path in the kit, for errors
 * @returns its files, in its own order
 * @throws AIRGO_ARCHIVE_INVALID, never anything else for bad bytes
 */
export async function readLayer(
  chunks: AsyncIterable<Buffer>,
  where: string,
  max: LayerLimits = limits,
): Promise<LayerFile[]> {
  const gunzip = createGunzip({ chunkSize: 256 << 10 });
  const parser = extract();
  const stream = createHash("sha256");
  let packed = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      packed += chunk.length;
      done(null, chunk);
    },
  });
  const feeding = pipeline(Readable.from(chunks), counted, gunzip, bounded(stream, where, max.layer), parser);
  // Whatever ends the reading below ends the feeding too; its own failure is awaited at the end.
  feeding.catch(() => undefined);
  try {
    const form = createHash("sha256");
    const files = await readFiles(parser, form, where, max.layerFiles);
    await feeding;
    // zlib passes over what follows the last member.
    if (gunzip.bytesWritten !== packed) throw refused(where, "something lies behind its end");
    if (form.update(endOfTar).digest("hex") !== stream.digest("hex"))
      throw refused(where, "its tar is not in the form that airgo writes");
    return files;
  } catch (error) {
    if (isAirgoError(error) || isSystemError(error)) throw error;
    throw refused(where, `it is cut off or damaged: ${messageOf(error)}`);
  } finally {
    parser.destroy();
  }
}

/** Hashes what passes, and lets no more of it pass than any layer has. */
function bounded(hash: ReturnType<typeof createHash>, where: string, most: number): Transform {
  let unpacked = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      unpacked += chunk.length;
      if (unpacked > most) return done(refused(where, `it unpacks to more than ${most} bytes`));
      hash.update(chunk);
      done(null, chunk);
    },
  });
}

/** @param form told what the tar's bytes should be, up to its end */
async function readFiles(
  parser: Extract,
  form: ReturnType<typeof createHash>,
  where: string,
  most: number,
): Promise<LayerFile[]> {
  const files: LayerFile[] = [];
  let mtime: number | undefined;
  for await (const entry of parser) {
    const { header } = entry;
    // All files have the time of the release.
    mtime ??= Math.floor(header.mtime.getTime() / 1000);
    const before = files.at(-1)?.path;
    const isInOrder = before === undefined || byBytes(before, header.name) < 0;
    const problem =
      problemOf(header) ?? (isInOrder ? undefined : "it stands there twice, or not in its order");
    if (problem !== undefined) throw refused(where, `${JSON.stringify(header.name)}: ${problem}`);
    if (files.length >= most) throw refused(where, `it has more than ${most} files`);
    const { name: path, mode, size } = header;
    form.update(tarHeader({ path, mode, size, mtime }));
    const hash = createHash("sha256");
    for await (const chunk of entry) {
      hash.update(chunk as Buffer);
      form.update(chunk as Buffer);
    }
    form.update(padding(size));
    files.push({ path, mode, size, sha256: hash.digest("hex") });
  }
  return files;
}

function problemOf({ type, name, mode, pax }: Header): string | undefined {
  if (type !== "file") return "it is no regular file";
  if (!isLayerPath(name)) return "its name is not safe";
  if (mode !== 0o644 && mode !== 0o755) return `its mode is ${mode.toString(8)}`;
  return pax === undefined || pax === null ? undefined : "it has an extended header";
}

/** Unlike a path of the kit, one of Go may have a part that begins with `-`: there are such among its test data. */
function isLayerPath(path: string): boolean {
  const isPlain = /^[A-Za-z0-9._+~@!][A-Za-z0-9._+~@!/-]*$/.test(path);
  return isPlain && !path.split("/").some((part) => part === "" || part === "." || part === "..");
}

function refused(where: string, problem: string): Error {
  return kitError("AIRGO_ARCHIVE_INVALID", `a layer cannot be used: ${problem}`, where);
}
