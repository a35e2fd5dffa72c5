import { removeLeftovers, removeObjects } from "../../store/upkeep/prune.js";
import { makeTrustedFolder } from "../../store/trusted-folder.js";
import { storeFolder } from "../store-folder.js";
import { noStore } from "./output.js";
import { planJob, type PruneOptions } from "./prune-job.js";
import { plannedText, prunedText } from "./prune-text.js";

/**
 * `airgo store prune`: says what it would free, and with `--yes` frees it.
 * @returns the exit code
 */
export async function pruneCommand(options: PruneOptions): Promise<number> {
  const { env, stdout } = process;
  const isJson = options.json === true;
  const root = storeFolder(env);
  const job = await planJob(root, options, Date.now());
  if (job === undefined) {
    stdout.write(noStore(root, isJson));
    return 0;
  }
  const isDone = options.yes === true;
  if (!isJson) stdout.write(plannedText(job, isDone));
  // What others may write to is not the place to remove things by name.
  if (isDone) await makeTrustedFolder(root);
  const removed = isDone ? await removeObjects(job.plan.free.map(({ object }) => object)) : [];
  if (isDone) await removeLeftovers(job.waste);
  stdout.write(prunedText(job, isDone ? removed : undefined, isJson));
  return 0;
}
