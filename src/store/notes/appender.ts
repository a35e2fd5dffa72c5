import { constants, open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

import { hasSystemCode } from "../../support/errors.js";
import { asDiskError, inFolder } from "../../support/files.js";
import { folderMode } from "../trusted-folder.js";

/** A file that this process alone appends to. */
export interface Appender {
  readonly file: string;
  /**
   * @returns where in the file the bytes end, when they are in it; undefined when somebody else has cut, removed or
   *   written to it: nothing more is written then
   * @throws AIRGO_DISK; so does every later call
   */
  append(data: Uint8Array): Promise<number | undefined>;
}

/**
 * Appends to a new file. What comes while a write is under way goes together in the next one: hundreds of small parts
 * arrive at the same time. Nothing is flushed to the disk: this is for what shows by itself that it is whole.
 */
export function createAppender(file: string): Appender {
  let written = 0;
  let end = 0;
  let waiting: Uint8Array[] = [];
  let last: Promise<boolean> = Promise.resolve(true);
  /** The write that takes what is waiting; it has not begun yet. */
  let next: Promise<boolean> | undefined;

  async function flush(before: Promise<boolean>): Promise<boolean> {
    // Behind a write that failed nothing is written: where it would end is not known.
    if (!(await before)) return false;
    const batch = Buffer.concat(waiting);
    waiting = [];
    next = undefined;
    return inFolder(dirname(file), folderMode, () => appendTo(batch)).catch((error: unknown) => {
      throw asDiskError(error, file);
    });
  }

  async function appendTo(batch: Buffer): Promise<boolean> {
    const handle = await (written === 0 ? open(file, "ax", 0o644) : openAgain(file));
    if (handle === undefined) return false;
    try {
      if ((await handle.stat()).size !== written) return false;
      await handle.writeFile(batch);
    } finally {
      await handle.close();
    }
    written += batch.length;
    return true;
  }

  return {
    file,
    async append(data) {
      end += data.byteLength;
      const its = end;
      waiting.push(data);
      last = next ??= flush(last);
      return (await last) ? its : undefined;
    },
  };
}

/** For appending; undefined when the file is not there any more: a new one would pass for the old. */
async function openAgain(file: string): Promise<FileHandle | undefined> {
  return open(file, constants.O_WRONLY | constants.O_APPEND).catch((error: unknown) => {
    if (hasSystemCode(error, "ENOENT")) return undefined;
    throw error;
  });
}
