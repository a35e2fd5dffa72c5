import { constants } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { basename, dirname, extname, relative } from "node:path";

import pLimit from "p-limit";

import { AirgoError, hasSystemCode, type ErrorDetails } from "../support/errors.js";
import { asDiskError } from "../support/files.js";
import { maxGoMod } from "./go-mod-file.js";

/*
 * How the go.mod and go.work files of a project and the sums beside them are read. What stands in a checkout may come
 * from anybody, and go quotes the lines of a file that it cannot make sense of: so a link to a secret would print it.
 *
 * - A link inside the project, which is the folder of the manifest, is followed as long as it stays there, and leads to
 *   a file of the same kind (`.mod`, `.work`, `.sum`): the project's own keys are no go.mod either.
 * - Outside lies only what a path leads to in plain text, such as `replace ../x` or `use ../x`, which whoever reads the
 *   line can see. Such a folder may be anywhere, and may be a link; a file in it may not lead out of that folder.
 */

/** Go sets no limit. The largest go.sum files known have some thousand lines; this is half a million. Bytes. */
const maxSums = 64 << 20;

/** A project may list thousands, and what one process may have open is limited. */
const limit = pLimit(32);

/**
 * The bytes of a go.mod or go.work, or of the sums beside one; undefined when it is not there.
 * @param project the folder of the manifest
 * @throws AIRGO_INPUT_INVALID for a link that leads out, for what is no regular file, and for one that is too large;
 * AIRGO_DISK when it cannot be read
 */
export function readInput(file: string, project: string): Promise<Buffer | undefined> {
  return withInput(file, project, (handle) => handle.readFile());
}

/** The same as text; empty when it is not there. */
export async function readInputText(file: string, project: string): Promise<string> {
  return (await readInput(file, project))?.toString("utf8") ?? "";
}

/**
 * Whether there is such a file. What `readInput` would refuse is refused.
 * @throws as readInput
 */
export async function hasInput(file: string, project: string): Promise<boolean> {
  return (await withInput(file, project, async () => true)) ?? false;
}

function withInput<T>(
  file: string,
  project: string,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T | undefined> {
  return limit(whileOpen, file, project, use);
}

async function whileOpen<T>(
  file: string,
  project: string,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await openInput(file, project);
    await checkKindAndSize(handle, file, project);
    return await use(handle);
  } catch (error) {
    if (hasSystemCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw asDiskError(error, file);
  } finally {
    await handle?.close();
  }
}

async function openInput(file: string, project: string): Promise<FileHandle> {
  const real = await realpath(file);
  if (real !== file) await checkLink(file, real, project);
  // O_NONBLOCK: opening a named pipe would wait for a writer, for ever.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  return open(real, flags).catch((error: unknown) => {
    // What opening a socket ends with.
    throw hasSystemCode(error, "ENXIO") ? noRegularFile(file, project, "a socket or a device") : error;
  });
}

async function checkLink(file: string, real: string, project: string): Promise<void> {
  const isInside = liesIn(file, project);
  if (!liesIn(real, await realpath(isInside ? project : dirname(file))))
    throw refused(file, project, {
      what: isInside
        ? "a symbolic link leads out of the project"
        : "a symbolic link leads out of the folder that it is in",
      expected: isInside ? "a file within the folder of the manifest" : "a file within that folder",
      found: `a link to ${real}`,
      hint: "put the file itself there, or name the folder that it is in by its path: `replace ../x`, `use ../x`",
    });
  if (extname(real) !== extname(file))
    throw refused(file, project, {
      what: `a symbolic link stands for a ${basename(file)} and leads to a file of another kind`,
      expected: `a link to a file whose name ends in ${extname(file)}`,
      found: `a link to ${real}`,
      hint: "put the file itself there",
    });
}

/** Decided by the names alone. */
function liesIn(file: string, folder: string): boolean {
  return relative(folder, file).split("/", 1)[0] !== "..";
}

async function checkKindAndSize(handle: FileHandle, file: string, project: string): Promise<void> {
  const found = await handle.stat();
  if (!found.isFile())
    throw noRegularFile(file, project, found.isDirectory() ? "a folder" : "a named pipe or a device");
  const most = extname(file) === ".sum" ? maxSums : maxGoMod;
  if (found.size <= most) return;
  throw refused(file, project, {
    what: `a ${basename(file)} is too large`,
    expected: `${most >> 20} MiB at most`,
    found: `${found.size} bytes`,
    hint: "look at what has been written into it",
  });
}

function noRegularFile(file: string, project: string, found: string): AirgoError {
  return refused(file, project, {
    what: `a ${basename(file)} is no regular file`,
    expected: "a regular file",
    found,
    hint: "put a file there, or take the name out of the manifest, the go.work or the `replace` line that leads there",
  });
}

/** Never with anything of what is in the file. */
function refused(file: string, project: string, details: ErrorDetails): AirgoError {
  return new AirgoError("AIRGO_INPUT_INVALID", { ...details, where: relative(project, file) });
}
