import { constants, type Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";

import { AirgoError, hasSystemCode, messageOf } from "../../support/errors.js";
import { pathOfFileUrl } from "../../support/file-url.js";
import type { OnPart } from "./body.js";
import type { HttpAnswer, HttpRequest } from "./http.js";

/** Bytes read at once. */
const partSize = 256 << 10;

/**
 * Answers a `file:` address as a server would: 200 for a regular file, and 404 for what is not there and for what is no
 * file. Links are followed. Nothing is answered to conditions and ranges: the whole is as near as a part of it.
 * @throws AIRGO_UPSTREAM_DENIED for a file that may not be read, AIRGO_NETWORK for a disk or share that fails,
 *   AIRGO_PROXY_INVALID for an address that is no file's
 */
export async function answerFromFile(address: string, { method, signal }: HttpRequest): Promise<HttpAnswer> {
  signal?.throwIfAborted();
  const path = pathOfFileUrl(address);
  if (path === undefined) throw noFileAddress(address);
  const opened = await openRegular(path).catch((cause: unknown) => {
    throw unreadable(address, cause);
  });
  if (opened === undefined) return { status: 404, headers: {}, read: async () => {}, drop: () => {} };
  const { handle, stats } = opened;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= handle.close());
  if (method === "HEAD") await close();
  return {
    status: 200,
    headers: { "content-length": String(stats.size) },
    async read(onPart) {
      try {
        if (method !== "HEAD") await readParts({ handle, stats }, address, onPart, signal);
      } finally {
        await close();
      }
    },
    // What cannot be closed has been read or given up: nothing depends on it any more.
    drop: () => void close().catch(() => undefined),
  };
}

/**
 * Tells a folder that lacks something from one that is not there at all: its disk may not be mounted.
 * @param base a `file:` address
 * @throws AIRGO_NETWORK
 */
export async function requireFolder(base: string): Promise<void> {
  const path = pathOfFileUrl(base) ?? "";
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (isFolder) return;
  throw new AirgoError("AIRGO_NETWORK", {
    what: "the folder of a source is not there",
    where: base,
    expected: `a folder at ${path}`,
    hint: "see whether the disk or share is mounted, then run the same command again",
    again: "never",
  });
}

interface Opened {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/** Undefined for what is not there, or no regular file. */
async function openRegular(path: string): Promise<Opened | undefined> {
  try {
    // Looked at first: opening a device may do something, and opening a pipe waits for somebody to write.
    if (!(await stat(path)).isFile()) return undefined;
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    // It may have become something else since.
    const stats = await handle.stat();
    if (stats.isFile()) return { handle, stats };
    await handle.close();
    return undefined;
  } catch (error) {
    if (hasSystemCode(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG", "ENXIO")) return undefined;
    throw error;
  }
}

async function readParts(
  { handle, stats }: Opened,
  address: string,
  onPart: OnPart,
  signal: AbortSignal | undefined,
): Promise<void> {
  // One more than there should be: a file that has grown meanwhile must not pass for whole.
  const size = Math.min(partSize, stats.size + 1);
  for (;;) {
    signal?.throwIfAborted();
    // A buffer of its own for each part: whoever is told of it may keep it.
    const part = Buffer.allocUnsafe(size);
    const { bytesRead } = await handle.read(part, 0, size).catch((cause: unknown) => {
      throw unreadable(address, cause);
    });
    if (bytesRead === 0) return;
    await onPart(part.subarray(0, bytesRead));
  }
}

function unreadable(where: string, cause: unknown): AirgoError {
  const isDenied = hasSystemCode(cause, "EACCES", "EPERM", "ELOOP");
  return new AirgoError(isDenied ? "AIRGO_UPSTREAM_DENIED" : "AIRGO_NETWORK", {
    what: isDenied ? "a file of the source may not be read" : "a file of the source cannot be read",
    where,
    found: messageOf(cause),
    hint: isDenied
      ? "let the user who runs airgo read it and enter the folders above it, or take another source"
      : "see whether the disk or share is in order and mounted, then run the same command again",
    cause,
    again: isDenied ? "never" : undefined,
  });
}

function noFileAddress(where: string): AirgoError {
  return new AirgoError("AIRGO_PROXY_INVALID", {
    what: "not the address of a folder that airgo can fetch from",
    where,
    expected: "file:///path, percent-encoded as addresses are, with no host and no query",
  });
}
