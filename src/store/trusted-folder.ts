import { stat } from "node:fs/promises";

import { AirgoError } from "../support/errors.js";
import { asDiskError, makeFolder } from "../support/files.js";

/** Of the folders of a store: nobody else may write, whatever the umask. */
export const folderMode = 0o755;

/**
 * Makes a folder where it is not there, and refuses one in which somebody else could swap files: what lies in it is
 * checked, but used by its path afterwards. Root is trusted anyhow.
 * @throws AIRGO_DISK
 */
export async function makeTrustedFolder(folder: string): Promise<void> {
  await makeFolder(folder, folderMode);
  await checkTrustedFolder(folder);
}

/**
 * Refuses a folder in which somebody else could swap files.
 * @throws AIRGO_DISK
 */
export async function checkTrustedFolder(folder: string): Promise<void> {
  const { uid, mode } = await stat(folder).catch((error: unknown) => {
    throw asDiskError(error, folder);
  });
  const own = process.getuid?.() ?? uid;
  const isOthers = uid !== own && uid !== 0;
  if (!isOthers && (mode & 0o022) === 0) return;
  throw new AirgoError("AIRGO_DISK", {
    what: isOthers ? "the store belongs to another user" : "others than its owner can write in the store",
    where: folder,
    expected: `owner uid ${own} or 0, and no right to write for group and others`,
    found: `owner uid ${uid}, mode ${(mode & 0o7777).toString(8).padStart(4, "0")}`,
    hint: isOthers
      ? "set XDG_CACHE_HOME to a folder of your own"
      : `run chmod -R go-w on it if all that is in it is yours, or set XDG_CACHE_HOME to another folder`,
  });
}
