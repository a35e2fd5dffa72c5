import { parentPort, workerData } from "node:worker_threads";

import { packError } from "../../modules/hash-messages.js";
import { invariant } from "../../support/errors.js";
import type { ConversionAnswer } from "./converter.js";
import { writeModuleZip, type Conversion } from "./module-zip.js";

// The thread that converter.ts starts, for one archive: compressing takes seconds.
const port = parentPort;
invariant(port, "convert-worker.js runs as a worker thread only");
const answer: ConversionAnswer = await writeModuleZip(workerData as Conversion).then(
  () => ({ isDone: true }),
  (error: unknown) => ({ isDone: false, error: packError(error) }),
);
port.postMessage(answer);
