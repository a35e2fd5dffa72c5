import { randomBytes } from "node:crypto";
import { readlink, rename, symlink } from "node:fs/promises";
import { join } from "node:path";

import { asDiskError } from "../support/files.js";

/** Points `latest` in a kit's folder to the kit of that id, in one step; a link that does so already stays. */
export async function pointLatest(folder: string, id: string): Promise<void> {
  const link = join(folder, "latest");
  if ((await readlink(link).catch(() => undefined)) === id) return;
  const temporary = join(folder, `.latest-${randomBytes(6).toString("hex")}`);
  try {
    await symlink(id, temporary);
    await rename(temporary, link);
  } catch (error) {
    throw asDiskError(error, link);
  }
}
