import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";

import { hasSystemCode } from "./errors.js";

/**
 * Removes a folder that may hold read-only folders, as installed Go trees and module caches do. A link of that name is
 * removed itself; what it leads to stays as it is.
 */
export async function removeTree(folder: string): Promise<void> {
  // Resolved, because a final slash would make the system follow a link.
  const top = resolve(folder);
  // Most hold nothing read-only: looking at every folder first would take as long as the removal.
  await rm(top, { recursive: true, force: true }).catch(async (error: unknown) => {
    if (!hasSystemCode(error, "EACCES", "EPERM")) throw error;
    await makeWritable(top);
    await rm(top, { recursive: true, force: true });
  });
}

/** Folders only: removing a file takes no right on the file itself, and its bytes may be shared by a hard link. */
async function makeWritable(folder: string): Promise<void> {
  const found = await lstat(folder).catch(() => undefined);
  // Never through a link: whoever can place one would choose whose rights change.
  if (found?.isDirectory() !== true) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries !== undefined && entries.length === 0) return;
  // A folder that cannot even be listed may become so by this; whatever fails here, the removal will tell. Nobody else
  // gets a right by it: the removal may fail halfway.
  if ((found.mode & 0o700) !== 0o700)
    await chmod(folder, (found.mode & 0o7777) | 0o700).catch(() => undefined);
  for (const entry of entries ?? (await readdir(folder, { withFileTypes: true }).catch(() => []))) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
