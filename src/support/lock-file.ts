import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";

import { sha256Hex } from "./digest.js";
import { AirgoError } from "./errors.js";
import { asDiskError, createFile, readTextIfThere } from "./files.js";
import { isIdentityRunning, processIdentity } from "./process-identity.js";

/**
 * Runs `work` while holding a lock file that names this process. A lock left by a process that is gone is taken over.
 * @throws AIRGO_BUSY when another process holds it
 */
export async function whileLocked<T>(file: string, work: () => Promise<T>): Promise<T> {
  // No two locks have the same text, so that a text tells which one was looked at.
  const mine = `${processIdentity()} ${randomBytes(8).toString("hex")}\n`;
  await acquire(file, mine);
  try {
    return await work();
  } finally {
    await removeIf(file, mine).catch(() => undefined);
  }
}

async function acquire(file: string, mine: string): Promise<void> {
  while (!(await createFile(file, mine))) {
    const theirs = await readTextIfThere(file);
    if (theirs === undefined) continue;
    const holder = theirs.split(/\s/)[0] ?? "";
    // A lock that names nobody may be one that is just being written.
    if (isIdentityRunning(holder) !== false) throw busy(file, holder);
    // Of those who found this lock stale, one alone may remove it: a slower one would remove its successor.
    await whileLocked(`${file}.${sha256Hex(theirs).slice(0, 12)}`, () => removeIf(file, theirs));
  }
}

/** Nobody else changes a lock meanwhile: its holder is this process, or gone while this process alone may remove it. */
async function removeIf(file: string, text: string): Promise<void> {
  if ((await readTextIfThere(file)) !== text) return;
  await rm(file, { force: true }).catch((error: unknown) => {
    throw asDiskError(error, file);
  });
}

function busy(file: string, holder: string): AirgoError {
  return new AirgoError("AIRGO_BUSY", {
    what: "another airgo run is building in this project",
    where: file,
    found: holder === "" ? "a lock that names no process" : `process ${holder.split(".")[0]}`,
    hint: "wait for it to end; if it is gone for sure, remove the file and run again",
  });
}
