import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import pLimit from "p-limit";

import { takeSnapshot } from "../checksumdb/snapshot.js";
import { inspectToolchain } from "../golang/inspect-toolchain.js";
import { entriesPath, kitId, layerPath, type KitFile } from "../kit/layout.js";
import {
  goVersionsOf,
  gosumdbOf,
  kitJson,
  kitTables,
  type GorootFacts,
  type KitFacts,
  type LayerFacts,
} from "../kit/metadata.js";
import { proxyTree } from "../kit/proxy-tree.js";
import { kitReadme } from "../kit/readme.js";
import { formatSums, isSafePath } from "../kit/sums.js";
import { carriedBy, lockPartOf } from "../lock/draft.js";
import type { Lock, LockedToolchain } from "../lock/schema.js";
import { formatLock } from "../lock/text.js";
import { entriesTable, planLayers } from "../golang/layers/plan.js";
import { writeLayer } from "../golang/layers/write-layer.js";
import { damaged, whileThere, type ObjectId } from "../store/store.js";
import { sha256Hex, sha256OfFile } from "../support/digest.js";
import { invariant } from "../support/errors.js";
import { linkOrCopy, makeFolder, writeNewFile } from "../support/files.js";
import type { RunContext } from "./context.js";
import { lockedHead, recordsOf } from "../kit/lock-facts.js";
import type { Sources } from "./sources.js";

/** A kit's folder, complete: what its SHA256SUMS names lies there and nothing else. */
export interface StagedKit {
  readonly name: string;
  readonly id: string;
  readonly folder: string;
  /** Every file, SHA256SUMS included. */
  readonly files: readonly KitFile[];
  /** The text of its SHA256SUMS. */
  readonly sums: string;
  readonly lock: Lock;
  readonly facts: KitFacts;
}

/** The assemble stage: a kit's folder from the lock and the store. */
export async function assemble(
  context: RunContext,
  sources: Sources,
  lock: Lock,
  { name, expires }: { readonly name: string; readonly expires: string | undefined },
  folder: string,
): Promise<StagedKit> {
  const part = lockPartOf(lock, name);
  const stage = createStaging(context, folder);
  const { goroots, layers } = await stageToolchains(context, sources, stage, part);
  await stageProxy(context, sources, stage, part);
  await stageSnapshot(sources, stage, part);

  const head = lockedHead(part);
  const facts: KitFacts = {
    name,
    airgoVersion: context.airgo.version,
    lock: part,
    treeHead: { size: head.size, root: head.root.toString("base64") },
    goroots,
    layers,
    expires,
    gosumdb: gosumdbOf(part.checksumDatabase),
    privatePatterns: part.checksumDatabase.notCovered,
  };
  await stagePapers(context, stage, facts);
  const sums = formatSums(stage.files);
  await stage.text("SHA256SUMS", sums);
  return { name, id: kitId(sha256Hex(sums)), folder, files: stage.files, sums, lock: part, facts };
}

/** Puts files into the kit's folder and remembers what they are. */
interface Staging {
  readonly folder: string;
  readonly files: KitFile[];
  /** Writes a text. */
  text(path: string, text: string | Uint8Array, mode?: 0o644 | 0o755): Promise<void>;
  /** Links an object of the store, after checking its digest. */
  object(path: string, id: ObjectId): Promise<void>;
  /** Notes a file that was written into the folder already. */
  written(path: string, id: ObjectId): void;
}

function createStaging({ store }: RunContext, folder: string): Staging {
  const files: KitFile[] = [];
  function note(path: string, id: ObjectId, mode: 0o644 | 0o755): void {
    invariant(isSafePath(path), `a kit cannot hold a file named ${JSON.stringify(path)}`);
    files.push({ path, file: join(folder, path), sha256: id.sha256, size: id.size, mode });
  }
  return {
    folder,
    files,
    async text(path, text, mode = 0o644) {
      const file = join(folder, path);
      await makeFolder(dirname(file));
      await writeNewFile(file, text, mode);
      note(path, { sha256: sha256Hex(text), size: Buffer.byteLength(text) }, mode);
    },
    async object(path, id) {
      const source = store.fileOf(id.sha256);
      const found = await whileThere(source, () => sha256OfFile(source));
      if (found !== id.sha256) {
        await store.setAside(id.sha256);
        throw damaged(source, id.sha256, found);
      }
      await whileThere(source, () => linkOrCopy(source, join(folder, path)));
      note(path, id, 0o644);
    },
    written: (path, id) => note(path, id, 0o644),
  };
}

