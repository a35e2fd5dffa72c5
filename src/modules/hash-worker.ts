import { open, stat } from "node:fs/promises";
import { parentPort } from "node:worker_threads";

import { invariant } from "../support/errors.js";
import { type InspectAnswer, type InspectRequest, packError } from "./hash-messages.js";
import { checkZipSize, inspectZip } from "./zip-inspect.js";

/**
 * Each entry is unpacked into a buffer of its own, most of them of some kilobytes: taken from larger pieces, they cost a
 * tenth less time than by themselves. Bytes.
 */
Buffer.poolSize = 1 << 20;

// The thread that hash-pool.ts starts: unpacking and hashing are this program's only long computations.
const port = parentPort;
invariant(port, "hash-worker.js runs as a worker thread only");
port.on("message", (request: InspectRequest) => {
  void answer(request).then((message) => port.postMessage(message));
});

async function answer({ file, prefix, keepEntries }: InspectRequest): Promise<InspectAnswer> {
  try {
    checkZipSize((await stat(file)).size, file);
    return { facts: await inspectZip(await readIntoSpace(file), { prefix, keepEntries }) };
  } catch (error) {
    return { error: packError(error) };
  }
}

/** Zips of this size and less are read into one place, one after the other; bytes. */
const spaceSize = 16 << 20;
let space: Buffer | undefined;

/** A thread reads hundreds of zips: fresh memory for each would cost more than reading does. */
async function readIntoSpace(file: string): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    if (size > spaceSize) return await handle.readFile();
    space ??= Buffer.allocUnsafeSlow(spaceSize);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await handle.read(space, filled, size - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return space.subarray(0, filled);
  } finally {
    await handle.close();
  }
}
