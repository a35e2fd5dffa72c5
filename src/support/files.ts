import { randomBytes } from "node:crypto";
import { constants, copyFile, link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { AirgoError, hasSystemCode, messageOf } from "./errors.js";

/** Codes of the file system that mean "this machine", not "a bug". */
const machineCodes = ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE", "EIO"];

/** Turns a file system failure that the machine is to blame for into AIRGO_DISK; gives anything else back as it is. */
export function asDiskError(error: unknown, where: string): unknown {
  if (!hasSystemCode(error, ...machineCodes)) return error;
  return new AirgoError("AIRGO_DISK", {
    what: `cannot write: ${messageOf(error)}`,
    where,
    hint: "free space or correct the rights, then run the same command again: what is whole is kept",
    cause: error,
  });
}

/** A name beside `file` that no other process uses; a rename from it stays on one file system. */
export function temporaryBeside(file: string): string {
  return join(dirname(file), `.tmp-${process.pid}-${randomBytes(6).toString("hex")}`);
}

/**
 * Writes a whole file or nothing: temporary file beside it, fsync, rename. Folders are made as needed.
 * @param mode permission bits of the file
 */
export async function writeFileAtomic(file: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = temporaryBeside(file);
  try {
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.chmod(mode);
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw asDiskError(error, file);
  }
}

/** Places `from` at `to` without copying where the file system can: hard link, else reflink or copy. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await link(from, to);
  } catch (error) {
    if (!hasSystemCode(error, "EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP")) throw asDiskError(error, to);
    await copyFile(from, to, constants.COPYFILE_FICLONE).catch((cause: unknown) => {
      throw asDiskError(cause, to);
    });
  }
}

/** The file's text, or undefined when it is not there. */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: unknown) => {
    if (hasSystemCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  });
}

/** The size in bytes of a regular file, or undefined when there is none of that name. */
export async function fileSize(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (hasSystemCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
