import { join } from "node:path";

import { goVersionsOf } from "../kit/metadata.js";
import type { ModuleInput } from "../modules/inputs.js";
import { rehearseKit } from "../rehearsal/rehearse-kit.js";
import { findSandbox } from "../rehearsal/sandbox.js";
import type { Transcript } from "../rehearsal/transcript.js";
import { AirgoError } from "../support/errors.js";
import { makeFolder } from "../support/files.js";
import { removeTree } from "../support/trees.js";
import type { StagedKit } from "./assemble.js";
import type { RunContext } from "./context.js";

/**
 * The rehearse stage: the staged kit is installed and used where there is no network.
 * @throws AIRGO_REHEARSAL_FAILED
 */
export async function rehearse(
  context: RunContext,
  kit: StagedKit,
  inputs: readonly ModuleInput[],
  workFolder: string,
): Promise<Transcript> {
  await makeFolder(join(workFolder, "home"));
  try {
    const sandbox = await findSandbox(context.run, { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, workFolder);
    if (sandbox.isolation === "weak") {
      const text =
        "this machine offers no network namespace: the rehearsal is weak, and says so in its transcript";
      context.emit({ type: "warning", stage: "rehearse", text });
    }
    const commands = await rehearseKit({
      kitFolder: kit.folder,
      goVersions: goVersionsOf(kit.facts),
      inputs,
      workFolder,
      sandbox,
      run: context.run,
      now: context.now,
      signal: context.signal,
      onCommand: (shows) => context.emit({ type: "note", stage: "rehearse", text: shows }),
    });
    return {
      kit: kit.name,
      id: kit.id,
      airgo: context.airgo.version,
      isolation: sandbox.isolation,
      sandbox: sandbox.description,
      machine: `linux ${context.arch}`,
      commands,
    };
  } finally {
    await removeTree(workFolder);
  }
}

/**
 * Tells early that a kit has no Go which this machine can run.
 * @throws AIRGO_REHEARSAL_FAILED
 */
export function checkCanRehearse(arch: string, arches: readonly string[]): void {
  if (arches.includes(arch)) return;
  throw new AirgoError("AIRGO_REHEARSAL_FAILED", {
    what: "the kit has no Go that this machine can run, so it cannot be rehearsed here",
    expected: `linux ${arch} among the kit's architectures`,
    found: arches.join(", "),
    hint: `add ${arch} to the kit's \`arch\`, or build it on a machine of its own architecture`,
  });
}
