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
import { keyOf } from "../modules/module-version.js";
import type { ObjectId } from "../store/store.js";
import { invariant } from "../support/errors.js";
import { checkStoreSpace } from "./check-space.js";
import { progressOf, type RunContext } from "./context.js";
import type { Sources } from "./sources.js";
import { holdersIn, whoRequires } from "./who-requires.js";
import type { KitInputs } from "./wishes.js";

/** Files that are asked for at the same time; the upstream has a limit of its own on requests. */
const atOnce = 48;

/**
 * The fetch stage: everything that these kits need is in the store, each `h1:` verified, each locked digest held to.
 * What only other kits of the lock need stays where it is.
 * @param wishes the inputs that a failure names as those who require the module
 * @returns the lock with nothing missing
 */
export async function fetch(
  context: RunContext,
  sources: Sources,
  draft: LockDraft,
  kits: readonly string[],
  wishes: ReadonlyMap<string, KitInputs>,
): Promise<Lock> {
  const limit = pLimit(atOnce);
  const isNeeded = neededBy(draft, kits);
  await checkStoreSpace(context, knownFiles(draft, isNeeded));
  const forModule = whoRequires(sources.files, () => holdersIn(wishes, draft.kits));
  const ofAllModules = progressOf(context.emit, "fetch", "modules", undefined);
  // The size of one module says nothing of how much there is to come.
  const moduleBytes = (bytes: number): void => ofAllModules(bytes);
  const toolchain = (one: DraftToolchain): Promise<LockedToolchain> =>
    one.file !== undefined && !isNeeded(`${one.version} ${one.arch}`)
      ? Promise.resolve(lockedToolchain(one, one.file, one.zip))
      : limit(() => fetchToolchain(context, sources, one));
  const module = (one: DraftModule): Promise<LockedModule> =>
    one.mod !== undefined && !isNeeded(keyOf(one))
      ? Promise.resolve(lockedModule(one, one.mod, one.zip))
      : limit(() => forModule(one, () => fetchModule(sources, one, moduleBytes)));
  const [toolchains, modules] = await Promise.all([
    Promise.all(draft.toolchains.map(toolchain)),
    Promise.all(draft.modules.map(module)),
  ]);
  return canonicalLock({ ...draft, toolchains, modules });
}

/** The files that are needed and whose size a lock tells. */
function knownFiles(draft: LockDraft, isNeeded: (key: string) => boolean): ObjectId[] {
  const toolchains = draft.toolchains.filter((one) => isNeeded(`${one.version} ${one.arch}`));
  const modules = draft.modules.filter((one) => isNeeded(keyOf(one)));
  return [
    ...toolchains.map(({ file }) => file),
    ...[...toolchains, ...modules].map(({ zip }) => zip),
  ].flatMap((id) => id ?? []);
}

/** Tells what kits need: `<version> <architecture>` of toolchains, `<path>@<version>` of modules. */
function neededBy(draft: LockDraft, names: readonly string[]): (key: string) => boolean {
  const kits = Object.entries(draft.kits).filter(([name]) => names.includes(name));
  const keys = kits.flatMap(([, kit]) => [
    ...Object.values(kit.go).flatMap((version) => kit.arch.map((arch) => `${version} ${arch}`)),
    ...kit.inputs.flatMap((input) => [...input.modules, ...input.listed, ...input.graph]),
  ]);
  const needed = new Set(keys);
  return (key) => needed.has(key);
}

async function fetchToolchain(
  context: RunContext,
  sources: Sources,
  toolchain: DraftToolchain,
): Promise<LockedToolchain> {
  const { h1, source, file: lockedFile, zip: lockedZip } = toolchain;
  const onBytes = progressOf(context.emit, "fetch", nameOf(toolchain), lockedFile?.size);
  const locked = lockedFile === undefined ? undefined : { file: lockedFile, zip: lockedZip };
  const { file, zip } = await sources.go.of(source).keep(toolchain, h1, { locked, onBytes });
  return lockedToolchain(toolchain, file, zip.sha256 === file.sha256 ? undefined : zip);
}

async function fetchModule(
  { files }: Sources,
  module: DraftModule,
  onBytes: (bytes: number) => void,
): Promise<LockedModule> {
  const mod = await files.keepMod(module, module.goModH1);
  if (!module.whole) return lockedModule(module, mod, undefined);
  invariant(module.h1, `a hash of ${keyOf(module)}`);
  const zip = await files.keepZip(module, module.h1, { locked: module.zip, onBytes });
  return lockedModule(module, mod, zip);
}
