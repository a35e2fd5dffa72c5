import { parentPort, workerData } from "node:worker_threads";

import { packError } from "../../modules/hash-messages.js";
import { invariant } from "../../support/errors.js";
import type { ConversionMessage } from "./converter.js";
import { writeModuleZip, type Conversion } from "./module-zip.js";

// The thread that converter.ts starts, for one archive: compressing takes seconds.
const port = parentPort;
invariant(port, "convert-worker.js runs as a worker thread only");
const tell = (message: ConversionMessage): void => port.postMessage(message);
const answer: ConversionMessage = await writeModuleZip(workerData as Conversion, (read) =>
  tell({ read }),
).then(
  () => ({ isDone: true }),
  (error: unknown) => ({ isDone: false, error: packError(error) }),
);
tell(answer);