async function stageToolchains(
  context: RunContext,
  sources: Sources,
  stage: Staging,
  lock: Lock,
): Promise<{ goroots: GorootFacts[]; layers: LayerFacts[] }> {
  const byVersion = new Map<string, LockedToolchain[]>();
  for (const one of lock.toolchains) byVersion.set(one.version, [...(byVersion.get(one.version) ?? []), one]);
  const goroots: GorootFacts[] = [];
  const layers: LayerFacts[] = [];
  for (const [version, toolchains] of byVersion) {
    context.signal.throwIfAborted();
    const inspected = await Promise.all(toolchains.map((one) => inspectLocked(context, sources, one)));
    goroots.push(...inspected.map(({ facts }) => facts));
    const zips = new Map(inspected.map(({ facts, zip }) => [facts.toolchain.arch as string, zip]));
    for (const plan of planLayers(
      inspected.map(({ facts, entries }) => ({ arch: facts.toolchain.arch, entries })),
    )) {
      const path = layerPath(version, plan.layer);
      const written = await writeLayer(plan, zips, join(stage.folder, path));
      stage.written(path, written);
      await stage.text(entriesPath(version, plan.layer), entriesTable(plan));
      layers.push({ version, layer: plan.layer, path, ...written });
      context.emit({ type: "note", stage: "assemble", text: `layer ${path}` });
    }
  }
  return { goroots, layers };
}

async function inspectLocked(context: RunContext, sources: Sources, toolchain: LockedToolchain) {
  const { h1, source, file, zip: made } = toolchain;
  const { zip } = await sources.go.of(source).keep(toolchain, h1, { locked: { file, zip: made } });
  const inspected = await inspectToolchain(context, toolchain, { h1, sha256: zip.sha256 });
  const { files, unpackedBytes, entries, zipFile } = inspected;
  // The layers take its streams as they are: these must be the inspected ones, whatever lies at that path by now.
  const data = await whileThere(zipFile, () => readFile(zipFile));
  const found = sha256Hex(data);
  if (found !== zip.sha256) {
    await context.store.setAside(zip.sha256);
    throw damaged(zipFile, zip.sha256, found);
  }
  return { facts: { toolchain, files, unpackedBytes }, entries, zip: data };
}

/** Files that are hashed and linked at the same time. */
const atOnce = 8;

async function stageProxy(
  { signal }: RunContext,
  { files }: Sources,
  stage: Staging,
  lock: Lock,
): Promise<void> {
  const tree = proxyTree(lock.modules, carriedBy(Object.values(lock.kits).flatMap((kit) => kit.inputs)));
  const limit = pLimit(atOnce);
  const link = async (path: string, id: ObjectId): Promise<void> => {
    signal.throwIfAborted();
    await stage.object(`proxy/${path}`, id);
  };
  await Promise.all([...tree.zips].map(([path, id]) => limit(link, path, id)));
  for (const [path, module] of tree.mods) {
    const data = await files.readMod(module);
    const found = sha256Hex(data);
    if (found !== module.mod.sha256) throw damaged(path, module.mod.sha256, found);
    await stage.text(`proxy/${path}`, data);
  }
  for (const [path, text] of tree.texts) await stage.text(`proxy/${path}`, text);
}

/** The snapshot covers the toolchains as well, so that anyone can hold an installed GOROOT against the log. */
async function stageSnapshot(sources: Sources, stage: Staging, lock: Lock): Promise<void> {
  const { earlier, name } = lock.checksumDatabase;
  const records = recordsOf(lock);
  const snapshot = await takeSnapshot({
    client: sources.databaseClient,
    head: lockedHead(lock),
    records,
    earlier,
  });
  for (const [path, data] of snapshot.files) await stage.text(`proxy/sumdb/${name}/${path}`, data);
}

async function stagePapers(context: RunContext, stage: Staging, facts: KitFacts): Promise<void> {
  const arches = Object.values(facts.lock.kits)[0]?.arch ?? [];
  const modules = facts.lock.modules.filter((module) => module.zip !== undefined).length;
  await stage.text("install.sh", await readFile(context.airgo.installer), 0o755);
  await stage.text(
    "README.txt",
    kitReadme({ name: facts.name, goVersions: goVersionsOf(facts), arches, modules }),
  );
  await stage.text("bundles.lock", formatLock(facts.lock));
  await stage.text("kit.json", kitJson(facts));
  for (const [path, text] of kitTables(facts)) await stage.text(path, text);
}
