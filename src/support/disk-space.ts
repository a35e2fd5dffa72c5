import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";

import { hasSystemCode } from "./errors.js";
import { asDiskError } from "./files.js";

/** What a file system has left for this user. */
export interface DiskSpace {
  /** Tells file systems apart. */
  readonly device: number;
  readonly bytes: number;
  /** Undefined where files are not limited by number. */
  readonly files: number | undefined;
}

/**
 * The space on the file system that a folder is on, or will be on once it is made.
 * @throws AIRGO_DISK
 */
export async function diskSpaceOf(folder: string): Promise<DiskSpace> {
  try {
    const [{ dev }, { bavail, bsize, ffree, files }] = await Promise.all([stat(folder), statfs(folder)]);
    return { device: dev, bytes: bavail * bsize, files: files === 0 ? undefined : ffree };
  } catch (error) {
    if (hasSystemCode(error, "ENOENT") && dirname(folder) !== folder) return diskSpaceOf(dirname(folder));
    throw asDiskError(error, folder);
  }
}
