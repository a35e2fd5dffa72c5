import pLimit from "p-limit";

import { nameOf } from "../golang/go-source.js";
import {
  lockedModule,
  lockedToolchain,
  type DraftModule,
  type DraftToolchain,
  type LockDraft,
} from "../lock/draft.js";
import type { Lock, LockedModule, LockedToolchain } from "../lock/schema.js";
import { canonicalLock } from "../lock/text.js";
import { progressOf, type RunContext } from "./context.js";
import type { Sources } from "./sources.js";

/** Files that are asked for at the same time; the upstream has a limit of its own on requests. */
const atOnce = 48;

/**
 * The fetch stage: everything that the draft names is in the store, each `h1:` verified, each locked digest held to.
 * @returns the lock with nothing missing
 */
export async function fetch(context: RunContext, sources: Sources, draft: LockDraft): Promise<Lock> {
  const limit = pLimit(atOnce);
  const moduleBytes = progressOf(context.emit, "fetch", "modules", undefined);
  try {
    const [toolchains, modules] = await Promise.all([
      Promise.all(draft.toolchains.map((one) => limit(() => fetchToolchain(context, sources, one)))),
      Promise.all(draft.modules.map((one) => limit(() => fetchModule(sources, one, moduleBytes)))),
    ]);
    return canonicalLock({ ...draft, toolchains, modules });
  } finally {
    limit.clearQueue();
  }
}

async function fetchToolchain(
  context: RunContext,
  sources: Sources,
  toolchain: DraftToolchain,
): Promise<LockedToolchain> {
  const onBytes = progressOf(context.emit, "fetch", nameOf(toolchain), toolchain.zip?.size);
  const zip = await sources.go.keep(toolchain, toolchain.h1, { locked: toolchain.zip, onBytes });
  return lockedToolchain(toolchain, zip);
}

async function fetchModule(
  { files }: Sources,
  module: DraftModule,
  onBytes: (bytes: number) => void,
): Promise<LockedModule> {
  const mod = await files.keepMod(module, module.goModH1, module.mod);
  const zip = module.whole
    ? await files.keepZip(module, module.h1, { locked: module.zip, onBytes })
    : undefined;
  return lockedModule(module, mod, zip);
}
