import { readFile, stat } from "node:fs/promises";
import { parentPort } from "node:worker_threads";

import { invariant } from "../support/errors.js";
import { type InspectAnswer, type InspectRequest, packError } from "./hash-messages.js";
import { checkZipSize, inspectZip } from "./zip-inspect.js";

// The thread that hash-pool.ts starts: unpacking and hashing are this program's only long computations.
const port = parentPort;
invariant(port, "hash-worker.js runs as a worker thread only");
port.on("message", (request: InspectRequest) => {
  void answer(request).then((message) => port.postMessage(message));
});

async function answer({ file, prefix, keepEntries }: InspectRequest): Promise<InspectAnswer> {
  try {
    checkZipSize((await stat(file)).size, file);
    return { facts: await inspectZip(await readFile(file), { prefix, keepEntries }) };
  } catch (error) {
    return { error: packError(error) };
  }
}
