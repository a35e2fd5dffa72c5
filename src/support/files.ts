import { randomBytes } from "node:crypto";
import {
  constants,
  copyFile,
  link,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";

import { AirgoError, hasSystemCode, messageOf } from "./errors.js";

/** Codes of the file system that mean "this machine", not "a bug": space, rights, limits, and another kind of thing in the way. */
const machineCodes =
  "ENOSPC EDQUOT EFBIG EROFS EACCES EPERM EBUSY EMFILE ENFILE EIO ESTALE ENOTDIR EISDIR ELOOP ENAMETOOLONG".split(
    " ",
  );

/** Turns a file system failure that the machine is to blame for into AIRGO_DISK; gives anything else back as it is. */
export function asDiskError(error: unknown, where: string): unknown {
  if (!hasSystemCode(error, ...machineCodes)) return error;
  return new AirgoError("AIRGO_DISK", {
    what: `cannot read or write: ${messageOf(error)}`,
    where,
    hint: "free space, correct the rights or move what is in the way, then run the same command again: what is whole is kept",
    cause: error,
  });
}

/** A name beside `file` that no other process uses; a rename from it stays on one file system. */
export function temporaryBeside(file: string): string {
  return join(dirname(file), `.tmp-${process.pid}-${randomBytes(6).toString("hex")}`);
}

/**
 * Makes a folder and those above it, where they are not there.
 * @param mode permission bits of what is made, less the umask
 * @throws AIRGO_DISK, also when a file stands where a folder should
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  await mkdir(folder, { recursive: true, mode }).catch(async (error: unknown) => {
    if (hasSystemCode(error, "EEXIST")) throw fileInTheWay(folder, error);
    // Node's recursive mkdir says ENOENT also of a full and of a read-only disk; the plain one names the cause.
    if (!hasSystemCode(error, "ENOENT") || dirname(folder) === folder) throw asDiskError(error, folder);
    await makeFolder(dirname(folder), mode);
    await mkdir(folder, { mode }).catch((cause: unknown) => {
      if (!hasSystemCode(cause, "EEXIST")) throw asDiskError(cause, folder);
    });
  });
}

function fileInTheWay(folder: string, cause: unknown): AirgoError {
  return new AirgoError("AIRGO_DISK", {
    what: "a file stands where a folder should be",
    where: folder,
    hint: "move it out of the way, then run the same command again",
    cause,
  });
}

/**
 * Writes a whole file or nothing: temporary file beside it, fsync, rename. Folders are made as needed.
 * @param mode permission bits of the file
 */
export async function writeFileAtomic(file: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  await viaTemporary(file, data, mode, (temporary) => rename(temporary, file));
}

/**
 * Does something that needs a folder, and makes the folder only when it turns out to be missing: most are there, and
 * one try costs less than asking every time.
 */
export async function inFolder<T>(folder: string, mode: number, action: () => Promise<T>): Promise<T> {
  return action().catch(async (error: unknown) => {
    if (!hasSystemCode(error, "ENOENT")) throw error;
    await makeFolder(folder, mode);
    return action();
  });
}

/**
 * The same without fsync, for what can be made again and shows by itself that it is whole: after a power loss the name
 * may be there with nothing in it.
 * @param folderMode permission bits of folders that are made
 */
export async function replaceFile(
  file: string,
  data: string | Uint8Array,
  folderMode: number,
): Promise<void> {
  const temporary = temporaryBeside(file);
  try {
    await inFolder(dirname(file), folderMode, () => writeFile(temporary, data, { flag: "wx", mode: 0o644 }));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw asDiskError(error, file);
  }
}

/**
 * Writes a file into a private folder that will be put in place as a whole; something of that name must not be there.
 * @throws AIRGO_DISK
 */
export async function writeNewFile(file: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  await writeFile(file, data, { flag: "wx", mode }).catch((error: unknown) => {
    throw asDiskError(error, file);
  });
}

/**
 * Makes a file with its whole content at once, unless something of that name is there.
 * @returns false when it is there already; it is left as it is
 */
export async function createFile(file: string, data: string | Uint8Array, mode = 0o644): Promise<boolean> {
  try {
    await viaTemporary(file, data, mode, async (temporary) => {
      await link(temporary, file).catch(async (error: unknown) => {
        if (!hasSystemCode(error, ...noLinkCodes)) throw error;
        // The next best without links: the name is taken in one step, the content follows.
        await writeFile(file, data, { flag: "wx", mode, flush: true });
      });
    });
    return true;
  } catch (error) {
    if (hasSystemCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** Writes a temporary file beside `file`, hands it to `place`, and leaves nothing of it behind. */
async function viaTemporary(
  file: string,
  data: string | Uint8Array,
  mode: number,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryBeside(file);
  await makeFolder(dirname(file));
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.chmod(mode);
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await place(temporary);
  } catch (error) {
    throw asDiskError(error, file);
  } finally {
    // After a rename it is gone already; what else it may say would hide the error that counts.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Codes of link(2) that mean that this file system, or this pair of them, has no hard links for us. */
const noLinkCodes = ["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Places `from` at `to`, whole or not at all, without copying where the file system can: hard link, else reflink or copy. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  try {
    await link(from, to);
  } catch (error) {
    if (!hasSystemCode(error, ...noLinkCodes)) throw asDiskError(error, to);
    await copyWhole(from, to);
  }
}

async function copyWhole(from: string, to: string): Promise<void> {
  const temporary = temporaryBeside(to);
  try {
    await copyFile(from, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw asDiskError(error, to);
  }
}

/**
 * The file's bytes, or undefined when it is not there.
 * @throws AIRGO_DISK when it cannot be read
 */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error: unknown) => {
    if (hasSystemCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw asDiskError(error, file);
  });
}

/** The same as text. */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  return (await readIfThere(file))?.toString("utf8");
}

/**
 * Removes a file, where it is there.
 * @throws AIRGO_DISK, also when a folder has its name
 */
export async function removeFile(file: string): Promise<void> {
  await rm(file, { force: true }).catch((error: unknown) => {
    throw hasSystemCode(error, "ERR_FS_EISDIR") ? folderInTheWay(file, error) : asDiskError(error, file);
  });
}

function folderInTheWay(file: string, cause: unknown): AirgoError {
  return new AirgoError("AIRGO_DISK", {
    what: "a folder stands where a file should be",
    where: file,
    hint: "name a file",
    cause,
  });
}

/** The size in bytes of a regular file, or undefined when there is none of that name. */
export async function fileSize(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (hasSystemCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw asDiskError(error, file);
  }
}
