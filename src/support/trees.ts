import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes a folder that may hold read-only folders, as installed Go trees and module caches do. */
export async function removeTree(folder: string): Promise<void> {
  await makeWritable(folder);
  await rm(folder, { recursive: true, force: true });
}

/** Folders only: removing a file takes no right on the file itself, and its bytes may be shared by a hard link. */
async function makeWritable(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries !== undefined && entries.length === 0) return;
  // A folder that cannot even be listed may become so by this; whatever fails here, the removal will tell.
  await chmod(folder, 0o755).catch(() => undefined);
  for (const entry of entries ?? (await readdir(folder, { withFileTypes: true }).catch(() => []))) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
