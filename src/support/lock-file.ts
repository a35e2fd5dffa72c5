import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { AirgoError, hasSystemCode } from "./errors.js";
import { asDiskError } from "./files.js";
import { isRunning } from "./processes.js";

/**
 * Runs `work` while holding a lock file that names this process. A lock left by a process that is gone is taken over.
 * @throws AIRGO_BUSY when another process holds it
 */
export async function whileLocked<T>(file: string, work: () => Promise<T>): Promise<T> {
  await acquire(file);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function acquire(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => {
    throw asDiskError(error, file);
  });
  for (let attempt = 1; ; attempt++) {
    try {
      await writeFile(file, `${process.pid}\n`, { flag: "wx" });
      return;
    } catch (error) {
      if (!hasSystemCode(error, "EEXIST")) throw asDiskError(error, file);
    }
    const holder = Number.parseInt(await readFile(file, "utf8").catch(() => ""), 10);
    if (attempt > 1 || (Number.isInteger(holder) && isRunning(holder))) throw busy(file, holder);
    await rm(file, { force: true });
  }
}

function busy(file: string, holder: number): AirgoError {
  return new AirgoError("AIRGO_BUSY", {
    what: "another airgo run is building in this project",
    where: file,
    found: `process ${holder}`,
    hint: "wait for it to end; if it is gone for sure, remove the file and run again",
  });
}
